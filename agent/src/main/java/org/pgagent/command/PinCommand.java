package org.pgagent.command;

import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.pgagent.config.Setting;
import org.pgagent.config.SettingGroup;
import org.pgagent.config.Settings;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.Pin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code pgagent pin}. */
@Command(
        name = "pin",
        header = "Keeps a backup, whatever the retention policy says.",
        description = {
            "'pgagent expire' leaves it and the WAL without which it cannot be restored; 'pgagent delete' wants --force."
                    + " Points in time after it are kept only as long as the policy keeps them."
        },
        footer = {
            "  pgagent pin --bucket my-backups 20261122T055500Z-F --note 'before the upgrade'",
            "  pgagent pin 20261122T055500Z-F --until 2027-01-01T00:00:00Z"
        })
public final class PinCommand implements Verb {
    @Mixin
    private final PinChange change;

    @Option(names = "--until", paramLabel = "TIME", description = "When the pin ends. Default: with 'pgagent unpin'.")
    private String until;

    @Option(names = "--note", paramLabel = "TEXT", description = "Why; 'pgagent show' tells it.")
    private String note;

    public PinCommand(Surroundings surroundings) {
        this.change = new PinChange(surroundings);
    }

    @Override
    public Set<Setting<?>> settings() {
        return SettingSets.of(Set.of(SettingGroup.REPOSITORY));
    }

    @Override
    public Map<String, Class<?>> documents() {
        return Map.of("pin", BackupRecord.class);
    }

    @Override
    public int run(Settings settings) throws IOException {
        Instant end = until == null ? null : TimeArgument.parse(until, "pin");
        change.make(settings, new Pin(end, note));
        return SUCCESS;
    }
}
