package org.pgagent.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgagent.wal.SampleServer.segment;
import static org.pgagent.wal.SampleWal.KEYS;
import static org.pgagent.wal.SampleWal.SMALL;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.kit.CapturedLog;
import org.pgagent.kit.FaultyObjectStore;
import org.pgagent.kit.ManualClock;
import org.pgagent.kit.MemoryObjectStore;
import org.pgagent.postgres.SegmentRange;
import org.pgagent.repository.WalGap;
import org.pgagent.repository.WalGaps;
import org.pgagent.serve.AgentDirectory;
import org.pgagent.storage.StoreRequest;
import org.pgagent.wal.ArchiveHealing;
import org.pgagent.wal.ArchiveStatistics;
import org.pgagent.wal.ArchivingNode;
import org.pgagent.wal.SampleServer;
import org.pgagent.wal.SampleWal;

/** An agent renews the right of a server that runs, not that of one that was killed, and says what it saw to. */
class ArchiveUpkeepTest {
    /** Above the greatest that Linux gives (proc(5), pid_max). */
    private static final long NOBODYS_PID = (1 << 22) + 1;

    @TempDir
    private Path dir;

    @TempDir
    private Path scratch;

    private final MemoryObjectStore repository = new MemoryObjectStore();
    private final FaultyObjectStore store = FaultyObjectStore.counting(repository);
    private final ManualClock clock = new ManualClock();
    private final ArchiveStatistics statistics = new ArchiveStatistics(clock);
    private final CapturedLog log = CapturedLog.of(ArchiveUpkeep.class);
    private SampleServer server;
    private ArchiveUpkeep upkeep;

    @BeforeEach
    void makePrimary() throws IOException {
        server = new SampleServer(dir).checkpointIn(segment(10));
        upkeep = newAgent();
    }

    @AfterEach
    void hearNoMore() {
        log.close();
    }

    private ArchiveUpkeep newAgent() throws IOException {
        return new ArchiveUpkeep(
                new AgentDirectory(server.dataDirectory()),
                new ArchivingNode(dir, ThisHost.writer(), clock, new Random(1)).lease(store, KEYS, SMALL),
                new ArchiveHealing(
                        dir,
                        store,
                        KEYS,
                        new ArchiveHealing.Means(
                                SampleWal.cluster(SMALL), SampleServer.archiver(store)::push, clock, "here")),
                statistics);
    }

    @Test
    void a_server_that_runs_keeps_its_right() throws IOException {
        server.withProcess(ProcessHandle.current().pid());

        upkeep.run();

        assertThat(store.calls()).contains(StoreRequest.PUT);
    }

    @Test
    void a_server_that_was_killed_does_not() throws IOException {
        server.withProcess(NOBODYS_PID);

        upkeep.run();

        assertThat(store.calls()).isEmpty();
    }

    @Test
    void nor_does_one_that_was_stopped() {
        upkeep.run();

        assertThat(store.calls()).isEmpty();
    }

    private void lose(long number) throws IOException {
        repository.delete(List.of(KEYS.walFile(name(number))));
    }

    private WalGap noted() {
        return WalGap.of(SegmentRange.of(segment(4)), clock.instant(), "here");
    }

    private static String name(long number) {
        return segment(number).fileName();
    }

    @Test
    void what_a_round_did_and_what_is_gone_is_told_once_by_each_agent() throws IOException {
        server.withProcess(ProcessHandle.current().pid());
        server.usual(repository, scratch);
        lose(4);
        lose(7);
        lose(8);
        String gone =
                "WARN WAL is missing in the archive and gone from pg_wal, nothing after it can be recovered until the"
                        + " next backup; take one now: first=" + name(4) + " last=" + name(4);

        for (int round = 0; round < 30; round++) {
            upkeep.run();
        }
        newAgent().run();

        assertThat(log.lines())
                .containsExactly(
                        "WARN the archive lacked files that pg_wal still has, they are stored again: files=2 first="
                                + name(7),
                        gone,
                        gone);
        assertThat(statistics.gaps()).contains(1);
    }

    @Test
    void a_file_that_the_archive_does_not_take_is_told() throws IOException {
        server.withProcess(ProcessHandle.current().pid());
        server.usual(repository, scratch);
        lose(7);
        Files.write(server.pgWal().resolve(name(7)), new byte[SMALL.bytes()]);

        upkeep.run();

        assertThat(log.lines())
                .singleElement()
                .asString()
                .startsWith(
                        "WARN the archive lacks files that it does not take: files=1 first=" + name(7) + " reason='");
    }

    @Test
    void a_server_that_has_only_begun_to_archive_is_looked_at_a_minute_later() throws IOException {
        server.withProcess(ProcessHandle.current().pid());
        upkeep.run();
        assertThat(statistics.gaps()).isEmpty();

        server.usual(repository, scratch);
        upkeep.run();

        assertThat(statistics.gaps()).contains(0);
    }

    @Test
    void a_gap_that_was_noted_in_a_round_that_failed_is_told_in_the_next() throws IOException {
        server.withProcess(ProcessHandle.current().pid());
        server.usual(repository, scratch);
        upkeep.run();
        lose(4);
        new WalGaps(repository, KEYS).record(SegmentRange.of(segment(4)), noted());
        for (int round = 0; round < 10; round++) {
            upkeep.run();
        }

        assertThat(log.lines()).singleElement().asString().contains("first=" + name(4));
    }
}
