package org.pgagent.restore.drill;

import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The whole configuration of a drill's server. That of the source is not used: it names files and directories of another
 * host, libraries that may not be here, and much that acts outwards.
 */
final class PrivateConfiguration {
    static final int PORT = 5432;

    /** What would lead out of the drill's directory, or undo what makes it a drill. */
    private static final Set<String> REFUSED = Set.of(
            "archive_cleanup_command",
            "archive_command",
            "archive_library",
            "archive_mode",
            "config_file",
            "data_directory",
            "dynamic_library_path",
            "external_pid_file",
            "hba_file",
            "hot_standby",
            "ident_file",
            "listen_addresses",
            "log_destination",
            "log_directory",
            "logging_collector",
            "max_logical_replication_workers",
            "port",
            "primary_conninfo",
            "primary_slot_name",
            "recovery_end_command",
            "restore_command",
            "unix_socket_directories");

    private PrivateConfiguration() {}

    static void requireHarmless(Collection<String> names) {
        for (String name : names) {
            String lower = name.toLowerCase(Locale.ROOT);
            if (!lower.matches("[a-z_][a-z0-9_.$]*")) {
                throw new IllegalArgumentException("not the name of a setting of PostgreSQL: '" + name
                        + "' (a good one: shared_preload_libraries)");
            }
            if (REFUSED.contains(lower) || lower.startsWith("recovery_target")) {
                throw new IllegalArgumentException(
                        "the server of a drill decides about " + lower + " itself, so that it stays private");
            }
        }
    }

    /**
     * {@code postgresql.conf}.
     *
     * @param directory the drill's
     * @param major of the server
     */
    static String text(DrillDirectory directory, int major) {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("cluster_name", "pgagent drill");
        settings.put("listen_addresses", "");
        settings.put("port", Integer.toString(PORT));
        settings.put("unix_socket_directories", listed(directory.sockets()));
        settings.put("unix_socket_permissions", "0700");
        settings.put("hba_file", directory.hba().toString());
        settings.put("ident_file", directory.ident().toString());
        settings.put("ssl", "off");
        settings.put("log_destination", "stderr");
        settings.put("logging_collector", "off");
        settings.put("log_line_prefix", "%m [%p] ");
        settings.put("log_timezone", "UTC");
        settings.put("timezone", "UTC");
        settings.put("lc_messages", "C");
        settings.put("archive_mode", "off");
        // Until it is a server of its own nobody can use it: limits that the source raised later do not matter then,
        // and
        // there are no queries that replay conflicts with.
        settings.put("hot_standby", "off");
        settings.put("shared_buffers", "128MB");
        settings.put("shared_preload_libraries", "");
        settings.put("session_preload_libraries", "");
        settings.put("local_preload_libraries", "");
        // A restored subscription would take its source's place at the publisher.
        settings.put("max_logical_replication_workers", "0");
        settings.put("max_replication_slots", "1000");
        if (major >= 18) {
            settings.put("max_active_replication_origins", "1000");
        }
        if (major >= 17) {
            settings.put("event_triggers", "off");
        }
        settings.put("autovacuum", "off");
        settings.put("synchronous_standby_names", "");
        settings.put("restart_after_crash", "off");
        return settings.entrySet().stream()
                .map(setting -> setting.getKey() + " = '"
                        + setting.getValue().replace("\\", "\\\\").replace("'", "''") + "'\n")
                .collect(Collectors.joining());
    }

    /** Whoever can reach the socket is whoever runs the drill. */
    static String hba() {
        return "local all all trust\n";
    }

    /** As an element of a list of names. */
    private static String listed(Path path) {
        return '"' + path.toString().replace("\"", "\"\"") + '"';
    }
}
