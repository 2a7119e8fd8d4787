package org.pgagent.command;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.pgagent.config.Setting;
import org.pgagent.config.Settings;
import org.pgagent.error.PgAgentException;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.restore.InstalledServers;
import org.pgagent.restore.LocalUser;
import org.pgagent.restore.Restore;
import org.pgagent.restore.drill.DrillLog;
import org.pgagent.restore.drill.DrillPlan;
import org.pgagent.restore.drill.DrillRequest;
import org.pgagent.restore.drill.DrillResult;
import org.pgagent.restore.drill.RestoreDrill;
import org.pgagent.storage.ObjectStore;
import org.pgagent.transfer.TransferProgress;

/** A restore drill as an operator sees it: the plan, the drill, what it showed, and its note in the catalog. */
final class DrillRun {
    private final Surroundings surroundings;
    private final Settings settings;
    private final How how;

    /** What is done and how it is told. */
    record How(boolean dryRun, boolean json, boolean recorded) {}

    DrillRun(Surroundings surroundings, Settings settings, How how) {
        this.surroundings = surroundings;
        this.settings = settings;
        this.how = how;
    }

    /** What {@code --json} prints; a dry run has no result. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Report(DrillPlanView plan, DrillView result) {}

    /** Holds it; with a dry run only the plan is told. */
    void run(DrillRequest request) throws IOException {
        try (OpenStore opened = surroundings.openStore(settings)) {
            DrillPlan plan = drill(opened.store(), TransferProgress.silent()).plan(request);
            DrillPlanView planView = DrillPlanView.of(plan);
            Console console = surroundings.console();
            if (!how.json()) {
                planView.lines().forEach(console::print);
                console.out().flush();
            } else if (how.dryRun()) {
                console.printJson(new Report(planView, null));
            }
            if (how.dryRun()) {
                return;
            }
            Optional<ObjectStore> records = how.recorded()
                    ? Optional.of(
                            Removal.claimed(surroundings, opened, settings).store())
                    : Optional.empty();
            tell(planView, hold(opened.store(), plan), records);
        }
    }

    /** Only the restore has bytes to count. */
    private DrillResult hold(ObjectStore store, DrillPlan plan) throws IOException {
        ProgressDisplay progress =
                ProgressDisplay.open(settings.get(Setting.PROGRESS), surroundings.console(), "restore");
        AtomicBoolean open = new AtomicBoolean(true);
        try {
            return drill(store, progress).run(plan, () -> {
                progress.complete();
                progress.close();
                open.set(false);
            });
        } finally {
            if (open.get()) {
                progress.close();
            }
        }
    }

    private void tell(DrillPlanView plan, DrillResult result, Optional<ObjectStore> records) throws IOException {
        Optional<PgAgentException> unrecorded = records.isEmpty() ? Optional.empty() : record(records.get(), result);
        boolean noted = records.isPresent() && unrecorded.isEmpty();
        DrillView view = DrillView.of(result, noted);
        Console console = surroundings.console();
        if (how.json()) {
            console.printJson(new Report(plan, view));
        } else {
            view.lines().forEach(console::print);
        }
        console.out().flush();
        result.requireGood();
        if (unrecorded.isPresent()) {
            throw new PgAgentException(
                    unrecorded.get().kind(),
                    "the restore drill went well, but that could not be noted in the catalog: "
                            + unrecorded.get().getMessage(),
                    unrecorded.get().hint() + " With credentials that may only read, use --no-record.",
                    unrecorded.get());
        }
    }

    /** What the drill has shown is told first, whatever the store says. */
    private Optional<PgAgentException> record(ObjectStore store, DrillResult result) throws IOException {
        try {
            new DrillLog(store, new ClusterKeys(settings.get(Setting.CLUSTER)), ThisHost.writer()).note(result);
            return Optional.empty();
        } catch (PgAgentException e) {
            return Optional.of(e);
        }
    }

    private RestoreDrill drill(ObjectStore store, TransferProgress progress) throws IOException {
        Restore.Surroundings around = new Restore.Surroundings(
                LocalUser.current(), InstalledServers.ofThisHost(), progress, surroundings.cancellation());
        Restore restore =
                new Restore(store, new ClusterKeys(settings.get(Setting.CLUSTER)), settings.get(Setting.JOBS), around);
        return new RestoreDrill(restore, around, surroundings.clock(), surroundings.random());
    }
}
