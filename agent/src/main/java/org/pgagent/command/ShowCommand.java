package org.pgagent.command;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.pgagent.catalog.BackupWal;
import org.pgagent.catalog.RecoveryInterval;
import org.pgagent.catalog.RecoverySurvey;
import org.pgagent.config.Setting;
import org.pgagent.config.SettingGroup;
import org.pgagent.config.Settings;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.repository.BackupDate;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.ClusterDescription;
import org.pgagent.repository.ClusterDescriptions;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.ClusterName;
import org.pgagent.repository.WalArchive;
import org.pgagent.repository.WalGaps;
import org.pgagent.storage.ListDepth;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pgagent show}. */
@Command(
        name = "show",
        header = "Lists the backups of a cluster, or tells all of one backup, or of the WAL.",
        description =
                "The newest backup comes first. Size is what a backup takes in the repository. A date is the beginning of"
                        + " a start time in UTC, as many digits of it as are given.",
        footer = {
            "  pgagent show --bucket my-backups",
            "  pgagent show --bucket my-backups 20261122T055500Z-F",
            "  pgagent show --bucket my-backups 2026-11 --detail",
            "  pgagent show --bucket my-backups --json",
            "  pgagent show --bucket my-backups --wal",
            "  pgagent show --bucket my-backups --recovery",
            "  pgagent show --bucket my-backups --restore-points",
            "  pgagent show --bucket my-backups --report report.html"
        })
public final class ShowCommand implements Verb {
    private static final Logger LOG = LoggerFactory.getLogger(ShowCommand.class);
    private static final int CLUSTERS_TOLD_MAX = 20;
    /** pg_rman's word for {@code --detail}. */
    private static final String DETAIL = "detail";

    private final Console console;
    private final Surroundings surroundings;

    @Parameters(
            arity = "0..2",
            paramLabel = "ID|DATE",
            description = "The backup to tell everything of, or a date whose backups to list.")
    private List<String> words = List.of();

    @Option(names = "--detail", description = "Tell everything of each backup that would be listed.")
    private boolean detail;

    @Option(
            names = "--wal",
            description =
                    "Tell what WAL the archive has, what of it is missing, and which points in time can be recovered."
                            + " Lists the whole archive: one request for a thousand files.")
    private boolean wal;

    @Option(
            names = "--recovery",
            description =
                    "Tell of which stretches of the past every point can be recovered, and why each ends. Lists the whole"
                            + " archive.")
    private boolean recovery;

    @Option(
            names = "--restore-points",
            description = "List the restore points of 'pgagent backup --type archive', which 'pgagent restore"
                    + " --target-name' takes.")
    private boolean restorePoints;

    @Option(
            names = "--report",
            paramLabel = "FILE",
            description =
                    "Write a page for people, one HTML file that needs nothing else: what can be recovered and what"
                            + " it takes, drawn, and the backups. Replaces FILE; '-' is standard output. Lists the whole archive.")
    private Path report;

    @Option(
            names = {"-a", "--all"},
            description = "List deleted backups and compactions, too.")
    private boolean all;

    @Option(names = "--json", description = "Print the records as JSON, as the repository has them.")
    private boolean json;

    public ShowCommand(Surroundings surroundings) {
        this.console = surroundings.console();
        this.surroundings = surroundings;
    }

    /** What {@code --json} prints. */
    private record Catalog(
            String repository,
            String cluster,
            List<BackupRecord> backups,
            List<Unreadable> unreadable,
            @JsonUnwrapped LastDrill.View drills) {}

    private record Unreadable(BackupId id, String status, String error) {}

    @Override
    public Set<Setting<?>> settings() {
        return SettingSets.of(Set.of(SettingGroup.REPOSITORY));
    }

    @Override
    public Map<String, Class<?>> documents() {
        return Map.of(
                "show",
                Catalog.class,
                "show ID",
                BackupRecord.class,
                "show --wal",
                WalView.Document.class,
                "show --recovery",
                RecoveryView.class,
                "show --restore-points",
                RestorePointTable.View.class);
    }

    @Override
    public int run(Settings settings) throws IOException {
        List<String> asked = words.stream().filter(word -> !word.equals(DETAIL)).toList();
        if (asked.size() > 1) {
            throw usage("one argument too many: '" + asked.get(1) + "'");
        }
        requireOneView();
        Optional<BackupId> id =
                asked.stream().flatMap(word -> BackupId.parse(word).stream()).findFirst();
        Optional<BackupDate> date =
                asked.isEmpty() || id.isPresent() ? Optional.empty() : Optional.of(date(asked.get(0)));
        ClusterName cluster = settings.get(Setting.CLUSTER);
        try (OpenStore opened = surroundings.openStore(settings)) {
            ObjectStore store = opened.store();
            BackupRecords records = new BackupRecords(store, new ClusterKeys(cluster));
            Instant now = surroundings.clock().instant();
            if (report != null) {
                writeReport(store, new ClusterKeys(cluster), now, records.listWithoutNeeds());
            } else if (restorePoints) {
                RestorePointTable.View view = RestorePointTable.read(store, new ClusterKeys(cluster));
                print(view, RestorePointTable.lines(view));
            } else if (wal || recovery) {
                showArchive(
                        store,
                        new ClusterKeys(cluster),
                        records.listWithoutNeeds().asOf(now));
            } else if (id.isPresent()) {
                BackupRecord record = records.find(id.get())
                        .orElseThrow(() -> none("backup " + id.get(), store, cluster))
                        .asOf(now);
                showOne(store, cluster, record);
            } else {
                BackupRecords.Listed listed = (json ? records.list() : records.listWithoutNeeds()).asOf(now);
                BackupRecords.Listed wanted = all ? listed : listed.backups();
                if (date.isPresent() && wanted.of(date.get()).isEmpty()) {
                    throw none("backup that was started at " + asked.get(0) + " (UTC)", store, cluster);
                }
                showAll(store, cluster, date.map(wanted::of).orElse(wanted));
            }
        }
        return SUCCESS;
    }

