package org.pgagent.cases;

import java.nio.file.Path;
import java.util.Map;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.ResidentProgram.Outcome;
import org.pgagent.kit.ScratchDirectory;

/** A cluster that was put back, and what the restore printed. Closing it removes everything. */
final class RestoredCluster implements AutoCloseable {
    private final ScratchDirectory directory;
    private final Outcome outcome;
    private final Map<String, String> environment;
    private PostgresCluster cluster;

    RestoredCluster(ScratchDirectory directory, Outcome outcome, Map<String, String> environment) {
        this.directory = directory;
        this.outcome = outcome;
        this.environment = environment;
    }

    Outcome outcome() {
        return outcome;
    }

    Path dataDirectory() {
        return directory.resolve("data");
    }

    /** The server, not yet started. */
    PostgresCluster cluster() {
        if (cluster == null) {
            cluster = PostgresCluster.open(dataDirectory(), environment);
        }
        return cluster;
    }

    /** Starts the server and waits for the end of recovery. */
    PostgresCluster recover() {
        cluster().start();
        cluster.awaitPromotion();
        return cluster;
    }

    @Override
    public void close() {
        if (cluster != null) {
            cluster.close();
        }
        directory.close();
    }
}
