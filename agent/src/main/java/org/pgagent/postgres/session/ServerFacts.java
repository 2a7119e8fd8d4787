package org.pgagent.postgres.session;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.pgagent.postgres.ServerVersion;
import org.pgagent.postgres.Timeline;

/**
 * What a server says of itself at one moment.
 *
 * @param versionNumber {@code server_version_num}, such as 150020
 * @param timeline the one that it writes to, or, in recovery, replays
 * @param clock the server's clock when it was asked
 * @param startedAt when the postmaster was started: settings that need a restart have been the same since
 * @param tablespaces in the order of their OIDs
 * @param databases the oid of each database, and the transaction that made its row in pg_database
 * @param glibc the version of the C library by whose locales a database sorts; empty if none does
 * @param missingGrants the SQL commands that a superuser must run before this role can take backups
 */
public record ServerFacts(
        int versionNumber,
        boolean inRecovery,
        Timeline timeline,
        Instant clock,
        Instant startedAt,
        ControlFacts control,
        ServerSettings settings,
        List<Tablespace> tablespaces,
        Map<Long, Long> databases,
        Optional<String> glibc,
        List<String> missingGrants) {
    public ServerFacts {
        tablespaces = List.copyOf(tablespaces);
        databases = Map.copyOf(databases);
        missingGrants = List.copyOf(missingGrants);
    }

    /** PostgreSQL's major version, such as 15. */
    public int major() {
        return version().major();
    }

    public ServerVersion version() {
        return new ServerVersion(versionNumber);
    }
}