    private static BackupDate date(String text) throws PgAgentException {
        try {
            return BackupDate.parse(text);
        } catch (IllegalArgumentException e) {
            throw usage(e.getMessage());
        }
    }

    private static PgAgentException none(String what, ObjectStore store, ClusterName cluster) {
        return new PgAgentException(
                ErrorKind.NO_BACKUP,
                "there is no " + what + " of '" + cluster + "' in " + store.describe(),
                "Run 'pgagent show' without an id to see those that are there.");
    }

    private static PgAgentException usage(String message) {
        return new PgAgentException(ErrorKind.USAGE, message, "Try: pgagent show --help");
    }

    private void requireOneView() throws PgAgentException {
        long views = Stream.of(wal, recovery, restorePoints, report != null)
                .filter(asked -> asked)
                .count();
        if (views > 1 || (views == 1 && !words.isEmpty())) {
            throw usage(
                    "--wal, --recovery, --restore-points and --report tell of the whole archive, each in its own way, and"
                            + " not of one backup");
        }
        if (report != null && json) {
            throw usage("--report writes a page; --json prints the same facts without --report, and with --recovery");
        }
    }

    private void showArchive(ObjectStore store, ClusterKeys keys, BackupRecords.Listed backups) throws IOException {
        tellDamaged(backups);
        ClusterDescription description = new ClusterDescriptions(store, keys)
                .find()
                .orElseThrow(() -> Removal.nothingStored(store, keys.cluster().toString()));
        Whose whose = new Whose(store.describe(), keys.cluster().value());
        RecoverySurvey survey = RecoverySurvey.make(store, keys, description.segmentSize(), backups.records());
        if (recovery) {
            RecoveryView view = RecoveryView.of(whose, RecoveryInterval.of(survey.windows()), survey.withoutWal());
            print(view, view.lines());
        } else {
            WalView view = WalView.of(whose, survey, new WalGaps(store, keys));
            print(view.document(), view.lines());
        }
    }

    private void writeReport(ObjectStore store, ClusterKeys keys, Instant now, BackupRecords.Listed read)
            throws IOException {
        BackupRecords.Listed backups = read.asOf(now);
        tellDamaged(backups);
        new ReportRun(store, keys, console)
                .run(report, new ReportRun.Backups(now, backups, all ? backups : backups.backups()));
    }

    private void print(Object document, List<String> lines) throws IOException {
        if (json) {
            console.printJson(document);
        } else {
            lines.forEach(console::print);
        }
    }

    private static void tellDamaged(BackupRecords.Listed backups) {
        backups.unreadable()
                .forEach(backup -> LOG.warn(
                        "the record of a backup is damaged, the other backups are not touched by that: {}",
                        backup.reason().getMessage()));
    }

    private void showAll(ObjectStore store, ClusterName cluster, BackupRecords.Listed backups) throws IOException {
        tellDamaged(backups);
        if (json) {
            List<Unreadable> unreadable = backups.unreadable().stream()
                    .map(backup -> new Unreadable(
                            backup.id(), BackupTable.UNREADABLE, backup.reason().getMessage()))
                    .toList();
            console.printJson(new Catalog(
                    store.describe(), cluster.value(), backups.records(), unreadable, LastDrill.of(backups.records())));
        } else if (backups.isEmpty()) {
            console.print("There is no backup of '" + cluster + "' in " + store.describe() + ". Clusters there: "
                    + clusters(store) + ".");
        } else if (detail || words.contains(DETAIL)) {
            showDetails(backups);
        } else {
            BackupTable.lines(backups).forEach(console::print);
            LastDrill.lines(LastDrill.of(backups.records())).forEach(console::print);
            RestorePointTable.mention(store, new ClusterKeys(cluster)).ifPresent(console::print);
        }
    }

    private void showDetails(BackupRecords.Listed backups) {
        for (int i = backups.records().size() - 1; i >= 0; i--) {
            BackupDetail.lines(backups.records().get(i), Optional.empty()).forEach(console::print);
            console.print("");
        }
        backups.unreadable().forEach(backup -> console.print(backup.id() + " " + BackupTable.UNREADABLE));
    }

    /** The first of them, for somebody who has forgotten a name. */
    private static String clusters(ObjectStore store) throws IOException {
        List<ObjectKey> folders =
                store.list("", ListDepth.FOLDER, Optional.empty()).folders();
        return folders.isEmpty()
                ? "none"
                : folders.stream()
                        .limit(CLUSTERS_TOLD_MAX)
                        .map(ObjectKey::value)
                        .collect(Collectors.joining(", "));
    }

    private void showOne(ObjectStore store, ClusterName cluster, BackupRecord record) throws IOException {
        if (json) {
            console.printJson(record);
        } else {
            WalArchive archive = new WalArchive(store, new ClusterKeys(cluster));
            BackupDetail.lines(record, new BackupWal(archive).firstMissing(record))
                    .forEach(console::print);
        }
    }
}
