package org.pgagent.command;

import java.io.IOException;
import java.util.Map;
import java.util.Set;
import org.pgagent.catalog.BackupRemoval;
import org.pgagent.catalog.RemovalPlan;
import org.pgagent.config.Setting;
import org.pgagent.config.SettingGroup;
import org.pgagent.config.Settings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code pgagent purge}. */
@Command(
        name = "purge",
        header = "Forgets deleted backups, and removes what failed and killed ones have left.",
        description =
                "Takes the records of deleted backups, records, objects and unfinished uploads of backups that never"
                        + " became complete, and unfinished uploads of WAL that are older than a day. What other backups need"
                        + " stays.",
        footer = {"  pgagent purge --bucket my-backups", "  pgagent purge --bucket my-backups --dry-run"})
public final class PurgeCommand implements Verb {
    private final Removal removal;

    @Option(names = "--dry-run", description = "Print what would be removed, and change nothing.")
    private boolean dryRun;

    @Option(names = "--json", description = "Print the result as JSON.")
    private boolean json;

    public PurgeCommand(Surroundings surroundings) {
        this.removal = new Removal("purge", surroundings);
    }

    @Override
    public Set<Setting<?>> settings() {
        return SettingSets.of(Set.of(SettingGroup.REPOSITORY));
    }

    @Override
    public Map<String, Class<?>> documents() {
        return Map.of("purge", RemovalView.class);
    }

    @Override
    public int run(Settings settings) throws IOException {
        removal.run(settings, new Removal.How(dryRun, json), new Removal.Work() {
            @Override
            public RemovalPlan plan(BackupRemoval backups) throws IOException {
                return backups.planPurge();
            }

            @Override
            public RemovalPlan act(BackupRemoval backups, RemovalPlan plan) throws IOException {
                return backups.purge(plan);
            }
        });
        return SUCCESS;
    }
}
