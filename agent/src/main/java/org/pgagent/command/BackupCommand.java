package org.pgagent.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.pgagent.backup.BackupPlan;
import org.pgagent.backup.BackupResult;
import org.pgagent.backup.BackupServers;
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
import org.pgagent.postgres.Exclusions;
import org.pgagent.postgres.session.ServerConnection;
import org.pgagent.postgres.session.ServerFacts;
import org.pgagent.repository.Annotations;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.ChangedBy;
import org.pgagent.repository.ClusterClaim;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.RestorePoint;
import org.pgagent.storage.ObjectStore;
import org.pgagent.transfer.FileUploader;
import org.pgagent.transfer.PackLimits;
import org.pgagent.transfer.TransferProgress;
import org.pgagent.transfer.Workers;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code pgagent backup}. */
@Command(
        name = "backup",
        header = "Takes a base backup of a running cluster.",
        description = {
            "Runs on the database's own host, as the operating system user that owns the data directory. A backup is"
                    + " complete only when the repository has all WAL that its restore needs, so archiving must work:",
            "  archive_command = 'pgagent wal-push %%p'",
            "On a standby's host: with --standby-host, and -h and -p of its primary, where the backup is then started and"
                    + " stopped while the standby's data directory is read; or by the standby alone, and then the primary"
                    + " must finish a WAL segment by itself (archive_timeout)."
        },
        footer = {
            "  pgagent backup --bucket my-backups",
            "  pgagent backup --bucket my-backups --type full",
            "  pgagent backup --bucket s3://my-backups/pg --endpoint https://s3.example.net",
            "  pgagent backup --bucket file:///srv/backups --compress zstd:3 --jobs 8",
            "  pgagent backup --bucket my-backups -h db1 --standby-host /var/run/postgresql"
        })
public final class BackupCommand implements Verb {
    private final Surroundings surroundings;

    @Option(
            names = "--type",
            paramLabel = "auto|full|incremental|archive",
            description = {
                "What to copy: all (full), or what has changed since the newest backup on this server's history"
                        + " (incremental). auto: incremental if there is such a backup, else full. Each backup is"
                        + " restored by itself, whatever its type. archive: no files, but a restore point, and all WAL"
                        + " from the newest backup to it. Default: auto."
            })
    private BackupType type = BackupType.AUTO;

    @Option(
            names = {"-F", "--full-backup-on-error"},
            hidden = true,
            description = "pg_rman's: --type auto instead of incremental.")
    private boolean fullWhereNeeded;

    @Option(
            names = "--changed-by",
            paramLabel = "summaries|lsn|hash",
            description =
                    "How an incremental backup is to tell what has changed: by the server's WAL summaries (PostgreSQL 17"
                            + " and later with summarize_wal = on), by the LSN of each page, or by the hash of each chunk,"
                            + " which is always right. Default: the best way that is safe.")
    private ChangedBy changedBy;

    @Option(
            names = "--label",
            paramLabel = "TEXT",
            description =
                    "What the server writes into backup_label: up to 200 printable ASCII characters. Default: pgagent."
                            + " With --type archive the name of the restore point. Default: pgagent-TIME.")
    private String label;

    @Option(
            names = "--with-serverlog",
            description =
                    "Then store the server's log files as well, what is new of them. Where that fails, the backup is"
                            + " complete all the same, and says so.")
    private boolean withServerLog;

    @Option(
            names = "--expire",
            description = "Then delete what the retention policy does not keep, as 'pgagent expire' does.")
    private boolean expire;

    @Option(
            names = "--annotation",
            paramLabel = "KEY=VALUE",
            description = "Keep this in the backup's record, where 'show' tells it; may be repeated.")
    private List<String> annotations = List.of();

    @Option(
            names = "--exclude",
            paramLabel = "GLOB",
            description =
                    "Leave out what matches, and all that lies in it: a path relative to the data directory in which * and ?"
                            + " stand for anything but a slash, and ** for anything, such as log/*.csv; may be repeated."
                            + " Nothing that belongs to PostgreSQL can be left out. A restore tells what was.")
    private List<String> exclusions = List.of();

    @Option(
            names = "--dry-run",
            description = "Ask the server and the store, print what would be done, and write nothing.")
    private boolean dryRun;

    @Option(names = "--json", description = "Print the backup's record, or the plan, as JSON.")
    private boolean json;

    public BackupCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Set<Setting<?>> settings() {
        return SettingSets.of(Set.of(SettingGroup.values()));
    }

    @Override
    public Map<String, Class<?>> documents() {
        return Map.of(
                "backup",
                BackupRecord.class,
                "backup --dry-run",
                BackupPlanView.class,
                "backup --type archive",
                RestorePoint.class,
                "backup --type archive --dry-run",
                ArchiveRun.PlanView.class);
    }

