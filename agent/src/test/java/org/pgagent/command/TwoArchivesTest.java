package org.pgagent.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgagent.wal.SampleServer.segment;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.kit.Await;
import org.pgagent.kit.MemoryObjectStore;
import org.pgagent.kit.ScratchDirectory;
import org.pgagent.repository.ClusterDescriptions;
import org.pgagent.serve.AgentAnswer;
import org.pgagent.serve.AgentDirectory;
import org.pgagent.wal.SampleServer;
import org.pgagent.wal.SampleWal;

/** One agent that recovers from two repositories, in which segments of the same names have other bytes. */
class TwoArchivesTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final AgentAnswer.Done DONE = new AgentAnswer.Done(0, "");
    private static final List<String> BUCKETS = List.of("ours", "theirs");

    @TempDir
    private Path dir;

    private final ScratchDirectory scratch = ScratchDirectory.create();
    private SampleServer server;
    private ServedStores agent;
    private Path target;

    @BeforeEach
    void serve() throws IOException {
        server = new SampleServer(scratch.resolve("data")).checkpointIn(segment(10));
        agent = new ServedStores(server.dataDirectory()).serve();
        target = server.pgWal().resolve("RECOVERYXLOG");
        for (String bucket : BUCKETS) {
            MemoryObjectStore store = new MemoryObjectStore();
            new ClusterDescriptions(store, SampleWal.KEYS).claim(SampleWal.cluster(SampleWal.SMALL));
            for (long number = 3; number <= 6; number++) {
                SampleServer.archiver(store).push(SampleWal.write(dir, segment(number), seed(bucket, number)));
            }
            agent.put(bucket, store);
        }
    }

    @AfterEach
    void end() {
        agent.close();
        scratch.close();
    }

    private static long seed(String bucket, long number) {
        return 100L * BUCKETS.indexOf(bucket) + number;
    }

    private void fetch(String bucket, long number) throws IOException {
        assertThat(agent.caller(bucket).fetch(segment(number).fileName(), target))
                .isEqualTo(DONE);
        assertThat(target).hasBinaryContent(SampleWal.bytes(segment(number), seed(bucket, number)));
    }

    /** Whether a segment lies in the part of the spool that was made first. */
    private boolean isSpooled(long number) {
        Path first = new AgentDirectory(server.dataDirectory()).spool().resolve("0");
        return Files.exists(first.resolve(segment(number).fileName()));
    }

    @Test
    void what_was_fetched_ahead_from_one_is_not_served_for_the_other() throws IOException {
        fetch("ours", 3);
        Await.until("the next one is in the spool", LIMIT, () -> isSpooled(4));

        fetch("theirs", 4);
        fetch("ours", 4);
        fetch("theirs", 5);
        fetch("ours", 5);
    }
}
