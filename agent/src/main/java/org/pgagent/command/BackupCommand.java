package org.pgagent.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.pgagent.backup.BackupResult;
import org.pgagent.backup.BackupSettings;
import org.pgagent.backup.BackupType;
import org.pgagent.backup.BaseBackup;
import org.pgagent.backup.SizeEstimate;
import org.pgagent.backup.SourceCheck;
import org.pgagent.config.Setting;
import org.pgagent.config.SettingGroup;
import org.pgagent.config.Settings;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.ControlFile;
import org.pgagent.postgres.session.ServerConnection;
import org.pgagent.postgres.session.ServerFacts;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.ClusterClaim;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.transfer.FileUploader;
import org.pgagent.transfer.PackLimits;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code pgagent backup}. */
@Command(
        name = "backup",
        header = "Takes a base backup of a running cluster.",
        description = {
            "Runs on the database's own host, as the operating system user that owns the data directory. A backup is"
                    + " complete only when the repository has all WAL that its restore needs, so archiving must work:",
            "  archive_command = 'pgagent wal-push %%p'"
        },
        footer = {
            "  pgagent backup --bucket my-backups",
            "  pgagent backup --bucket s3://my-backups/pg --endpoint https://s3.example.net",
            "  pgagent backup --bucket file:///srv/backups --compress zstd:3 --jobs 8"
        })
public final class BackupCommand implements Verb {
    private final Surroundings surroundings;

    @Option(
            names = "--type",
            paramLabel = "auto|full|incremental",
            description =
                    "What to copy. At present a backup is always full, and incremental is refused. Default: auto.")
    private BackupType type = BackupType.AUTO;

    @Option(
            names = "--label",
            paramLabel = "TEXT",
            description =
                    "What the server writes into backup_label: up to 200 printable ASCII characters. Default: pgagent.")
    private String label = "pgagent";

    @Option(
            names = "--dry-run",
            description = "Ask the server and the store, print what would be done, and write nothing.")
    private boolean dryRun;

    @Option(names = "--json", description = "Print the backup's record as JSON.")
    private boolean json;

    public BackupCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Set<Setting<?>> settings() {
        return SettingSets.of(Set.of(SettingGroup.values()));
    }

    @Override
    public int run(Settings settings) throws IOException {
        if (type == BackupType.INCREMENTAL) {
            throw new PgAgentException(
                    ErrorKind.USAGE,
                    "this version of pgagent takes full backups only",
                    "Leave --type out, or give --type full.");
        }
        BackupSettings wanted = backupSettings(settings);
        try (OpenStore opened = surroundings.openStore(settings);
                ServerConnection connection = surroundings.connect(settings)) {
            ServerFacts server = connection.facts();
            Path dataDirectory =
                    settings.find(Setting.PGDATA).orElse(server.settings().dataDirectory());
            ControlFile control = new SourceCheck(server, dataDirectory).beforeStart();
            requireWholePages(wanted, control);
            ClusterClaim claim = surroundings.claim(opened.store(), settings);
            if (dryRun) {
                claim.find(control);
                tellPlan(settings, opened, server, dataDirectory);
                return SUCCESS;
            }
            ClusterClaim.Claimed claimed = claim.claim(control);
            BaseBackup.Destination destination = new BaseBackup.Destination(
                    claimed.store(), new ClusterKeys(settings.get(Setting.CLUSTER)), ThisHost.writer());
            BackupResult result;
            try (ProgressDisplay progress =
                    ProgressDisplay.open(settings.get(Setting.PROGRESS), surroundings.console(), "backup")) {
                estimateMeanwhile(dataDirectory, progress);
                result = new BaseBackup(
                                destination,
                                wanted,
                                new BaseBackup.Surroundings(
                                        surroundings.clock(), progress, surroundings.cancellation()))
                        .take(connection, dataDirectory);
                progress.complete();
            }
            tell(result, opened);
        }
        return SUCCESS;
    }

    /** The start call waits for a checkpoint, which leaves time to count. */
    private static void estimateMeanwhile(Path dataDirectory, ProgressDisplay progress) {
        Thread counting = new Thread(() -> SizeEstimate.tell(dataDirectory, progress), "size-estimate");
        counting.setDaemon(true);
        counting.start();
    }

    private BackupSettings backupSettings(Settings settings) throws PgAgentException {
        FileUploader.ChunkFormat chunks = new FileUploader.ChunkFormat(
                Math.toIntExact(settings.get(Setting.CHUNK_SIZE).bytes()), settings.get(Setting.COMPRESS));
        try {
            return new BackupSettings(
                    BackupType.FULL,
                    Optional.empty(),
                    label,
                    settings.get(Setting.CHECKPOINT),
                    chunks,
                    PackLimits.DEFAULT,
                    settings.get(Setting.JOBS),
                    settings.get(Setting.ARCHIVE_TIMEOUT));
        } catch (IllegalArgumentException e) {
            throw new PgAgentException(ErrorKind.USAGE, e.getMessage(), "Try: pgagent backup --help", e);
        }
    }

    private static void requireWholePages(BackupSettings wanted, ControlFile control) throws PgAgentException {
        int pageSize = control.layout().pageSize();
        if (wanted.chunks().sizeBytes() % pageSize != 0) {
            throw new PgAgentException(
                    ErrorKind.CONFIGURATION,
                    "chunk-size is " + wanted.chunks().sizeBytes() + " bytes, and pages of this cluster have "
                            + pageSize,
                    "Give a multiple of the page size, such as 1MiB.");
        }
    }

    private void tellPlan(Settings settings, OpenStore opened, ServerFacts server, Path dataDirectory)
            throws PgAgentException {
        Console console = surroundings.console();
        console.print("Would take a full backup of PostgreSQL " + server.major() + ", data directory " + dataDirectory);
        console.print("as '" + settings.get(Setting.CLUSTER) + "' into "
                + opened.store().describe() + ".");
    }

    private void tell(BackupResult result, OpenStore opened) throws PgAgentException {
        BackupRecord record = result.record();
        if (json) {
            surroundings.console().printJson(record);
        } else {
            BackupSummary.lines(result, opened.counts().get()).forEach(surroundings.console()::print);
        }
        long badPages = Optional.ofNullable(record.totals())
                .map(BackupRecord.Totals::badPages)
                .orElse(0L);
        if (badPages > 0) {
            throw new PgAgentException(
                    ErrorKind.BAD_PAGES_FOUND,
                    "backup " + record.id() + " is complete, but " + badPages + " pages of the data directory failed"
                            + " their checksum",
                    "The log above names them, and so does the manifest. Keep an older backup until the pages are"
                            + " mended; the cause may be the disk or the memory of this host.");
        }
    }
}
