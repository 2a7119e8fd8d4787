package org.pgagent.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgagent.wal.SampleServer.segment;
import static org.pgagent.wal.SampleWal.KEYS;
import static org.pgagent.wal.SampleWal.SMALL;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.kit.FaultyObjectStore;
import org.pgagent.kit.ManualClock;
import org.pgagent.kit.MemoryObjectStore;
import org.pgagent.serve.AgentDirectory;
import org.pgagent.storage.StoreRequest;
import org.pgagent.wal.ArchiveHealing;
import org.pgagent.wal.ArchiveStatistics;
import org.pgagent.wal.ArchivingNode;
import org.pgagent.wal.SampleServer;
import org.pgagent.wal.SampleWal;

/** An agent renews the right of a server that runs, not that of one that was killed. */
class ArchiveUpkeepTest {
    /** Above the greatest that Linux gives (proc(5), pid_max). */
    private static final long NOBODYS_PID = (1 << 22) + 1;

    @TempDir
    private Path dir;

    private final FaultyObjectStore store = FaultyObjectStore.counting(new MemoryObjectStore());
    private ArchiveUpkeep upkeep;

    @BeforeEach
    void makePrimary() throws IOException {
        SampleServer server = new SampleServer(dir).checkpointIn(segment(10));
        ManualClock clock = new ManualClock();
        upkeep = new ArchiveUpkeep(
                new AgentDirectory(server.dataDirectory()),
                new ArchivingNode(dir, ThisHost.writer(), clock, new Random(1)).lease(store, KEYS, SMALL),
                new ArchiveHealing(
                        dir,
                        store,
                        KEYS,
                        new ArchiveHealing.Means(
                                SampleWal.cluster(SMALL), SampleServer.archiver(store)::push, clock, "here")),
                new ArchiveStatistics(clock));
    }

    private void serverHas(long pid) throws IOException {
        Files.writeString(dir.resolve("postmaster.pid"), pid + "\n" + dir + "\n1764000000\n5432\n");
    }

    @Test
    void a_server_that_runs_keeps_its_right() throws IOException {
        serverHas(ProcessHandle.current().pid());

        upkeep.run();

        assertThat(store.calls()).contains(StoreRequest.PUT);
    }

    @Test
    void a_server_that_was_killed_does_not() throws IOException {
        serverHas(NOBODYS_PID);

        upkeep.run();

        assertThat(store.calls()).isEmpty();
    }

    @Test
    void nor_does_one_that_was_stopped() {
        upkeep.run();

        assertThat(store.calls()).isEmpty();
    }
}