    @Override
    public int run(Settings settings) throws IOException {
        if (type == BackupType.FULL && changedBy != null) {
            throw new PgAgentException(
                    ErrorKind.USAGE,
                    "a full backup is compared with nothing, and there is --changed-by " + changedBy,
                    "Leave out --changed-by, or --type.");
        }
        if (expire) {
            Expiring.policy(settings); // better refused now than after the backup
        }
        if (type == BackupType.ARCHIVE) {
            archive(settings);
            return SUCCESS;
        }
        if (settings.find(Setting.STANDBY_PORT).isPresent()
                && settings.find(Setting.STANDBY_HOST).isEmpty()) {
            throw new PgAgentException(
                    ErrorKind.USAGE,
                    "there is --standby-port and no --standby-host",
                    "Give the standby's host, too: its name, or the directory of its Unix socket.");
        }
        BackupSettings wanted = backupSettings(settings);
        try (OpenStore opened = surroundings.openStore(settings);
                ServerConnection connection = surroundings.connect(settings)) {
            if (settings.find(Setting.STANDBY_HOST).isEmpty()) {
                run(wanted, settings, opened, BackupServers.alone(connection, dataDirectory(settings, connection)));
                return SUCCESS;
            }
            try (ServerConnection standby = surroundings.connectToStandby(settings)) {
                BackupServers servers =
                        new BackupServers(standby, dataDirectory(settings, standby), Optional.of(connection));
                run(wanted, settings, opened, servers);
                return SUCCESS;
            }
        }
    }

    private static Path dataDirectory(Settings settings, ServerConnection copied) throws IOException {
        Optional<Path> given = settings.find(Setting.PGDATA);
        return given.isPresent() ? given.get() : copied.facts().settings().dataDirectory();
    }

    private void run(BackupSettings wanted, Settings settings, OpenStore opened, BackupServers servers)
            throws IOException {
        ControlFile control = SourceCheck.beforeStart(servers);
        requireWholePages(wanted, control);
        ClusterClaim claim = surroundings.claim(opened.store(), settings);
        if (dryRun) {
            claim.find(control);
            BackupPlan plan = backup(opened.store(), settings, wanted, TransferProgress.silent())
                    .plan(servers);
            tell(BackupPlanView.of(
                    plan,
                    wanted,
                    new BackupPlanView.Place(
                            opened.store().describe(),
                            settings.get(Setting.CLUSTER).value(),
                            control.majorVersion(),
                            servers.dataDirectory())));
            return;
        }
        ClusterClaim.Claimed claimed = claim.claim(control);
        Optional<ServerFacts> logsOf =
                withServerLog ? Optional.of(servers.copied().facts()) : Optional.empty();
        BackupResult result;
        try (ProgressDisplay progress =
                ProgressDisplay.open(settings.get(Setting.PROGRESS), surroundings.console(), "backup")) {
            estimateMeanwhile(servers.dataDirectory(), progress);
            result = backup(claimed.store(), settings, wanted, progress).take(servers);
            progress.complete();
        }
        if (logsOf.isPresent()) {
            result = new ServerLogRun(surroundings, settings).after(result, claimed.store(), logsOf.get());
        }
        tell(result, opened);
        if (expire) {
            expire(opened, settings);
        }
    }

    private void archive(Settings settings) throws IOException {
        List<String> pointless = new ArrayList<>();
        if (changedBy != null) {
            pointless.add("--changed-by");
        }
        if (withServerLog) {
            pointless.add("--with-serverlog");
        }
        if (!annotations.isEmpty()) {
            pointless.add("--annotation");
        }
        if (!exclusions.isEmpty()) {
            pointless.add("--exclude");
        }
        if (settings.find(Setting.STANDBY_HOST).isPresent()) {
            pointless.add(Setting.STANDBY_HOST.option());
        }
        if (!pointless.isEmpty()) {
            throw new PgAgentException(
                    ErrorKind.USAGE,
                    "a backup of type archive copies no files, and there is " + String.join(", ", pointless),
                    "Leave that out, or --type.");
        }
        ArchiveRun archiving = new ArchiveRun(surroundings, settings, json);
        try (OpenStore opened = surroundings.openStore(settings);
                ServerConnection connection = surroundings.connect(settings)) {
            if (dryRun) {
                archiving.plan(opened, connection, Optional.ofNullable(label));
                return;
            }
            archiving.take(opened, connection, Optional.ofNullable(label));
            if (expire) {
                expire(opened, settings);
            }
        }
    }

    /** With --json the record alone is printed. */
    private void expire(OpenStore opened, Settings settings) throws IOException {
        Expiring.Expired expired = new Expiring(surroundings, opened, settings).run(Expiring.policy(settings));
        if (!json) {
            surroundings.console().print("");
            expired.lines().forEach(surroundings.console()::print);
        }
    }

    private BaseBackup backup(ObjectStore store, Settings settings, BackupSettings wanted, TransferProgress progress)
            throws PgAgentException {
        return new BaseBackup(
                new BaseBackup.Destination(store, new ClusterKeys(settings.get(Setting.CLUSTER)), ThisHost.writer()),
                wanted,
                new BaseBackup.Surroundings(surroundings.clock(), progress, surroundings.cancellation()));
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
                    fullWhereNeeded && type == BackupType.INCREMENTAL ? BackupType.AUTO : type,
                    Optional.ofNullable(changedBy),
                    Optional.ofNullable(label).orElse("pgagent"),
                    Annotations.parse(annotations),
                    new Exclusions(exclusions),
                    settings.get(Setting.CHECKPOINT),
                    chunks,
                    PackLimits.DEFAULT,
                    settings.find(Setting.RATE_LIMIT)
                            .map(rate -> OptionalLong.of(rate.bytes()))
                            .orElse(OptionalLong.empty()),
                    Workers.fitting(settings.get(Setting.JOBS)),
                    settings.get(Setting.ARCHIVE_TIMEOUT),
                    settings.get(Setting.STANDBY_LAG_MAX));
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

    private void tell(BackupPlanView plan) {
        if (json) {
            surroundings.console().printJson(plan);
        } else {
            plan.lines().forEach(surroundings.console()::print);
            if (withServerLog) {
                surroundings.console().print("Then what is new of the server's log files.");
            }
        }
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
