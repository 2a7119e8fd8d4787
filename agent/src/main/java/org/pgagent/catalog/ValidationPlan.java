package org.pgagent.catalog;

import java.util.List;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.Validation;

/**
 * What a validation comes to, each list newest first.
 *
 * @param targets complete backups to be looked at
 * @param lacking complete backups that were found whole not long ago, and lack packs by now: a quick look says so
 * @param trusted complete backups that were found whole not long ago
 * @param leftovers what somebody began who is dead: RUNNING, or DELETING
 * @param atWork what somebody takes or deletes at this moment
 * @param unreadable backups whose record is damaged, or missing though there is something of them
 * @param all every record that can be read
 */
public record ValidationPlan(
        ValidationChoice choice,
        List<BackupRecord> targets,
        List<BackupRecord> lacking,
        List<BackupRecord> trusted,
        List<BackupRecord> leftovers,
        List<BackupRecord> atWork,
        List<BackupId> unreadable,
        List<BackupRecord> all) {
    public ValidationPlan {
        targets = List.copyOf(targets);
        lacking = List.copyOf(lacking);
        trusted = List.copyOf(trusted);
        leftovers = List.copyOf(leftovers);
        atWork = List.copyOf(atWork);
        unreadable = List.copyOf(unreadable);
        all = List.copyOf(all);
    }

    /** Bytes that are read at most of one of them. */
    public long bytesToRead(BackupRecord backup) {
        long manifest = backup.manifest().size();
        return switch (lacking.contains(backup) ? Validation.Depth.QUICK : choice.depth()) {
            case QUICK -> manifest;
            case DEEP -> 2 * manifest + contentBytes(backup) + walBytes(backup);
        };
    }

    private static long contentBytes(BackupRecord backup) {
        return backup.packs().stream().mapToLong(BackupRecord.Pack::size).sum()
                + backup.needsOfOthers().stream()
                        .mapToLong(BackupRecord.Need::storedBytes)
                        .sum();
    }

    /** As if none were compressed. */
    private static long walBytes(BackupRecord backup) {
        return backup.stop().wal().isEmpty()
                ? 0
                : (long) BackupWal.segments(backup).size() * backup.source().walSegmentSize();
    }
}
