package org.pgagent.postgres.session;

import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.Lsn;

/** A connection to a server that somebody has started on a restored cluster, to see what came back. Thread-safe. */
public final class RestoredServer implements AutoCloseable {
    /** No such role that may log in, no such database, no database that takes connections (errcodes.txt). */
    private static final Set<String> NOT_THERE = Set.of("28000", "3D000", "55000");

    private final SqlSession session;

    private RestoredServer(SqlSession session) {
        this.session = session;
    }

    /**
     * How a recovery ended.
     *
     * @param replayedTo the end of the last WAL record that was replayed
     * @param lastCommitAt when the last transaction that was replayed had committed; empty if there was none
     */
    public record Recovered(Lsn replayedTo, Optional<Instant> lastCommitAt) {}

    /**
     * Connects over a Unix socket.
     *
     * @throws PgAgentException of kind CONNECTION_FAILED if the server refuses it
     */
    public static RestoredServer open(Path socketDirectory, int port, String role, String database)
            throws PgAgentException {
        return new RestoredServer(SqlSession.open(new ConnectionSettings(
                        Optional.of(socketDirectory.toString()),
                        Optional.of(port),
                        Optional.of(role),
                        Optional.empty(),
                        Map.of())
                .inDatabase(database)));
    }

    /**
     * Connects as a superuser.
     *
     * @return empty if there is no such role or database, or if it is no superuser
     * @throws PgAgentException if the server refuses the connection for any other reason
     */
    public static Optional<RestoredServer> openAsSuperuser(Path socketDirectory, int port, String role, String database)
            throws PgAgentException {
        try {
            RestoredServer server = open(socketDirectory, port, role, database);
            if (server.isSuperuser()) {
                return Optional.of(server);
            }
            server.close();
            return Optional.empty();
        } catch (PgAgentException e) {
            if (e.getCause() instanceof SQLException refusal && NOT_THERE.contains(refusal.getSQLState())) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private boolean isSuperuser() throws PgAgentException {
        return session.one(
                "asking for the role's rights",
                "SELECT rolsuper FROM pg_roles WHERE rolname = current_user",
                row -> row.truth(1));
    }

    /** Where the recovery ended that this run of the server began with. */
    public Recovered recovered() throws PgAgentException {
        return session.one(
                "asking for the end of recovery",
                "SELECT pg_last_wal_replay_lsn(), pg_last_xact_replay_timestamp()",
                row -> new Recovered(row.lsn(1), row.optionalTime(2)));
    }

    /** The names of the databases that take connections, in their order. */
    public List<String> databases() throws PgAgentException {
        return session.all("asking for the databases", """
                SELECT datname FROM pg_database WHERE datallowconn AND datconnlimit <> -2 ORDER BY datname
                """, row -> row.text(1));
    }

    /** Whether the modules of an extension are installed. */
    public boolean canInstall(String extension) throws PgAgentException {
        return session.one(
                "asking for an extension",
                "SELECT count(*) > 0 FROM pg_available_extensions WHERE name = ?",
                row -> row.truth(1),
                extension);
    }

    /** Reads the whole of the database's list of relations, which nothing can do without, and counts them. */
    public long relations() throws PgAgentException {
        return session.one("counting the relations", "SELECT count(*) FROM pg_class", row -> row.bigint(1));
    }

    @Override
    public void close() throws PgAgentException {
        session.close();
    }
}
