package org.pgagent.catalog;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.storage.ObjectInfo;

/**
 * What a removal of backups comes to.
 *
 * @param backups what goes, oldest first
 * @param freedBytes what that frees, with what earlier removals had to leave and nobody needs any more
 * @param keptBytes what has to stay of it
 * @param neededBy the backups for which it stays, oldest first
 * @param remaining the backups that can be restored afterwards, oldest first, without what each needs of others' packs
 * @param leftovers backups that were deleted before, or begun to be, of which more can go now
 */
public record RemovalPlan(
        List<BackupRecord> backups,
        long freedBytes,
        long keptBytes,
        List<BackupId> neededBy,
        List<BackupRecord> remaining,
        List<BackupRecord> leftovers) {
    public RemovalPlan {
        backups = List.copyOf(backups);
        neededBy = List.copyOf(neededBy);
        remaining = List.copyOf(remaining);
        leftovers = List.copyOf(leftovers);
    }

    /** Whether it takes the last backup that can be restored. */
    public boolean takesTheLast() {
        return remaining.isEmpty() && backups.stream().anyMatch(BackupRecord::restorable);
    }

    /** Refuses a plan that takes the last backup that can be restored. */
    public void requireOneLeft() throws PgAgentException {
        if (takesTheLast()) {
            throw new PgAgentException(
                    ErrorKind.NO_BACKUP,
                    "no backup that can be restored would be left",
                    "Take another backup first. If nothing of this cluster is to be restored ever again, add --force.");
        }
    }

    /** Refuses a plan that takes a pinned backup. */
    public void requireNotPinned(Instant now) throws PgAgentException {
        for (BackupRecord backup : backups) {
            if (backup.isPinned(now)) {
                String note =
                        backup.pin().note() == null ? "" : ": " + backup.pin().note();
                throw new PgAgentException(
                        ErrorKind.USAGE,
                        "the backup " + backup.id() + " is pinned" + note,
                        "Run 'pgagent unpin' if it may go, or add --force.");
            }
        }
    }

    /** A removal of nothing. */
    static RemovalPlan ofNothing(List<BackupRecord> records) {
        return new RemovalPlan(
                List.of(),
                0,
                0,
                List.of(),
                records.stream().filter(BackupRecord::restorable).toList(),
                List.of());
    }

    /** @param emptied backups of which everything goes that nobody needs */
    static RemovalPlan of(BackupHoldings holdings, List<BackupRecord> backups, List<BackupRecord> emptied) {
        Set<BackupId> going = backups.stream().map(BackupRecord::id).collect(Collectors.toSet());
        long freed = 0;
        long kept = 0;
        Set<BackupId> neededBy = new TreeSet<>();
        List<BackupRecord> all = new ArrayList<>(backups);
        emptied.stream().filter(backup -> !going.contains(backup.id())).forEach(all::add);
        for (BackupRecord backup : all) {
            for (ObjectInfo object : holdings.content(backup.id())) {
                List<BackupId> needing = holdings.neededBy(object.key(), going);
                if (needing.isEmpty()) {
                    freed += object.sizeBytes();
                } else {
                    kept += object.sizeBytes();
                    neededBy.addAll(needing);
                }
            }
        }
        List<BackupRecord> remaining = holdings.records().stream()
                .filter(record -> record.restorable() && !going.contains(record.id()))
                .map(record -> record.withNeeds(null))
                .toList();
        List<BackupRecord> leftovers = emptied.stream()
                .filter(backup -> !going.contains(backup.id()) && holdings.mayGo(backup, going))
                .toList();
        return new RemovalPlan(backups, freed, kept, List.copyOf(neededBy), remaining, leftovers);
    }
}
