package org.pgagent.command;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.pgagent.config.DurationText;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.repository.BackupId;
import org.pgagent.restore.FileOwner;
import org.pgagent.restore.LocalUser;
import org.pgagent.restore.RecoveryTarget;
import org.pgagent.restore.drill.DrillRequest;
import picocli.CommandLine.Option;

/** The options of {@code validate} that are about the restore drill. */
final class DrillOptions {
    /** On a disk as a rule, unlike {@code /tmp}. */
    private static final Path PLACE = Path.of("/var/tmp");

    private static final Duration TIME_MAX = Duration.ofDays(1);

    private static final String USUAL_OWNER = "postgres";

    @Option(
            names = "--boot",
            description = "Hold a restore drill: restore one backup (the ID that is named, or else the newest) into a"
                    + " directory of its own, start PostgreSQL there in private, without archiving, replay the WAL, look"
                    + " whether every database can be used, run pg_amcheck if it is there, note the result and the time that"
                    + " it took in the catalog, and remove everything.")
    private boolean boot;

    @Option(
            names = "--scratch",
            paramLabel = "DIR",
            description =
                    "Where the drill makes its directory. It needs as much room as the cluster. Default: /var/tmp.")
    private Path scratch;

    @Option(
            names = "--target-time",
            paramLabel = "TIME",
            description =
                    "Replay up to the last commit until then, such as '2026-11-22 05:55:00+00'. Default: to the end of"
                            + " WAL.")
    private String targetTime;

    @Option(
            names = "--sql-file",
            paramLabel = "FILE",
            description =
                    "SQL to run there with psql, in the database postgres to begin with. The drill fails at the first"
                            + " error.")
    private Path sqlFile;

    @Option(
            names = "--set",
            paramLabel = "NAME=VALUE",
            description =
                    "A setting for the drill's server, such as shared_preload_libraries=timescaledb; may be repeated."
                            + " None of the source's settings is used but those that a recovery needs.")
    private List<String> settings;

    @Option(
            names = "--superuser",
            paramLabel = "ROLE",
            description = "The role to look at the databases as. Default: postgres, or the operating system user.")
    private String superuser;

    @Option(
            names = "--owner",
            paramLabel = "USER[:GROUP]",
            description = "As whom the server runs if root holds the drill. Default: postgres.")
    private String owner;

    @Option(
            names = "--time-limit",
            paramLabel = "DURATION",
            description = "The drill fails if it takes longer. Default: 1d.")
    private String timeLimit;

    @Option(names = "--keep-scratch", description = "Leave the directory there, with the server stopped.")
    private boolean keep;

    @Option(
            names = "--no-record",
            description = "Do not note the result in the catalog, as with credentials that may only read.")
    private boolean noRecord;

    boolean asked() {
        return boot;
    }

    boolean recorded() {
        return !noRecord;
    }

    /** Refuses options that only a drill has. */
    void requireNone() throws PgAgentException {
        boolean any = scratch != null
                || targetTime != null
                || sqlFile != null
                || settings != null
                || superuser != null
                || owner != null
                || timeLimit != null
                || keep
                || noRecord;
        if (any) {
            throw usage(
                    "--scratch, --target-time, --sql-file, --set, --superuser, --owner, --time-limit, --keep-scratch and --no-record"
                            + " are about a restore drill",
                    null);
        }
    }

    /**
     * What is asked for.
     *
     * @param named the backup's id, or nothing
     * @param restoreCommand by which the server fetches WAL
     * @param jobs how much is looked at at the same time
     */
    DrillRequest request(List<String> named, String restoreCommand, int jobs) throws IOException {
        if (named.size() > 1) {
            throw usage("a restore drill is of one backup, and " + named.size() + " are named", null);
        }
        try {
            Optional<BackupId> backup = named.stream().findFirst().map(BackupId::new);
            RecoveryTarget target = targetTime == null
                    ? new RecoveryTarget.EndOfWal()
                    : RecoveryTarget.AtTime.parse(targetTime, RecoveryTarget.Edge.INCLUSIVE);
            Duration timeMax = timeLimit == null ? TIME_MAX : DurationText.parse(timeLimit);
            Map<String, String> byName = settings();
            return new DrillRequest(
                    backup,
                    target,
                    restoreCommand,
                    (scratch == null ? PLACE : scratch).toAbsolutePath().normalize(),
                    owner(),
                    byName,
                    new DrillRequest.Looks(
                            Optional.ofNullable(superuser),
                            Optional.ofNullable(sqlFile).map(Path::toAbsolutePath),
                            jobs),
                    keep ? DrillRequest.Remains.DIRECTORY : DrillRequest.Remains.NOTHING,
                    timeMax);
        } catch (IllegalArgumentException e) {
            throw usage(e.getMessage(), e);
        }
    }

    private Optional<FileOwner> owner() throws IOException {
        if (owner != null) {
            return Optional.of(FileOwner.parse(owner));
        }
        return LocalUser.current().isRoot() ? Optional.of(FileOwner.parse(USUAL_OWNER)) : Optional.empty();
    }

    private Map<String, String> settings() {
        Map<String, String> byName = new LinkedHashMap<>();
        for (String text : settings == null ? List.<String>of() : settings) {
            int equals = text.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException(
                        "not a setting: '" + text + "' (a good one: shared_preload_libraries=timescaledb)");
            }
            byName.put(
                    text.substring(0, equals).strip(),
                    text.substring(equals + 1).strip());
        }
        return byName;
    }

    static PgAgentException usage(String message, Throwable cause) {
        return new PgAgentException(ErrorKind.USAGE, message, "Try: pgagent validate --help", cause);
    }
}
