package org.pgagent.command;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.pgagent.catalog.BackupRemoval;
import org.pgagent.catalog.RemovalPlan;
import org.pgagent.config.Setting;
import org.pgagent.config.Settings;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.repository.ClusterClaim;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.storage.ObjectStore;

/** What the commands that remove backups have in common: first a plan, then, unless it is all that was asked for, the deed. */
final class Removal {
    private final String verb;
    private final Surroundings surroundings;

    Removal(String verb, Surroundings surroundings) {
        this.verb = verb;
        this.surroundings = surroundings;
    }

    record How(boolean dryRun, boolean json) {}

    /** What one of the commands does. */
    interface Work {
        RemovalPlan plan(BackupRemoval backups) throws IOException;

        RemovalPlan act(BackupRemoval backups, RemovalPlan plan) throws IOException;
    }

    void run(Settings settings, How how, Work work) throws IOException {
        ClusterKeys keys = new ClusterKeys(settings.get(Setting.CLUSTER));
        try (OpenStore opened = surroundings.openStore(settings)) {
            BackupRemoval backups = new BackupRemoval(
                    how.dryRun()
                            ? opened.store()
                            : claimed(surroundings, opened, settings).store(),
                    keys,
                    surroundings.clock(),
                    surroundings.random());
            RemovalPlan plan = work.plan(backups);
            Whose whose = new Whose(opened.store().describe(), keys.cluster().value());
            RemovalView planned = RemovalView.planned(whose, plan);
            if (how.dryRun()) {
                tell(planned, how, () -> planned.lines(verb, plan));
                return;
            }
            if (!how.json()) {
                // What is to go stands there also if the rest of this is never heard of.
                planned.linesBefore(verb, plan).forEach(surroundings.console()::print);
                surroundings.console().out().flush();
            }
            RemovalPlan done = work.act(backups, plan);
            RemovalView view = RemovalView.done(whose, done);
            boolean asPlanned = view.equals(RemovalView.done(whose, plan));
            tell(view, how, () -> asPlanned ? List.of("Done.") : view.lines(verb, done));
        }
    }

    private void tell(RemovalView view, How how, Supplier<List<String>> lines) {
        if (how.json()) {
            surroundings.console().printJson(view);
        } else {
            lines.get().forEach(surroundings.console()::print);
        }
    }

    /**
     * The cluster of which something is to be removed.
     *
     * @throws PgAgentException of kind NO_BACKUP if nothing was ever stored for it
     */
    static ClusterClaim.Claimed claimed(Surroundings surroundings, OpenStore opened, Settings settings)
            throws IOException {
        String cluster = settings.get(Setting.CLUSTER).toString();
        Optional<ClusterClaim.Claimed> claimed =
                surroundings.claim(opened.store(), settings).claimed();
        return claimed.orElseThrow(() -> nothingStored(opened.store(), cluster));
    }

    /** What to say of a cluster that the repository does not know. */
    static PgAgentException nothingStored(ObjectStore store, String cluster) {
        return new PgAgentException(
                ErrorKind.NO_BACKUP,
                "nothing was ever stored for '" + cluster + "' in " + store.describe(),
                "Run 'pgagent show' to see the clusters that are there.");
    }
}
