package org.pgagent.command.report;

import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import org.pgagent.config.DurationText;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.ProvenRestore;
import org.pgagent.repository.RestoreDrills;
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
        return backups.stream()
                .filter(backup -> backup.restorable() && restored(backup).isPresent())
                .max(Comparator.comparing(
                        backup -> restored(backup).orElseThrow().at()))
                .map(backup -> of(backup.id(), restored(backup).orElseThrow()))
                .orElseGet(() -> withoutDrill(backups));
    }

    private static Optional<ProvenRestore> restored(BackupRecord backup) {
        return Optional.ofNullable(backup.drills()).map(RestoreDrills::proven);
    }

    private static RestoreProof of(BackupId backup, ProvenRestore proven) {
        return new RestoreProof(
                Wording.time(proven.at()),
                backup + " was restored in a drill and could be used after "
                        + DurationText.rounded(proven.recoveryTime()) + "; looked at: "
                        + String.join(", ", proven.checks()) + ".");
    }

    private static RestoreProof withoutDrill(Collection<BackupRecord> backups) {
        Optional<BackupRecord> readBack = backups.stream()
                .filter(backup -> backup.provenAt(Validation.Depth.DEEP).isPresent())
                .max(Comparator.comparing(RestoreProof::readBackAt));
        return new RestoreProof(
                "None yet",
                readBack.map(backup -> "No restore has been proven yet (pgagent validate --boot). Every byte of "
                                + backup.id() + " was last read back on " + Wording.time(readBackAt(backup)) + ".")
                        .orElse("No restore has been proven yet, and no backup was read back whole:"
                                + " pgagent validate --boot and --deep do that."));
    }

    private static Instant readBackAt(BackupRecord backup) {
        return backup.provenAt(Validation.Depth.DEEP).orElseThrow();
    }
}
