package org.pgagent.command.report;

import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.Validation;

/**
 * The last time that somebody has seen that the data comes back: the one place of the report that knows what counts as that.
 *
 * @param headline in a few words
 * @param detail what it rests on
 */
record RestoreProof(String headline, String detail) {
    /** The newest proof that any of these backups has. */
    static RestoreProof newest(Collection<BackupRecord> backups) {
        Optional<BackupRecord> readBack = backups.stream()
                .filter(backup -> backup.provenAt(Validation.Depth.DEEP).isPresent())
                .max(Comparator.comparing(RestoreProof::readBackAt));
        return new RestoreProof(
                "None yet",
                readBack.map(backup -> "No restore has been proven yet. Every byte of " + backup.id()
                                + " was last read back on " + Wording.time(readBackAt(backup)) + ".")
                        .orElse("No restore has been proven yet, and no backup was read back whole:"
                                + " pgagent validate --deep does that."));
    }

    private static Instant readBackAt(BackupRecord backup) {
        return backup.provenAt(Validation.Depth.DEEP).orElseThrow();
    }
}
