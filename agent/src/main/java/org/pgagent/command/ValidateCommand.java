package org.pgagent.command;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.pgagent.catalog.BackupSelector;
import org.pgagent.catalog.BackupValidation;
import org.pgagent.catalog.ValidationChoice;
import org.pgagent.catalog.ValidationPlan;
import org.pgagent.catalog.ValidationReport;
import org.pgagent.config.DurationText;
import org.pgagent.config.ProgressStyle;
import org.pgagent.config.Setting;
import org.pgagent.config.SettingGroup;
import org.pgagent.config.Settings;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.Validation;
import org.pgagent.restore.CopyRole;
import org.pgagent.storage.ObjectStore;
import org.pgagent.transfer.TransferProgress;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pgagent validate}. */
@Command(
        name = "validate",
        header = "Looks whether backups are what was stored, and says so in the catalog.",
        description = {
            "Without --deep: every pack and manifest is there with its size, the manifest is what was stored, the WAL that"
                    + " each backup needs is complete. With --deep every byte is read back, as a restore reads it, and"
                    + " compared with its checksums, those of pages included. A backup is OK afterwards, or CORRUPT, and"
                    + " what is damaged is named. No restore uses one that is CORRUPT; the next backup stores anew what was"
                    + " in packs that are gone, and is not compared with one that is damaged otherwise. The exit status is 22"
                    + " if anything is damaged; the connection is for the names of damaged tables alone; a store that does"
                    + " not answer is no damage, and changes nothing.",
            "With --boot one backup is restored on trial, and a server started on it; status 22 if it does not come back."
        },
        footer = {
            "  pgagent validate --bucket my-backups",
            "  pgagent validate --bucket my-backups --deep --older-than 30d",
            "  pgagent validate --bucket my-backups --deep 20261122T055500Z-F",
            "  pgagent validate --bucket my-backups 2026-11",
            "  pgagent validate --bucket my-backups --boot --sql-file smoke.sql"
        })
public final class ValidateCommand implements Verb {
    private static final String OLDER_THAN = "7d";

    private final Surroundings surroundings;

    @Parameters(
            arity = "0..*",
            paramLabel = "ID|DATE",
            description =
                    "The backups to look at, or those of a day (2026-11-22) or a month (2026-11), in UTC. Default:"
                            + " all without a recent proof, see --older-than.")
    private List<String> named = List.of();

    @Option(names = "--deep", description = "Read every byte back.")
    private boolean deep;

    @Option(names = "--all", description = "Look at all backups, whenever they were found whole.")
    private boolean all;

    @Option(
            names = "--older-than",
            paramLabel = "DURATION",
            defaultValue = OLDER_THAN,
            description = "Leave out backups that were found whole, as closely as is asked for now, less than this time"
                    + " ago, and whose packs are all still there (default: ${DEFAULT-VALUE}).")
    private String olderThan;

    @ArgGroup(validate = false, heading = "%nRestore drill:%n", order = 5)
    private DrillOptions drill = new DrillOptions();

    @Option(names = "--dry-run", description = "Print what would be looked at, and change nothing.")
    private boolean dryRun;

    @Option(names = "--json", description = "Print the result as JSON.")
    private boolean json;

    public ValidateCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Set<Setting<?>> settings() {
        return SettingSets.of(Set.of(SettingGroup.REPOSITORY, SettingGroup.CONNECTION), Setting.JOBS, Setting.PROGRESS);
    }

    @Override
    public Map<String, Class<?>> documents() {
        return Map.of(
                "validate",
                ValidationView.class,
                "validate --dry-run",
                ValidationPlanView.class,
                "validate --boot",
                DrillRun.Report.class);
    }

    @Override
    public int run(Settings settings) throws IOException {
        if (drill.asked()) {
            holdDrill(settings);
            return SUCCESS;
        }
        drill.requireNone();
        ValidationChoice choice = choice();
        ClusterKeys keys = new ClusterKeys(settings.get(Setting.CLUSTER));
        try (OpenStore opened = surroundings.openStore(settings)) {
            ValidationView.Where where = new ValidationView.Where(
                    opened.store().describe(), keys.cluster().value());
            if (dryRun) {
                ValidationPlan plan = validation(opened.store(), settings, TransferProgress.silent())
                        .plan(choice);
                tell(ValidationPlanView.of(where, plan), ValidationPlanView::lines);
                return SUCCESS;
            }
            ObjectStore store = Removal.claimed(surroundings, opened, settings).store();
            ValidationReport report;
            try (ProgressDisplay progress = ProgressDisplay.open(style(settings), surroundings.console(), "validate")) {
                BackupValidation validation = validation(store, settings, progress);
                report = validation.run(validation.plan(choice));
                new BackupRecords(store, new ClusterKeys(settings.get(Setting.CLUSTER))).refreshIndex();
                if (report.doubt().isEmpty()) {
                    progress.complete();
                }
            }
            tell(
                    ValidationView.of(where, report, RelationNames.of(report, surroundings, settings)),
                    ValidationView::lines);
            surroundings.console().out().flush();
            report.requireGood();
        }
        return SUCCESS;
    }

    private void holdDrill(Settings settings) throws IOException {
        if (deep || all || !olderThan.equals(OLDER_THAN)) {
            throw DrillOptions.usage(
                    "--boot restores one backup: --deep, --all and --older-than have no place there", null);
        }
        String fetch = FetchCommandLine.text(FetchCommandLine.program(), settings, CopyRole.PRIMARY);
        new DrillRun(surroundings, settings, new DrillRun.How(dryRun, json, drill.recorded()))
                .run(drill.request(named, fetch, settings.get(Setting.JOBS)));
    }

    /** A quick look has no bytes to count. */
    private ProgressStyle style(Settings settings) throws PgAgentException {
        return deep ? settings.get(Setting.PROGRESS) : ProgressStyle.NONE;
    }

    private interface Lines<T> {
        List<String> of(T view);
    }

    private <T> void tell(T view, Lines<T> lines) {
        if (json) {
            surroundings.console().printJson(view);
        } else {
            lines.of(view).forEach(surroundings.console()::print);
        }
    }

    private BackupValidation validation(ObjectStore store, Settings settings, TransferProgress progress)
            throws PgAgentException {
        return new BackupValidation(
                store,
                new ClusterKeys(settings.get(Setting.CLUSTER)),
                settings.get(Setting.JOBS),
                new BackupValidation.Around(
                        surroundings.clock(), surroundings.cancellation(), progress, ThisHost.writer()));
    }

    private ValidationChoice choice() throws PgAgentException {
        try {
            List<BackupSelector> selectors = new ArrayList<>();
            for (String text : named) {
                selectors.add(BackupSelector.parse(text));
            }
            Duration trusted = DurationText.parse(olderThan);
            return new ValidationChoice(
                    deep ? Validation.Depth.DEEP : Validation.Depth.QUICK,
                    selectors,
                    all ? Optional.empty() : Optional.of(trusted));
        } catch (IllegalArgumentException e) {
            throw new PgAgentException(ErrorKind.USAGE, e.getMessage(), "Try: pgagent validate --help", e);
        }
    }
}
