package org.pgagent.postgres.session;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The settings of a server that a backup depends on, by PostgreSQL's names and in its units. */
public final class ServerSettings {
    /** Of which a standby or a recovery needs at least the source's values, and the level of WAL. */
    private static final List<String> FOR_RECOVERY = List.of(
            "max_connections",
            "max_worker_processes",
            "max_wal_senders",
            "max_prepared_transactions",
            "max_locks_per_transaction",
            "wal_level");

    private final Map<String, String> values;

    ServerSettings(Map<String, String> values) {
        this.values = Map.copyOf(values);
    }

    private String required(String name) {
        return Optional.ofNullable(values.get(name))
                .orElseThrow(() -> new IllegalStateException("the server has no setting " + name));
    }

    private Optional<Path> path(String name) {
        return Optional.ofNullable(values.get(name))
                .filter(value -> !value.isEmpty())
                .map(Path::of);
    }

    /** Absolute, as the server was started with; not resolved if it is a link. */
    public Path dataDirectory() {
        return Path.of(required("data_directory"));
    }

    /** Relative to the data directory unless absolute; only versions 13 and 14 have it. */
    public Optional<Path> statsTempDirectory() {
        return path("stats_temp_directory");
    }

    /** Where the server's own log files are, if it writes any: relative to the data directory unless absolute. */
    public Path logDirectory() {
        return Path.of(required("log_directory"));
    }

    /** Whether the server writes log files of its own. */
    public boolean collectsLogs() {
        return required("logging_collector").equals("on");
    }

    public String walLevel() {
        return required("wal_level");
    }

    /** Whether changes of hint bits are logged without data checksums. */
    public boolean walLogHints() {
        return required("wal_log_hints").equals("on");
    }

    /** Whether the server notes which pages WAL changes; versions before 17 cannot. */
    public boolean summarizesWal() {
        return "on".equals(values.get("summarize_wal"));
    }

    public ArchiveMode archiveMode() {
        return ArchiveMode.parse(required("archive_mode"));
    }

    /** Empty if none is set; with {@link ArchiveMode#OFF} the server does not tell. */
    public String archiveCommand() {
        String command = required("archive_command");
        return archiveMode() == ArchiveMode.OFF && command.equals("(disabled)") ? "" : command;
    }

    /** The archive module in place of a command; empty if none, and before version 15. */
    public String archiveLibrary() {
        return values.getOrDefault("archive_library", "");
    }

    /** The settings of which a standby or a recovery needs at least these values, and {@code wal_level}. */
    public Map<String, String> forRecovery() {
        Map<String, String> settings = new LinkedHashMap<>();
        FOR_RECOVERY.forEach(name -> settings.put(name, required(name)));
        return settings;
    }

    @Override
    public String toString() {
        return values.toString();
    }
}
