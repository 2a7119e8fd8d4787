package org.pgagent.postgres.session;

import java.util.Map;
import java.util.Optional;
import org.pgagent.kit.PostgresCluster;

/** Settings to reach a cluster of the kit, without anything of the environment that the tests run in. */
final class TestSettings {
    private static final Map<String, String> NO_HOME = Map.of("HOME", "/nonexistent");

    private TestSettings() {}

    static ConnectionSettings socket(PostgresCluster cluster, String user, String database) {
        return new ConnectionSettings(
                Optional.of(cluster.socketDirectory().toString()),
                Optional.of(cluster.port()),
                Optional.of(user),
                Optional.of(database),
                NO_HOME);
    }

    static ConnectionSettings superuser(PostgresCluster cluster) {
        return socket(cluster, "postgres", "postgres");
    }

    /** Everything from the environment. */
    static ConnectionSettings ofEnvironment(Map<String, String> environment) {
        return new ConnectionSettings(
                Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), environment);
    }
}
