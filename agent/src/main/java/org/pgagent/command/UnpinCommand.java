package org.pgagent.command;

import java.io.IOException;
import java.util.Map;
import java.util.Set;
import org.pgagent.config.Setting;
import org.pgagent.config.SettingGroup;
import org.pgagent.config.Settings;
import org.pgagent.repository.BackupRecord;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code pgagent unpin}. */
@Command(
        name = "unpin",
        header = "Takes a pin back: the retention policy decides on the backup again.",
        footer = {"  pgagent unpin --bucket my-backups 20261122T055500Z-F"})
public final class UnpinCommand implements Verb {
    @Mixin
    private final PinChange change;

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
        change.make(settings, null);
        return SUCCESS;
    }
}
