package org.pgagent.command;

import java.io.IOException;
import java.util.Map;
import java.util.Set;
import org.pgagent.config.Setting;
import org.pgagent.config.SettingGroup;
import org.pgagent.config.Settings;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pgagent unpin}. */
@Command(
        name = "unpin",
        header = "Takes a pin back: the retention policy decides on the backup again.",
        footer = {"  pgagent unpin --bucket my-backups 20261122T055500Z-F"})
public final class UnpinCommand implements Verb {
    private final PinChange change;

    @Parameters(index = "0", paramLabel = "ID", description = "The backup.")
    private BackupId id;

    @Option(names = "--dry-run", description = "Look whether there is such a backup, and change nothing.")
    private boolean dryRun;

    @Option(names = "--json", description = "Print the backup's record as JSON.")
    private boolean json;

    public UnpinCommand(Surroundings surroundings) {
        this.change = new PinChange(surroundings);
    }

    @Override
    public Set<Setting<?>> settings() {
        return SettingSets.of(Set.of(SettingGroup.REPOSITORY));
    }

    @Override
    public Map<String, Class<?>> documents() {
        return Map.of("unpin", BackupRecord.class);
    }

    @Override
    public int run(Settings settings) throws IOException {
        change.make(settings, new Removal.How(dryRun, json), id, null);
        return SUCCESS;
    }
}
