package org.pgagent.catalog;

import java.io.IOException;
import java.time.Clock;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.Pin;
import org.pgagent.storage.ObjectChangedException;

/** Says of backups that they are kept whatever the retention policy says, and takes that back. */
public final class Pins {
    /** Others change a record of a complete backup rarely, and once each. */
    private static final int ATTEMPTS_MAX = 10;

    private final BackupRecords records;
    private final Clock clock;

    /** @param records in a store that honours conditions */
    public Pins(BackupRecords records, Clock clock) {
        this.records = records;
        this.clock = clock;
    }

    /**
     * Pins a backup, or changes its pin.
     *
     * @param pin null to take it back
     * @return the record as it is now
     * @throws PgAgentException of kind NO_BACKUP if there is no such backup, or none that is complete; USAGE if the pin would
     *     have ended already
     */
    public BackupRecord put(BackupId id, Pin pin) throws IOException {
        for (int attempt = 1; ; attempt++) {
            Change change = look(id, pin);
            if (change.wanted().equals(change.found().record())) {
                return change.wanted();
            }
            try {
                return records.replace(change.found(), change.wanted()).record();
            } catch (ObjectChangedException e) {
                if (attempt == ATTEMPTS_MAX) {
                    throw e;
                }
            }
        }
    }

    /** What {@link #put} would come to. Reads only. */
    public BackupRecord plan(BackupId id, Pin pin) throws IOException {
        return look(id, pin).wanted();
    }

    private record Change(BackupRecords.Versioned found, BackupRecord wanted) {}

    private Change look(BackupId id, Pin pin) throws IOException {
        if (pin != null && pin.until() != null && !clock.instant().isBefore(pin.until())) {
            throw new PgAgentException(
                    ErrorKind.USAGE, "the pin would have ended at " + pin.until(), "Give a time that is to come.");
        }
        BackupRecords.Versioned found = records.read(id)
                .filter(backup -> backup.record().isComplete())
                .orElseThrow(() -> new PgAgentException(
                        ErrorKind.NO_BACKUP,
                        "there is no complete backup " + id + " of " + records.describe(),
                        "Run 'pgagent show' to see those that are there."));
        return new Change(found, found.record().withPin(pin));
    }
}
