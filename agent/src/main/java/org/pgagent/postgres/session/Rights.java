package org.pgagent.postgres.session;

import java.util.List;
import java.util.stream.Collectors;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

/**
 * What a role that is no superuser must be granted to take backups (system_functions.sql revokes the functions from
 * PUBLIC). Function rights are per database: they must be granted in the one that pgagent connects to.
 */
final class Rights {
    private static final List<String> FUNCTIONS_TO_14 = List.of(
            "pg_start_backup(text, boolean, boolean)",
            "pg_stop_backup(boolean, boolean)",
            "pg_switch_wal()",
            "pg_create_restore_point(text)");
    private static final List<String> FUNCTIONS_FROM_15 = List.of(
            "pg_backup_start(text, boolean)",
            "pg_backup_stop(boolean)",
            "pg_switch_wal()",
            "pg_create_restore_point(text)");

    private Rights() {}

    /** The commands that a superuser must run before this role can take backups; none for a superuser. */
    static List<String> missing(SqlSession session) throws PgAgentException {
        String functions = functions(session.major()).stream()
                .map(function -> "('EXECUTE ON FUNCTION pg_catalog." + function
                        + "', has_function_privilege('pg_catalog." + function + "', 'EXECUTE'))")
                .collect(Collectors.joining(", "));
        return session.all(
                "asking for rights",
                "SELECT 'GRANT ' || wanted || ' TO ' || quote_ident(current_user) || ';' FROM (VALUES " + functions
                        + ", ('pg_read_all_settings', pg_has_role('pg_read_all_settings', 'USAGE')))"
                        + " rights (wanted, present) WHERE NOT present",
                row -> row.text(1));
    }

    private static List<String> functions(int major) {
        return major < 15 ? FUNCTIONS_TO_14 : FUNCTIONS_FROM_15;
    }

    /** A failure for want of rights, with the commands that give them. */
    static PgAgentException refused(String what, String reason, SqlSession session, Throwable cause) {
        ConnectionTarget target = session.target();
        String hint;
        try {
            hint = "Run as superuser in database " + target.database() + ": " + String.join(" ", missing(session));
        } catch (PgAgentException e) {
            hint = "Ask for the rights in pgagent's chapter on operations.";
            if (cause != null) {
                cause.addSuppressed(e);
            }
        }
        return new PgAgentException(
                ErrorKind.SQL_FAILED, what + " was refused on " + target.describe() + ": " + reason, hint, cause);
    }
}
