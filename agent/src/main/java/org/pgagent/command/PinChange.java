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

/** What {@code pin} and {@code unpin} have in common. */
final class PinChange {
    private final Surroundings surroundings;

    PinChange(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /** @param pin null to take it back */
    void make(Settings settings, Removal.How how, BackupId id, Pin pin) throws IOException {
        ClusterKeys keys = new ClusterKeys(settings.get(Setting.CLUSTER));
        try (OpenStore opened = surroundings.openStore(settings)) {
            ObjectStore store = how.dryRun()
                    ? opened.store()
                    : Removal.claimed(surroundings, opened, settings).store();
            Pins pins = new Pins(new BackupRecords(store, keys), surroundings.clock());
            BackupRecord record = how.dryRun() ? pins.plan(id, pin) : pins.put(id, pin);
            if (how.json()) {
                surroundings.console().printJson(record);
            } else {
                surroundings.console().print("Backup " + id + (how.dryRun() ? " would be " : " is ") + told(record));
            }
        }
    }

    private static String told(BackupRecord record) {
        return record.pin() == null ? "not pinned." : "pinned " + BackupDetail.pin(record.pin()) + ".";
    }
}
