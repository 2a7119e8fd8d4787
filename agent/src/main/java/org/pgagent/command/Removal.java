package org.pgagent.command;

import java.io.IOException;
import java.util.Optional;
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
            RemovalPlan shown = how.dryRun() ? plan : work.act(backups, plan);
            Whose whose = new Whose(opened.store().describe(), keys.cluster().value());
            RemovalView view = how.dryRun() ? RemovalView.planned(whose, shown) : RemovalView.done(whose, shown);
            if (how.json()) {
                surroundings.console().printJson(view);
            } else {
                view.lines(verb, shown).forEach(surroundings.console()::print);
            }
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
