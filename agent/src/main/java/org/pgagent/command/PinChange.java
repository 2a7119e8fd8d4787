package org.pgagent.command;

import java.io.IOException;
import org.pgagent.catalog.Pins;
import org.pgagent.config.Setting;
import org.pgagent.config.Settings;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.Pin;
import org.pgagent.storage.ObjectStore;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What {@code pin} and {@code unpin} have in common, their options, too. */
final class PinChange {
    private final Surroundings surroundings;

    @Parameters(index = "0", paramLabel = "ID", description = "The backup.")
    private BackupId id;

    @Option(names = "--dry-run", description = "Look whether that can be done, and change nothing.")
    private boolean dryRun;

    @Option(names = "--json", description = "Print the backup's record as JSON.")
    private boolean json;

    PinChange(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /** @param pin null to take it back */
    void make(Settings settings, Pin pin) throws IOException {
        ClusterKeys keys = new ClusterKeys(settings.get(Setting.CLUSTER));
        try (OpenStore opened = surroundings.openStore(settings)) {
            ObjectStore store = dryRun
                    ? opened.store()
                    : Removal.claimed(surroundings, opened, settings).store();
            Pins pins = new Pins(new BackupRecords(store, keys), surroundings.clock());
            BackupRecord record = dryRun ? pins.plan(id, pin) : pins.put(id, pin);
            if (json) {
                surroundings.console().printJson(record);
            } else {
                surroundings.console().print("Backup " + id + (dryRun ? " would be " : " is ") + told(record));
            }
        }
    }

    private static String told(BackupRecord record) {
        return record.pin() == null ? "not pinned." : "pinned " + BackupDetail.pin(record.pin()) + ".";
    }
}
