package org.pgagent.command;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.ProvenRestore;

/**
 * How quick a restore is: as the last drill was, or else as ordinary hosts and stores are ({@code docs/operations.md}).
 *
 * @param copyBytesPerSecond of files
 * @param replayBytesPerSecond of WAL
 * @param source where these numbers come from, in words
 */
record RestoreRates(long copyBytesPerSecond, long replayBytesPerSecond, String source) {
    private static final long COPY_BYTES_PER_SECOND = 100L << 20;
    private static final long REPLAY_BYTES_PER_SECOND = 40L << 20;

    /** Each is a request; drills are held now and then, of new backups. */
    private static final int RECORDS_READ_MAX = 50;

    /** With less, what is measured is how long it takes to begin. */
    private static final long FILES_BYTES_MIN = 256L << 20;

    private static final long WAL_BYTES_MIN = 64L << 20;

    static final RestoreRates USUAL = new RestoreRates(COPY_BYTES_PER_SECOND, REPLAY_BYTES_PER_SECOND, "");

    RestoreRates {
        if (copyBytesPerSecond < 1 || replayBytesPerSecond < 1) {
            throw new IllegalArgumentException("nothing would ever end: " + copyBytesPerSecond + " and "
                    + replayBytesPerSecond + " bytes a second");
        }
    }

    /** Those of the newest backup that was restored in a drill, among the newest ones. */
    static RestoreRates lastProven(BackupRecords records) throws IOException {
        List<BackupId> newestFirst = new ArrayList<>(records.ids());
        Collections.reverse(newestFirst);
        return records.first(
                        newestFirst.subList(0, Math.min(RECORDS_READ_MAX, newestFirst.size())),
                        record -> proven(record).isPresent())
                .map(record -> of(record.id(), proven(record).orElseThrow()))
                .orElse(USUAL);
    }

    private static Optional<ProvenRestore> proven(BackupRecord record) {
        return Optional.ofNullable(record.drills()).flatMap(drills -> Optional.ofNullable(drills.proven()));
    }

    static RestoreRates of(BackupId backup, ProvenRestore proven) {
        boolean hasFiles = proven.bytes() >= FILES_BYTES_MIN;
        boolean hasWal = proven.walBytes() >= WAL_BYTES_MIN;
        if (!hasFiles && !hasWal) {
            return USUAL;
        }
        return new RestoreRates(
                hasFiles ? perSecond(proven.bytes(), proven.restoreMillis()) : COPY_BYTES_PER_SECOND,
                hasWal ? perSecond(proven.walBytes(), proven.recoveryMillis()) : REPLAY_BYTES_PER_SECOND,
                "as the restore drill of " + backup + " had");
    }

    private static long perSecond(long bytes, long millis) {
        return Math.max(1, bytes * 1000 / Math.max(1, millis));
    }

    Duration estimate(long bytes, long walBytes) {
        return Duration.ofSeconds(1 + bytes / copyBytesPerSecond + walBytes / replayBytesPerSecond);
    }

    @Override
    public String toString() {
        return FactLines.size(copyBytesPerSecond) + " of files and " + FactLines.size(replayBytesPerSecond)
                + " of WAL a second";
    }
}
