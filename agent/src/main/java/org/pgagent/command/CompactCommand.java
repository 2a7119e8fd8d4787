package org.pgagent.command;

import java.io.IOException;
import java.util.Map;
import java.util.Set;
import org.pgagent.catalog.BackupRemoval;
import org.pgagent.catalog.Compaction;
import org.pgagent.config.Setting;
import org.pgagent.config.SettingGroup;
import org.pgagent.config.Settings;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.storage.ObjectStore;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code pgagent compact}. */
@Command(
        name = "compact",
        header = "Writes packs of deleted backups anew of which others need little, and frees the rest.",
        description = {
            "What a backup needs of a deleted one stays, and with it the whole pack that has it, up to 1 GiB. This copies"
                    + " what is needed into new packs, within the store where it can do that, and changes the backups'"
                    + " manifests. A restore that runs meanwhile may have to be run again; it goes on where it was."
        },
        footer = {
            "  pgagent compact --bucket my-backups --dry-run",
            "  pgagent compact --bucket my-backups --live-max 20"
        })
public final class CompactCommand implements Verb {
    private final Surroundings surroundings;

    @Option(
            names = "--live-max",
            paramLabel = "PERCENT",
            defaultValue = "50",
            description = "Only packs of which at most this share is needed (default: ${DEFAULT-VALUE}).")
    private int livePercentMax;

    @Option(names = "--dry-run", description = "Print what would be written anew, and change nothing.")
    private boolean dryRun;

    @Option(names = "--json", description = "Print the result as JSON.")
    private boolean json;

    public CompactCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Set<Setting<?>> settings() {
        return SettingSets.of(Set.of(SettingGroup.REPOSITORY));
    }

    @Override
    public Map<String, Class<?>> documents() {
        return Map.of("compact", CompactionView.class);
    }

    @Override
    public int run(Settings settings) throws IOException {
        if (livePercentMax < 0 || livePercentMax > 99) {
            throw new PgAgentException(
                    ErrorKind.USAGE, "--live-max is " + livePercentMax + " percent", "Give a number from 0 to 99.");
        }
        ClusterKeys keys = new ClusterKeys(settings.get(Setting.CLUSTER));
        try (OpenStore opened = surroundings.openStore(settings)) {
            ObjectStore store = dryRun
                    ? opened.store()
                    : Removal.claimed(surroundings, opened, settings).store();
            BackupRemoval removal = new BackupRemoval(store, keys, surroundings.clock(), surroundings.random());
            Compaction compaction = new Compaction(
                    store, keys, removal, new Compaction.Around(surroundings.clock(), surroundings.cancellation()));
            Whose where = new Whose(opened.store().describe(), keys.cluster().value());
            CompactionView view = dryRun
                    ? CompactionView.planned(where, compaction.plan(livePercentMax))
                    : CompactionView.done(where, compaction.run(livePercentMax, ThisHost.writer()));
            if (json) {
                surroundings.console().printJson(view);
            } else {
                view.lines().forEach(surroundings.console()::print);
            }
        }
        return SUCCESS;
    }
}
