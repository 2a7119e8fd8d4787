package org.pgagent.restore;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;

/** Finds the backup from which a recovery can come to its target: the newest that was consistent before it. */
final class BackupChooser {
    private final BackupRecords records;
    private final RecoveryTarget target;

    /** A backup and, for people, why it was chosen and what should be known of newer ones. */
    record Choice(BackupRecord backup, String why, List<String> warnings) {}

    /** A timeline that a backup must lie on. */
    @FunctionalInterface
    interface Branch {
        boolean has(BackupRecord backup);
    }

    BackupChooser(BackupRecords records, RecoveryTarget target) {
        this.records = records;
        this.target = target;
    }

    /**
     * The backup that somebody has decided for.
     *
     * @throws PgAgentException of kind NO_BACKUP if there is none of that id that may be restored, RECOVERY_TARGET if it
     *     ended after the target
     */
    Choice decided(SourcePlanner.Decided decided) throws IOException {
        BackupId id = decided.backup();
        BackupRecord backup = records.find(id)
                .orElseThrow(() -> new PgAgentException(
                        ErrorKind.NO_BACKUP,
                        "there is no backup " + id,
                        "'pgagent show' lists the backups that there are."));
        if (!backup.restorable()) {
            throw new PgAgentException(
                    ErrorKind.NO_BACKUP,
                    "the backup " + id + " is " + backup.state()
                            + (backup.error() == null ? "" : " (" + backup.error() + ")"),
                    "Choose one that is OK or DONE; 'pgagent show' lists them.");
        }
        boolean undecidable = target instanceof RecoveryTarget.AtXid;
        if (!undecidable && !target.comesAfter(backup.stop())) {
            throw new PgAgentException(
                    ErrorKind.RECOVERY_TARGET,
                    "the backup " + id + " was consistent only " + stop(backup) + ", after the recovery target, "
                            + target.describe(),
                    decided.ifTooLate());
        }
        return new Choice(backup, decided.why(), List.of());
    }

    /**
     * The newest backup that fits. Reads the records from the newest on, and no more than it takes.
     *
     * @throws PgAgentException of kind NO_BACKUP if none may be restored, RECOVERY_TARGET if all of them ended after the
     *     target or lie on other branches
     */
    Choice newest(Branch branch) throws IOException {
        List<BackupId> ids = new ArrayList<>(records.ids());
        Collections.reverse(ids);
        List<BackupRecord> passedOver = new ArrayList<>();
        List<String> unreadable = new ArrayList<>();
        for (BackupId id : ids) {
            Optional<BackupRecord> record = find(id, unreadable);
            if (record.isPresent()) {
                boolean restorable = record.get().restorable();
                if (restorable && target.comesAfter(record.get().stop()) && branch.has(record.get())) {
                    return new Choice(record.get(), why(passedOver, unreadable), unreadable);
                }
                passedOver.add(record.get());
            }
        }
        throw noneFits(passedOver, unreadable);
    }

    /** One damaged record must not stand in the way of the other backups. */
    private Optional<BackupRecord> find(BackupId id, List<String> unreadable) throws IOException {
        try {
            return records.find(id);
        } catch (PgAgentException e) {
            unreadable.add("backup " + id + " is passed over: "
                    + BackupRecords.unreadable(id, e).reason().getMessage());
            return Optional.empty();
        }
    }

    private static String why(List<BackupRecord> passedOver, List<String> unreadable) {
        boolean newest = passedOver.stream().noneMatch(BackupRecord::restorable);
        if (newest && !unreadable.isEmpty()) {
            return "the newest backup whose record can be read";
        }
        return newest
                ? "the newest backup"
                : "the newest backup that was consistent before the recovery target and lies on the way to it";
    }

    private PgAgentException noneFits(List<BackupRecord> all, List<String> unreadable) {
        List<BackupRecord> restorable =
                all.stream().filter(BackupRecord::restorable).toList();
        if (restorable.isEmpty() && !unreadable.isEmpty()) {
            return new PgAgentException(
                    ErrorKind.CORRUPTED,
                    "no backup can be restored: " + String.join("; ", unreadable),
                    "Look at the records in the store; 'pgagent show' lists all backups.");
        }
        if (restorable.isEmpty()) {
            String states = all.stream()
                    .map(record -> record.id() + " is " + record.state())
                    .collect(Collectors.joining(", "));
            return new PgAgentException(
                    ErrorKind.NO_BACKUP,
                    all.isEmpty()
                            ? "there is no backup of " + records.describe()
                            : "no backup of " + records.describe() + " can be restored: " + states,
                    "Take one with 'pgagent backup', or look under another --cluster name or --prefix.");
        }
        Optional<BackupRecord> early = restorable.stream()
                .filter(record -> target.comesAfter(record.stop()))
                .findFirst();
        if (early.isPresent()) {
            return new PgAgentException(
                    ErrorKind.RECOVERY_TARGET,
                    "no backup before the recovery target, " + target.describe()
                            + ", lies on the way to the target timeline; the newest is "
                            + early.get().id() + " on timeline "
                            + early.get().stop().timeline() + besides(unreadable),
                    "Choose another --target-timeline: 'current' goes on where the backup was taken.");
        }
        BackupRecord oldest = restorable.get(restorable.size() - 1);
        return new PgAgentException(
                ErrorKind.RECOVERY_TARGET,
                "the recovery target, " + target.describe()
                        + ", lies before the earliest point that can be restored: the end of backup " + oldest.id()
                        + ", " + stop(oldest) + besides(unreadable),
                target instanceof RecoveryTarget.AtXid
                        ? "Choose a later transaction; if it began before that point and ended after it, name the backup"
                                + " with --backup."
                        : "Choose a target after that point; what was before it "
                                + (unreadable.isEmpty() ? "is not in the repository." : "cannot be read."));
    }

    private static String besides(List<String> unreadable) {
        return unreadable.isEmpty() ? "" : "; " + String.join("; ", unreadable);
    }

    static String stop(BackupRecord backup) {
        return "at " + backup.stop().lsn() + ", " + backup.stop().time();
    }
}
