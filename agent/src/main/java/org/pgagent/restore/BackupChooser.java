package org.pgagent.restore;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;

/** Finds the backup from which a recovery can come to its target: the newest that was consistent before it. */
final class BackupChooser {
    private final List<BackupRecord> records;
    private final RecoveryTarget target;

    /** A backup and, for people, why it was chosen. */
    record Choice(BackupRecord backup, String why) {}

    /** A timeline that a backup must lie on. */
    @FunctionalInterface
    interface Branch {
        boolean has(BackupRecord backup);
    }

    BackupChooser(List<BackupRecord> records, RecoveryTarget target) {
        this.records = records;
        this.target = target;
    }

    /**
     * The backup that was asked for.
     *
     * @throws PgAgentException of kind NO_BACKUP if there is none of that id that may be restored, RECOVERY_TARGET if it
     *     ended after the target
     */
    Choice asked(BackupId id, String why) throws PgAgentException {
        BackupRecord backup = records.stream()
                .filter(record -> record.id().equals(id))
                .findFirst()
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
                    "Leave --backup out to get an older one that fits, or choose a later target.");
        }
        return new Choice(backup, why);
    }

    /**
     * The newest backup that fits.
     *
     * @throws PgAgentException of kind NO_BACKUP if none may be restored, RECOVERY_TARGET if all of them ended after the
     *     target or lie on other branches
     */
    Choice newest(Branch branch) throws PgAgentException {
        List<BackupRecord> restorable = records.stream()
                .filter(BackupRecord::restorable)
                .sorted(Comparator.comparing(BackupRecord::id).reversed())
                .toList();
        if (restorable.isEmpty()) {
            throw new PgAgentException(
                    ErrorKind.NO_BACKUP,
                    records.isEmpty()
                            ? "there is no backup yet"
                            : "none of the backups can be restored: "
                                    + records.stream()
                                            .map(record -> record.id() + " is " + record.state())
                                            .collect(Collectors.joining(", ")),
                    "Take one with 'pgagent backup', or look under another --cluster name or --prefix.");
        }
        List<BackupRecord> early = restorable.stream()
                .filter(record -> target.comesAfter(record.stop()))
                .toList();
        if (early.isEmpty()) {
            BackupRecord oldest = restorable.get(restorable.size() - 1);
            throw new PgAgentException(
                    ErrorKind.RECOVERY_TARGET,
                    "the recovery target, " + target.describe()
                            + ", lies before the earliest point that can be restored: the end of backup " + oldest.id()
                            + ", " + stop(oldest),
                    "Choose a target after that point"
                            + (target instanceof RecoveryTarget.AtXid
                                    ? "; if the transaction began before it and ended after it, name the backup with"
                                            + " --backup."
                                    : "; what was before it is not in the repository."));
        }
        BackupRecord chosen = early.stream()
                .filter(branch::has)
                .findFirst()
                .orElseThrow(() -> new PgAgentException(
                        ErrorKind.RECOVERY_TARGET,
                        "no backup before the recovery target, " + target.describe()
                                + ", lies on the way to the target timeline; the newest is "
                                + early.get(0).id()
                                + " on timeline " + early.get(0).stop().timeline(),
                        "Choose another --target-timeline: 'current' goes on where the backup was taken."));
        return new Choice(chosen, why(restorable.get(0), chosen));
    }

    private String why(BackupRecord newest, BackupRecord chosen) {
        if (newest.equals(chosen)) {
            return "the newest backup";
        }
        return "the newest backup that was consistent before the recovery target and lies on the way to it";
    }

    static String stop(BackupRecord backup) {
        return "at " + backup.stop().lsn() + ", " + backup.stop().time();
    }
}
