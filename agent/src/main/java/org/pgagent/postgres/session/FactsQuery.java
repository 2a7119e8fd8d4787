package org.pgagent.postgres.session;

import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.ServerVersion;
import org.pgagent.postgres.SystemIdentifier;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.WalSegmentSize;

/** Asks a server for {@link ServerFacts}. */
final class FactsQuery {
    private static final String CONTROL = """
            SELECT s.system_identifier, s.catalog_version_no, i.database_block_size, i.wal_block_size,
                   i.bytes_per_wal_segment, i.data_page_checksum_version
            FROM pg_control_system() s, pg_control_init() i
            """;

    /**
     * The timeline in which the server writes, or which it replays. A primary's control file may still have an older one
     * until the checkpoint after its promotion; a standby's has the one of its last restartpoint and the one up to which
     * it has replayed.
     */
    private static final String TIMELINE = """
            SELECT CASE WHEN pg_is_in_recovery()
                   THEN greatest(c.timeline_id::bigint, r.min_recovery_end_timeline::bigint)
                   ELSE ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::bigint END
            FROM pg_control_checkpoint() c, pg_control_recovery() r
            """;

    private static final String SETTINGS = "SELECT name, " + SqlSession.asBytes("coalesce(setting, '')") + """
             FROM pg_settings WHERE name IN (
                'data_directory', 'stats_temp_directory', 'log_directory', 'logging_collector',
                'wal_level', 'wal_log_hints', 'summarize_wal', 'archive_mode', 'archive_command', 'archive_library',
                'max_connections', 'max_worker_processes', 'max_wal_senders', 'max_prepared_transactions',
                'max_locks_per_transaction')
            """;

    private static final String TABLESPACES = "SELECT oid, " + SqlSession.asBytes("pg_tablespace_location(oid)")
            + " FROM pg_tablespace WHERE spcname NOT IN ('pg_default', 'pg_global') ORDER BY oid";

    private static final String DATABASES = "SELECT oid, xmin::text::bigint FROM pg_database ORDER BY oid";

    /** Null unless a database sorts by a locale of the C library, whose rules change with its version. */
    private static final String GLIBC =
            "SELECT max(pg_database_collation_actual_version(oid)) FROM pg_database WHERE datlocprovider = 'c'";

    private static final int GLIBC_SINCE = 15;

    /** The same of earlier servers, which tell it of the locales that {@code initdb} has found. */
    private static final String GLIBC_BEFORE = """
            SELECT max(pg_collation_actual_version(c.oid)) FROM pg_collation c
            WHERE c.collprovider = 'c' AND EXISTS (
                SELECT FROM pg_database WHERE datcollate NOT IN ('C', 'POSIX') AND datcollate NOT LIKE 'C.%')
            """;

    private FactsQuery() {}

    static ServerFacts ask(SqlSession session) throws PgAgentException {
        List<String> missingGrants = Rights.missing(session);
        ServerSettings settings = settings(session);
        return new ServerFacts(
                session.versionNumber(),
                session.isInRecovery(),
                timeline(session),
                clock(session),
                session.one("asking for its start", "SELECT pg_postmaster_start_time()", row -> row.time(1)),
                session.one("asking for the control file", CONTROL, FactsQuery::control),
                settings,
                tablespaces(session),
                databases(session),
                glibc(session),
                missingGrants);
    }

    private static ControlFacts control(SqlSession.Row row) throws SQLException {
        return new ControlFacts(
                new SystemIdentifier(row.bigint(1)),
                row.integer(2),
                row.integer(3),
                row.integer(4),
                new WalSegmentSize(row.integer(5)),
                row.integer(6));
    }

    private static ServerSettings settings(SqlSession session) throws PgAgentException {
        Map<String, String> values = new HashMap<>();
        session.all("asking for settings", SETTINGS, row -> values.put(row.text(1), row.utf8(2)));
        // The server leaves out settings that a role may not see.
        if (!values.containsKey("data_directory")) {
            throw Rights.refused("asking for settings", "the role may not see data_directory", session, null);
        }
        return new ServerSettings(values);
    }

    static Timeline timeline(SqlSession session) throws PgAgentException {
        return session.one("asking for the timeline", TIMELINE, row -> new Timeline(row.bigint(1)));
    }

    static Instant clock(SqlSession session) throws PgAgentException {
        return session.one("asking for the time", "SELECT clock_timestamp()", row -> row.time(1));
    }

    static List<Tablespace> tablespaces(SqlSession session) throws PgAgentException {
        return session.all("asking for tablespaces", TABLESPACES, row -> new Tablespace(row.bigint(1), row.utf8(2)));
    }

    private static Optional<String> glibc(SqlSession session) throws PgAgentException {
        boolean telling = new ServerVersion(session.versionNumber()).major() >= GLIBC_SINCE;
        try {
            return session.one(
                    "asking for the version of its collations",
                    telling ? GLIBC : GLIBC_BEFORE,
                    row -> row.optionalText(1));
        } catch (PgAgentException e) {
            // A database was dropped meanwhile; whatever else is wrong, the next query meets it.
            if (e.kind() == ErrorKind.SQL_FAILED) {
                return Optional.empty();
            }
            throw e;
        }
    }

    static Map<Long, Long> databases(SqlSession session) throws PgAgentException {
        Map<Long, Long> databases = new TreeMap<>();
        session.all("asking for databases", DATABASES, row -> databases.put(row.bigint(1), row.bigint(2)));
        return databases;
    }
}
