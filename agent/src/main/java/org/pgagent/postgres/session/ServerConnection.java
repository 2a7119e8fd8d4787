package org.pgagent.postgres.session;

import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.SystemIdentifier;
import org.pgagent.postgres.Timeline;

/**
 * A connection to the server of the cluster that is backed up, one session from beginning to end: no time limits on the
 * server's side, no transaction open between the calls.
 *
 * <p>Thread-safe; one call at a time, others wait. All methods throw {@link PgAgentException} of kind SQL_FAILED if the
 * server refuses or the connection is lost; if a right is missing, the hint has the GRANT.
 */
public final class ServerConnection implements AutoCloseable {
    private final SqlSession session;

    private ServerConnection(SqlSession session) {
        this.session = session;
    }

    /**
     * Connects and logs in, which takes at most ten seconds unless connect_timeout says otherwise.
     *
     * @throws PgAgentException of kind CONFIGURATION if the settings cannot be understood, CONNECTION_FAILED if there is
     *     no server or it refuses the login, INCOMPATIBLE if its version is not 13 to 18
     */
    public static ServerConnection open(ConnectionSettings settings) throws PgAgentException {
        return new ServerConnection(SqlSession.open(settings));
    }

    /** Where and as whom, for messages; has no password. */
    public String describe() {
        return session.target().describe();
    }

    /** What the server is and how it is set up; fails if the role may not see its data directory. */
    public ServerFacts facts() throws PgAgentException {
        return FactsQuery.ask(session);
    }

    /** The cluster whose server this is. */
    public SystemIdentifier systemIdentifier() throws PgAgentException {
        return session.one(
                "asking for the system identifier",
                "SELECT system_identifier::text FROM pg_control_system()",
                row -> SystemIdentifier.parse(row.text(1)));
    }

    /** The oids of all databases at this moment. */
    public Set<Long> databases() throws PgAgentException {
        return FactsQuery.databases(session).keySet();
    }

    /** The databases at this moment: the name of each, by its oid; only those that one may connect to. */
    public Map<Long, String> databaseNames() throws PgAgentException {
        Map<Long, String> names = new HashMap<>();
        session.all(
                        "asking for the databases",
                        "SELECT oid, datname FROM pg_database WHERE datallowconn AND datconnlimit <> -2",
                        row -> Map.entry(row.bigint(1), row.text(2)))
                .forEach(database -> names.put(database.getKey(), database.getValue()));
        return names;
    }

    /**
     * What a relation of this connection's database, or a shared one, is called at this moment, such as
     * {@code app.public.orders} or {@code app.public.orders_pkey (index of app.public.orders)}.
     *
     * @param tablespace its oid, also that of the default one
     * @param fileNumber of the relation
     * @return empty if no relation has that file now
     */
    public Optional<String> relationName(long tablespace, long fileNumber) throws PgAgentException {
        return session
                .all(
                        "asking for the name of a relation",
                        """
                        SELECT format('%I.%I.%I', current_database(), n.nspname, c.relname) || coalesce(
                            CASE c.relkind WHEN 'i' THEN ' (index of ' ELSE ' (values of ' END
                            || quote_ident(current_database()) || '.' || owner.name || ')', '')
                        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                        LEFT JOIN LATERAL (
                            SELECT format('%I.%I', tn.nspname, t.relname) AS name
                            FROM pg_class t JOIN pg_namespace tn ON tn.oid = t.relnamespace
                            WHERE (c.relkind = 'i' AND t.oid = (SELECT indrelid FROM pg_index WHERE indexrelid = c.oid))
                               OR (c.relkind = 't' AND t.reltoastrelid = c.oid)
                        ) owner ON true
                        WHERE c.oid = pg_filenode_relation(?::text::oid, ?::text::oid)
                        """,
                        row -> row.text(1),
                        String.valueOf(tablespace),
                        String.valueOf(fileNumber))
                .stream()
                .findFirst();
    }

    public List<Tablespace> tablespaces() throws PgAgentException {
        return FactsQuery.tablespaces(session);
    }

    public ArchiverStatus archiverStatus() throws PgAgentException {
        return session.one(
                "asking for the state of archiving",
                """
                SELECT archived_count, last_archived_wal, last_archived_time,
                       failed_count, last_failed_wal, last_failed_time FROM pg_stat_archiver
                """,
                row -> new ArchiverStatus(row.bigint(1), event(row, 2), row.bigint(4), event(row, 5)));
    }

    private static Optional<ArchiverStatus.Event> event(SqlSession.Row row, int column) throws SQLException {
        Optional<String> fileName = row.optionalText(column);
        if (fileName.isEmpty()) {
            return Optional.empty();
        }
        return row.optionalTime(column + 1).map(time -> new ArchiverStatus.Event(fileName.get(), time));
    }

