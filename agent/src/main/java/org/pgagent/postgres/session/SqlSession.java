package org.pgagent.postgres.session;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.CatalogVersion;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.ServerVersion;
import org.postgresql.Driver;

/**
 * One connection, each command in a transaction of its own, with JDBC's exceptions translated. Thread-safe: one command at
 * a time, others wait; {@link #close} waits for nobody.
 */
final class SqlSession implements AutoCloseable {
    /** As {@link ConnectionTarget#SESSION_OPTIONS}, but for settings that not every version has. */
    private static final String NEWER_SETTINGS = """
            SELECT set_config(name, '0', false) FROM pg_settings
            WHERE name IN ('idle_session_timeout', 'transaction_timeout')
            """;

    /** Kept, so that its level is; it writes to standard error what it throws as well. */
    private static final Logger LOG_OF_PGJDBC = Logger.getLogger("org.postgresql");

    static {
        LOG_OF_PGJDBC.setLevel(Level.OFF);
    }

    private static final int ALL_AT_ONCE = 0;

    /** A row of a WAL summary may have almost a MiB. */
    private static final int VISITED_AT_ONCE = 32;

    private final Connection connection;
    private final ConnectionTarget target;
    private final int versionNumber;

    private SqlSession(Connection connection, ConnectionTarget target, int versionNumber) {
        this.connection = connection;
        this.target = target;
        this.versionNumber = versionNumber;
    }

    /** Reads one row of a result. */
    @FunctionalInterface
    interface RowReader<T> {
        T read(Row row) throws SQLException, PgAgentException;
    }

    static SqlSession open(ConnectionSettings settings) throws PgAgentException {
        ConnectionTarget target = ConnectionTarget.of(settings);
        Connection connection = connect(target);
        try {
            SqlSession unchecked = new SqlSession(connection, target, 0);
            int version = unchecked.one("asking for the version", "SHOW server_version_num", row -> row.integer(1));
            requireSupported(version);
            unchecked.all("setting up the session", NEWER_SETTINGS, row -> row.text(1));
            return new SqlSession(connection, target, version);
        } catch (PgAgentException e) {
            closeAfter(e, connection);
            throw e;
        }
    }

    private static Connection connect(ConnectionTarget target) throws PgAgentException {
        try {
            return new Driver().connect(target.url(), target.properties());
        } catch (SQLException e) {
            throw SqlFailure.ofConnecting(e, target);
        }
    }

    private static void closeAfter(PgAgentException failure, Connection connection) {
        try {
            connection.close();
        } catch (SQLException e) {
            failure.addSuppressed(e);
        }
    }

    /**
     * Refuses a server that pgagent was not made for.
     *
     * @param versionNumber as {@code server_version_num} has it, such as 150020
     */
    static void requireSupported(int versionNumber) throws PgAgentException {
        ServerVersion version = new ServerVersion(versionNumber);
        if (version.major() < CatalogVersion.MAJOR_MIN || version.major() > CatalogVersion.MAJOR_MAX) {
            throw new PgAgentException(
                    ErrorKind.INCOMPATIBLE,
                    "the server is PostgreSQL " + version,
                    "pgagent works with PostgreSQL " + CatalogVersion.MAJOR_MIN + " to " + CatalogVersion.MAJOR_MAX
                            + ".");
        }
    }

    int versionNumber() {
        return versionNumber;
    }

    int major() {
        return new ServerVersion(versionNumber).major();
    }

    ConnectionTarget target() {
        return target;
    }

    /**
     * Runs a command that gives one row.
     *
     * @param what the command in words, for messages
     * @throws PgAgentException of kind SQL_FAILED if the server refuses it or the connection is lost
     */
    <T> T one(String what, String sql, RowReader<T> reader, Object... parameters) throws PgAgentException {
        List<T> rows = all(what, sql, reader, parameters);
        if (rows.size() != 1) {
            throw new IllegalStateException(rows.size() + " rows from: " + sql);
        }
        return rows.get(0);
    }

    /** Runs a command that gives rows; see {@link #one}. */
    <T> List<T> all(String what, String sql, RowReader<T> reader, Object... parameters) throws PgAgentException {
        List<T> rows = new ArrayList<>();
        try {
            run(sql, ALL_AT_ONCE, row -> rows.add(reader.read(row)), parameters);
            return rows;
        } catch (SQLException e) {
            throw failed(e, what);
        }
    }

    /**
     * Runs a command that may give more rows than memory holds; see {@link #one}.
     *
     * @param visitor is given one row after another as long as it answers that it wants more
     */
    synchronized void visit(String what, String sql, RowReader<Boolean> visitor, Object... parameters)
            throws PgAgentException {
        try {
            connection.setAutoCommit(false); // or the driver takes all rows at once
            run(sql, VISITED_AT_ONCE, visitor, parameters);
            endTransaction();
        } catch (SQLException e) {
            endTransactionAfter(e);
            throw failed(e, what);
        } catch (PgAgentException | RuntimeException e) {
            endTransactionAfter(e);
            throw e;
        }
    }

