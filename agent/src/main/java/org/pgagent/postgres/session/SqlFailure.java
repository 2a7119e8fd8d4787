package org.pgagent.postgres.session;

import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedByInterruptException;
import java.security.GeneralSecurityException;
import java.sql.SQLException;
import javax.net.ssl.SSLException;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** JDBC's exceptions as pgagent's, by SQLSTATE (manual, appendix PostgreSQL Error Codes) and cause. */
final class SqlFailure {
    private SqlFailure() {}

    /** A connection that did not come about. */
    static PgAgentException ofConnecting(SQLException e, ConnectionTarget target) {
        if (isInterrupted(e)) {
            return interrupted(e);
        }
        return new PgAgentException(
                ErrorKind.CONNECTION_FAILED,
                "no connection to " + target.describe() + ": " + reason(e),
                hintForConnecting(e, target),
                e);
    }

    private static String hintForConnecting(SQLException e, ConnectionTarget target) {
        String state = state(e);
        String reason = reason(e);
        if (state.equals("28P01") || (state.equals("08004") && reason.contains("password"))) {
            return "Give the password by PGPASSWORD or a line of ~/.pgpass (mode 0600), and check it.";
        }
        if (state.startsWith("28")) {
            return target.isUnixSocket()
                    ? "Check the user (-U) and the server's pg_hba.conf. Peer authentication wants an operating system user"
                            + " of the same name, and pgagent runs as " + System.getProperty("user.name") + "."
                    : "Check the user (-U) and the server's pg_hba.conf, which may want TLS or a client certificate:"
                            + " PGSSLMODE, PGSSLCERT and PGSSLKEY.";
        }
        if (isAboutTls(e, target)) {
            return "Check that ssl is on at the server and that its certificate is for this host and signed by the"
                    + " authority in PGSSLROOTCERT; PGSSLMODE, PGSSLCERT and PGSSLKEY matter too.";
        }
        return switch (state) {
            case "3D000" -> "Check the database (-d); pgagent needs any one that it may connect to, such as postgres.";
            case "42501" ->
                "Run at the server: GRANT CONNECT ON DATABASE \"" + target.database() + "\" TO \"" + target.user()
                        + "\".";
            case "53300" -> "Wait, or raise max_connections; a superuser may use reserved connections.";
            case "57P03" ->
                "The server is starting or stopping, or its recovery has not come far enough: try again later.";
            default ->
                hasCause(e, UnknownHostException.class)
                        ? "Check the host (-h, PGHOST); a path with a leading slash is the directory of a Unix socket."
                        : "Check that the server runs and listens there: -h, -p, listen_addresses, unix_socket_directories.";
        };
    }

    private static boolean isAboutTls(SQLException e, ConnectionTarget target) {
        // pgjdbc itself compares the host with the certificate, and gives no cause then.
        return hasCause(e, SSLException.class)
                || hasCause(e, GeneralSecurityException.class)
                || reason(e).contains("SSL")
                || (state(e).equals("08006") && e.getCause() == null && target.isVerifying());
    }

    /** A command that failed on an open connection. */
    static PgAgentException ofCommand(SQLException e, String what, ConnectionTarget target) {
        if (isInterrupted(e)) {
            return interrupted(e);
        }
        boolean lost = isConnectionLost(e);
        return new PgAgentException(
                ErrorKind.SQL_FAILED,
                what + " failed on " + target.describe() + ": " + (lost ? "the connection was ended: " : "")
                        + reason(e),
                lost ? "Look into the server's log, then try again." : "The server's log may say more.",
                e);
    }

    private static boolean isInterrupted(SQLException e) {
        return hasCause(e, ClosedByInterruptException.class)
                || Thread.currentThread().isInterrupted();
    }

    private static PgAgentException interrupted(SQLException e) {
        return new PgAgentException(
                ErrorKind.INTERRUPTED,
                "told to stop while talking to the server",
                "Run the command again when you want its result.",
                e);
    }

    /** Whether the server refused for want of a right. */
    static boolean isMissingRight(SQLException e) {
        return state(e).equals("42501");
    }

    /** Whether the connection, or the server's process behind it, is gone. */
    static boolean isConnectionLost(SQLException e) {
        return state(e).startsWith("08") || state(e).startsWith("57P") || hasCause(e, IOException.class);
    }

    private static String state(SQLException e) {
        return e.getSQLState() == null ? "" : e.getSQLState();
    }

    /** What the server said, or else what the operating system and pgjdbc said. */
    static String reason(SQLException e) {
        ServerErrorMessage told = e instanceof PSQLException failure ? failure.getServerErrorMessage() : null;
        if (told != null) {
            String detail = told.getDetail() == null ? "" : "; " + told.getDetail();
            String hint = told.getHint() == null ? "" : "; " + told.getHint();
            return told.getMessage() + detail + hint;
        }
        Throwable deepest = e;
        while (deepest.getCause() != null && deepest.getCause() != deepest) {
            deepest = deepest.getCause();
        }
        if (deepest instanceof UnknownHostException) {
            return "unknown host " + deepest.getMessage();
        }
        String cause = deepest.getMessage() == null ? deepest.toString() : deepest.getMessage();
        boolean plain = deepest instanceof SocketException || deepest instanceof SocketTimeoutException;
        return plain || e.getMessage().contains(cause) ? cause : e.getMessage() + " " + cause;
    }

    private static boolean hasCause(Throwable e, Class<? extends Throwable> type) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (type.isInstance(cause)) {
                return true;
            }
        }
        return false;
    }
}
