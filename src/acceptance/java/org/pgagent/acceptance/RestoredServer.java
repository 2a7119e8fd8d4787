package org.pgagent.acceptance;

import java.nio.file.Path;
import java.time.Duration;
import org.pgagent.kit.Await;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.ScratchDirectory;

/** A server that was put back from the repository of another one. Closing it removes it, and waits for its agent's end. */
final class RestoredServer implements AutoCloseable {
    private static final Duration RECOVERY_MAX = Duration.ofMinutes(5);

    private final ScratchDirectory scratch;
    private final PostgresCluster cluster;

    private RestoredServer(ScratchDirectory scratch, PostgresCluster cluster) {
        this.scratch = scratch;
        this.cluster = cluster;
    }

    /** Restores the newest state, with options of {@code pgagent restore}; the server is not started. */
    static RestoredServer of(ArchivingServer source, String... options) {
        ScratchDirectory scratch = ScratchDirectory.create();
        Path data = scratch.resolve("data");
        source.restoreInto(data, options);
        return new RestoredServer(scratch, PostgresCluster.open(data, source.environment()));
    }

    PostgresCluster cluster() {
        return cluster;
    }

    /** Starts the server, and waits for the end of its recovery. */
    void recover() {
        cluster.start();
        Await.until("the end of recovery", RECOVERY_MAX, () -> {
            if (!cluster.isRunning()) {
                throw new AssertionError("the server has ended:\n" + cluster.logTail());
            }
            return cluster.value("SELECT NOT pg_is_in_recovery()").equals("t");
        });
    }

    @Override
    public void close() {
        Path data = cluster.dataDirectory();
        cluster.close();
        scratch.close();
        ArchivingServer.awaitNoAgentOf(data);
    }
}