    private void endTransaction() throws SQLException {
        connection.rollback();
        connection.setAutoCommit(true);
    }

    private void endTransactionAfter(Exception failure) {
        try {
            endTransaction();
        } catch (SQLException e) {
            failure.addSuppressed(e);
        }
    }

    private PgAgentException failed(SQLException e, String what) throws PgAgentException {
        return SqlFailure.isMissingRight(e)
                ? Rights.refused(what, SqlFailure.reason(e), this, e)
                : SqlFailure.ofCommand(e, what, target);
    }

    /**
     * Runs a command that gives no rows.
     *
     * @return false if the role may not
     */
    synchronized boolean doIfAllowed(String what, String sql) throws PgAgentException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
            return true;
        } catch (SQLException e) {
            if (SqlFailure.isMissingRight(e)) {
                return false;
            }
            throw SqlFailure.ofCommand(e, what, target);
        }
    }

    private synchronized void run(String sql, int rowsAtOnce, RowReader<Boolean> visitor, Object... parameters)
            throws SQLException, PgAgentException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setFetchSize(rowsAtOnce);
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            try (ResultSet result = statement.executeQuery()) {
                boolean more = true;
                while (more && result.next()) {
                    more = visitor.read(new Row(result));
                }
            }
        }
    }

    /**
     * Asks whether the server is in recovery, and takes no answer within the limit for a lost connection.
     *
     * @throws PgAgentException of kind SQL_FAILED if the connection is lost
     */
    synchronized boolean isInRecoveryWithin(Duration limit) throws PgAgentException {
        try {
            connection.setNetworkTimeout(Runnable::run, Math.toIntExact(limit.toMillis()));
            boolean inRecovery = isInRecovery();
            connection.setNetworkTimeout(Runnable::run, 0);
            return inRecovery;
        } catch (SQLException e) {
            throw SqlFailure.ofCommand(e, "a sign of life", target);
        }
    }

    boolean isInRecovery() throws PgAgentException {
        return one("asking for recovery", "SELECT pg_is_in_recovery()", row -> row.truth(1));
    }

    /** Ends the connection, and with it a backup that it has begun. Closing twice is harmless. */
    @Override
    public void close() throws PgAgentException {
        try {
            connection.close();
        } catch (SQLException e) {
            throw SqlFailure.ofCommand(e, "closing the connection", target);
        }
    }

    /** One row of a result; columns count from 1. */
    static final class Row {
        private final ResultSet result;

        private Row(ResultSet result) {
            this.result = result;
        }

        String text(int column) throws SQLException {
            return result.getString(column);
        }

        Optional<String> optionalText(int column) throws SQLException {
            return Optional.ofNullable(result.getString(column));
        }

        /**
         * Text that the query gives as the bytes it is kept in, through {@link #asBytes}. Paths are in the file system's
         * encoding whatever the database's is, and must not be converted.
         */
        String utf8(int column) throws SQLException, PgAgentException {
            byte[] bytes = result.getBytes(column);
            try {
                return StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(bytes))
                        .toString();
            } catch (CharacterCodingException e) {
                throw new PgAgentException(
                        ErrorKind.INCOMPATIBLE,
                        "a path or setting of the server is no UTF-8: '"
                                + new String(bytes, StandardCharsets.ISO_8859_1) + "' (bytes shown as Latin-1)",
                        "Rename the directory, or set the setting, so that it is UTF-8.",
                        e);
            }
        }

        int integer(int column) throws SQLException {
            return result.getInt(column);
        }

        long bigint(int column) throws SQLException {
            return result.getLong(column);
        }

        boolean truth(int column) throws SQLException {
            return result.getBoolean(column);
        }

        Lsn lsn(int column) throws SQLException {
            return Lsn.parse(result.getString(column));
        }

        Optional<Lsn> optionalLsn(int column) throws SQLException {
            return optionalText(column).map(Lsn::parse);
        }

        Optional<Instant> optionalTime(int column) throws SQLException {
            return Optional.ofNullable(result.getObject(column, OffsetDateTime.class))
                    .map(OffsetDateTime::toInstant);
        }

        Instant time(int column) throws SQLException {
            return optionalTime(column).orElseThrow();
        }
    }

    /** SQL that gives the bytes of a text as the server keeps them, for {@link Row#utf8}. */
    static String asBytes(String expression) {
        return "replace(" + expression + ", '\\', '\\\\')::bytea";
    }
}