    /**
     * Begins a new WAL segment, so that the current one is archived; on a primary only. Does nothing if nothing was
     * written since the last switch.
     *
     * @return the end of the WAL in the segment that was ended
     */
    public Lsn switchWal() throws PgAgentException {
        return session.one("switching to a new WAL segment", "SELECT pg_switch_wal()", row -> row.lsn(1));
    }

    /**
     * Writes a named point into the WAL, to which a recovery can go; on a primary only.
     *
     * @param name at most 63 bytes
     * @return its LSN
     */
    public Lsn createRestorePoint(String name) throws PgAgentException {
        return session.one("creating a restore point", "SELECT pg_create_restore_point(?)", row -> row.lsn(1), name);
    }

    /** Where the next WAL will be written; in recovery, up to where WAL was received or replayed. No sound page has a later LSN. */
    public Lsn currentWalInsertLsn() throws PgAgentException {
        return session.one("asking for the end of WAL", """
                SELECT CASE WHEN pg_is_in_recovery()
                       THEN greatest(pg_last_wal_replay_lsn(), pg_last_wal_receive_lsn())
                       ELSE pg_current_wal_insert_lsn() END
                """, row -> row.lsn(1));
    }

    /**
     * Starts a base backup and waits for its checkpoint. One at a time on a connection, which must stay open until the
     * backup is stopped.
     *
     * @param label kept in {@code backup_label}; one line of printable ASCII, at most 200 characters
     */
    public BackupSession startBackup(String label, CheckpointMode mode) throws PgAgentException {
        return BackupSession.start(session, label, mode);
    }

    /**
     * The latest checkpoint, or on a standby the latest restartpoint, as the control file has it. A restartpoint is made at a
     * checkpoint of the primary and has all of its values.
     *
     * @param redo everything that was changed before is on disk
     */
    public record LatestCheckpoint(Lsn location, Lsn redo, Timeline timeline, Instant time) {}

    public LatestCheckpoint latestCheckpoint() throws PgAgentException {
        return session.one(
                "asking for the latest checkpoint",
                "SELECT checkpoint_lsn, redo_lsn, timeline_id, checkpoint_time FROM pg_control_checkpoint()",
                row -> new LatestCheckpoint(row.lsn(1), row.lsn(2), new Timeline(row.bigint(3)), row.time(4)));
    }

    /**
     * Makes a checkpoint, or on a standby a restartpoint at the newest checkpoint that was replayed, and waits for it.
     *
     * @return false if the role may not: superusers may, and from PostgreSQL 15 on members of pg_checkpoint
     */
    public boolean checkpointIfAllowed() throws PgAgentException {
        return session.doIfAllowed("a checkpoint", "CHECKPOINT");
    }

    /** How far a standby has come; see {@link Replay}. */
    public Replay replay() throws PgAgentException {
        return session.one(
                "asking for replay",
                """
                SELECT pg_last_wal_replay_lsn(), pg_last_wal_receive_lsn(), min_recovery_end_lsn,
                       pg_last_xact_replay_timestamp(), clock_timestamp()
                FROM pg_control_recovery()
                """,
                row -> new Replay(row.lsn(1), row.optionalLsn(2), row.lsn(3), row.optionalTime(4), row.time(5)));
    }

    /**
     * Whether the server is in recovery; waits a minute at most for the answer.
     *
     * @throws PgAgentException of kind SQL_FAILED also if the server was started anew since this connection began
     */
    public boolean isInRecovery() throws PgAgentException {
        return session.isInRecoveryWithin(BackupSession.SIGN_OF_LIFE_LIMIT);
    }

    /** The WAL summaries that the server has, PostgreSQL 17 and later, by timeline and start. */
    public List<WalSummary> walSummaries() throws PgAgentException {
        return WalSummariesQuery.available(session);
    }

    /**
     * How far a server's WAL summaries go.
     *
     * @param onDisk the end of the newest one
     * @param inMemory how far the next one has come
     */
    public record Summarized(Lsn onDisk, Lsn inMemory) {}

    /** How far WAL is summarized, PostgreSQL 17 and later. */
    public Summarized walSummarized() throws PgAgentException {
        return WalSummariesQuery.progress(session);
    }

    /**
     * Reads what a WAL summary says of main forks.
     *
     * @param segmentPages how many pages a file of a relation has at most
     */
    public void readWalSummary(WalSummary summary, int segmentPages, WalSummary.Reader reader) throws PgAgentException {
        WalSummariesQuery.read(session, summary, segmentPages, reader);
    }

    /** Closing twice is harmless. The server aborts a backup that was not stopped. */
    @Override
    public void close() throws PgAgentException {
        session.close();
    }
}
