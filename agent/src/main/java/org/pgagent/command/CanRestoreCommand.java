package org.pgagent.command;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.pgagent.config.DurationText;
import org.pgagent.config.Setting;
import org.pgagent.config.SettingGroup;
import org.pgagent.config.Settings;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.Timeline;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.restore.Archiving;
import org.pgagent.restore.CopyRole;
import org.pgagent.restore.RecoveryRequest;
import org.pgagent.restore.RecoveryTarget;
import org.pgagent.restore.SourcePlan;
import org.pgagent.restore.SourcePlanner;
import org.pgagent.restore.TargetAction;
import org.pgagent.restore.TargetTimeline;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code pgagent can-restore}. */
@Command(
        name = "can-restore",
        header = "Tells whether a point in time can be restored, from what, and how long that takes.",
        description = {
            "Looks for the backup, all packs that its manifest names, and the WAL, as a restore does before it writes."
                    + " Reads no content: 'pgagent validate' does. Exit status 0 means yes; no has the status that the restore"
                    + " would have."
        },
        footer = {
            "  pgagent can-restore --bucket my-backups --at '2026-11-22 05:55:00+00'",
            "  pgagent can-restore --bucket my-backups --json"
        })
public final class CanRestoreCommand implements Verb {
    /** No is an answer, and its reason is one of these; anything else is trouble with finding out. */
    private static final Set<ErrorKind> NO =
            Set.of(ErrorKind.RECOVERY_TARGET, ErrorKind.NO_BACKUP, ErrorKind.CORRUPTED);

    private final Surroundings surroundings;

    @Option(
            names = "--at",
            paramLabel = "TIME",
            description = "The point in time, such as '2026-11-22 05:55:00+00'. Default: the end of WAL.")
    private String at;

    @Option(
            names = "--target-timeline",
            paramLabel = "latest|current|N",
            description = "Which timeline to follow: the newest, the backup's own, or this one. Default: latest.")
    private TargetTimeline timeline = new TargetTimeline.Latest();

    @Option(names = "--json", description = "Print the answer as JSON.")
    private boolean json;

    public CanRestoreCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /**
     * What {@code --json} prints.
     *
     * @param possible whether the target can be recovered
     * @param target the recovery target, in words
     * @param reason why it cannot
     * @param hint what to do then
     * @param plan what a restore would do; missing if the target cannot be recovered
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Answer(
            @JsonUnwrapped Whose whose, boolean possible, String target, String reason, String hint, Plan plan) {}

    /**
     * From what a restore would come.
     *
     * @param consistentAt when the backup was complete: no earlier point can be recovered from it
     * @param bytes what would be written
     * @param storedBytes what would be fetched of the backup
     * @param walBytesMax how much WAL would be replayed at most
     * @param estimatedSeconds how long that may take
     */
    private record Plan(
            BackupId backup,
            Instant consistentAt,
            Timeline timeline,
            long bytes,
            long storedBytes,
            long walBytesMax,
            long estimatedSeconds,
            List<String> warnings) {}

    @Override
    public Set<Setting<?>> settings() {
        return SettingSets.of(Set.of(SettingGroup.REPOSITORY));
    }

    @Override
    public Map<String, Class<?>> documents() {
        return Map.of("can-restore", Answer.class);
    }

    @Override
    public int run(Settings settings) throws IOException {
        RecoveryTarget target = at == null
                ? new RecoveryTarget.EndOfWal()
                : new RecoveryTarget.AtTime(TimeArgument.parse(at, "can-restore"), RecoveryTarget.Edge.INCLUSIVE);
        RecoveryRequest request = new RecoveryRequest(
                target, timeline, TargetAction.PROMOTE, CopyRole.PRIMARY, Archiving.OFF, "pgagent wal-fetch %f %p");
        ClusterKeys keys = new ClusterKeys(settings.get(Setting.CLUSTER));
        try (OpenStore opened = surroundings.openStore(settings)) {
            Whose whose = new Whose(opened.store().describe(), keys.cluster().value());
            try {
                SourcePlan plan = new SourcePlanner(opened.store(), keys).plan(request);
                tell(whose, target, plan, RestoreRates.lastProven(new BackupRecords(opened.store(), keys)));
            } catch (PgAgentException e) {
                if (json && NO.contains(e.kind())) {
                    surroundings
                            .console()
                            .printJson(new Answer(whose, false, target.describe(), e.getMessage(), e.hint(), null));
                }
                throw e;
            }
        }
        return SUCCESS;
    }

    private void tell(Whose whose, RecoveryTarget target, SourcePlan source, RestoreRates rates) {
        Duration estimate = rates.estimate(source.content().bytes(), source.walBytesMax());
        if (json) {
            Plan plan = new Plan(
                    source.backup().id(),
                    source.backup().stop().time(),
                    source.history().timeline(),
                    source.content().bytes(),
                    source.content().storedBytes(),
                    source.walBytesMax(),
                    estimate.toSeconds(),
                    source.warnings());
            surroundings.console().printJson(new Answer(whose, true, target.describe(), null, null, plan));
            return;
        }
        FactLines facts = FactLines.below(
                "Yes: '" + whose.cluster() + "' in " + whose.repository() + " can be restored to " + target.describe());
        facts.add("Backup", source.backup().id() + " (" + source.why() + ")");
        facts.more("consistent at " + FactLines.time(source.backup().stop().time()));
        facts.add("Timeline", source.history().timeline());
        facts.add(
                "Content",
                FactLines.size(source.content().bytes()) + "; "
                        + FactLines.size(source.content().storedBytes()) + " to fetch");
        facts.add("WAL", "up to " + FactLines.size(source.walBytesMax()) + " to replay");
        facts.add("Takes", "about " + DurationText.rounded(estimate) + ", with " + rates);
        if (!rates.source().isEmpty()) {
            facts.more(rates.source());
        }
        source.warnings().forEach(warning -> facts.add("Warning", warning));
        facts.all().forEach(surroundings.console()::print);
    }
}
