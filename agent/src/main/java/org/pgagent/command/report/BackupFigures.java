package org.pgagent.command.report;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.pgagent.repository.BackupRecord;

/** What is worked out from a backup's record. */
public final class BackupFigures {
    private BackupFigures() {}

    /** From the start call until the last object was stored; empty of a backup that is not complete. */
    public static Optional<Duration> duration(BackupRecord record) {
        return record.start() == null || record.stop() == null || record.stop().finishedAt() == null
                ? Optional.empty()
                : Optional.of(
                        Duration.between(record.start().time(), record.stop().finishedAt()));
    }

    /** What was written into packs when it was taken, as far as that is known. */
    public static OptionalLong storedBytes(BackupRecord record) {
        if (record.totals() != null) {
            return OptionalLong.of(record.totals().storedBytes());
        }
        return record.packs() == null ? OptionalLong.empty() : OptionalLong.of(heldBytes(record));
    }

    /** What its packs take in the repository now. */
    static long heldBytes(BackupRecord record) {
        List<BackupRecord.Pack> packs = record.packs() == null ? List.of() : record.packs();
        return packs.stream().mapToLong(BackupRecord.Pack::size).sum();
    }
}
