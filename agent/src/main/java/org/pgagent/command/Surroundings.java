package org.pgagent.command;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.pgagent.config.Settings;
import org.pgagent.error.Cancellation;
import org.pgagent.postgres.session.ServerConnection;
import org.pgagent.repository.ClusterClaim;
import org.pgagent.storage.ObjectStore;

/** What a verb finds around it. Nothing is opened before it is asked for, so that help needs none of it. */
public interface Surroundings {
    Console console();

    Clock clock();

    /** Thread-safe; good enough to name things, not to keep secrets. */
    RandomGenerator random();

    /** Is asked for an orderly end by SIGTERM and SIGINT. */
    Cancellation cancellation();

    /** Variables of this process. */
    Map<String, String> environment();

    /** The configuration file that is read, if it is there, when nobody names one. */
    Path configurationFile();

    /** The whole program's verbs, made anew. */
    List<Verb> verbs();

    /** The directory with the jars that this program runs from, if it runs from jars; an upgrade changes it. */
    Optional<Path> programDirectory();

    /** Opens the store that the settings name; the caller closes it. */
    OpenStore openStore(Settings settings) throws IOException;

    /**
     * The same for the agent, whose waits between two tries no signal ends: what it has promised to answer it answers, or
     * leaves to the next agent. PostgreSQL would take the status of a command that a signal ended for its own shutdown.
     */
    OpenStore openServedStore(Settings settings) throws IOException;

    /** What makes the cluster's name in the repository its own, before anything else is written. */
    ClusterClaim claim(ObjectStore store, Settings settings) throws IOException;

    /** Connects to the server that the settings and libpq's environment name; the caller closes the connection. */
    ServerConnection connect(Settings settings) throws IOException;

    /** Connects to another database of the same server; the caller closes the connection. */
    ServerConnection connect(Settings settings, String database) throws IOException;

    /** Connects to the standby of {@code --standby-host}, with the same login; the caller closes the connection. */
    ServerConnection connectToStandby(Settings settings) throws IOException;
}
