package org.pgagent.restore.drill;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.restore.RestorePlan;

/** The WAL that a drill's plan has seen: a recovery to the end of WAL gets no other, and has to come to the end of it. */
final class PlannedWal {
    private static final int SHORT_HEADER_BYTES = 24;
    private static final int LONG_HEADER_BYTES = 40;

    private PlannedWal() {}

    /**
     * The plan's {@code restore_command}, for which the archive ends where it ended then. A tablespace that the source has
     * created since would be created by replay as well, in the very place where the source has it.
     */
    static String fetchCommand(RestorePlan plan) {
        Lsn lastByte = new Lsn(plan.wal().end().value() - 1);
        WalSegment last = WalSegment.containing(plan.history().timeline(), lastByte, segmentSize(plan));
        return upTo(last.fileName(), plan.recovery().restoreCommand());
    }

    /** A {@code restore_command} that has no file behind this one. If names cannot be compared, it has none at all. */
    static String upTo(String last, String restoreCommand) {
        return "LC_ALL=C expr x%f '<=' x" + last + " >/dev/null || exit 1; " + restoreCommand;
    }

    private static WalSegmentSize segmentSize(RestorePlan plan) {
        return new WalSegmentSize(plan.backup().source().walSegmentSize());
    }

    /**
     * Makes sure that all of it was replayed. A server that finds a record which is not what it should be takes that for the
     * end, says so in its log alone, and goes on as if all were well.
     *
     * @param data the data directory in which the server has recovered
     * @throws DrillFailedException if WAL was left out
     */
    static void requireReplayed(RestorePlan plan, Path data, Lsn replayedTo) throws IOException {
        WalSegmentSize size = segmentSize(plan);
        Lsn end = plan.wal().end();
        if (replayedTo.isAfter(end)) {
            throw new DrillFailedException(
                    "the recovery went on to " + replayedTo + ", and the WAL that the plan follows ends at " + end
                            + ": the server has replayed another branch");
        }
        boolean inLastSegment = replayedTo.value() >= end.value() - size.bytes();
        if (!inLastSegment && replayedTo.value() + recordBytes(plan, data, replayedTo) < end.value()) {
            throw new DrillFailedException("the recovery ended at " + replayedTo + ", and the archive has WAL up to "
                    + end + ": what comes at " + replayedTo + " is not WAL that the server can read");
        }
    }

    /** The length of the record that replay did not come behind; one may fill many segments, of which the last is not there yet. */
    private static long recordBytes(RestorePlan plan, Path data, Lsn at) throws IOException {
        WalSegmentSize size = segmentSize(plan);
        int page = plan.backup().source().walPageSize();
        WalSegment any = WalSegment.containing(plan.history().timeline(), at, size);
        WalSegment segment = any.on(plan.history().timelineOf(any));
        long offset = at.value() % size.bytes();
        if (offset % page == 0) {
            offset += offset == 0 ? LONG_HEADER_BYTES : SHORT_HEADER_BYTES;
        }
        Path file = data.resolve("pg_wal").resolve(segment.fileName());
        try (RandomAccessFile wal = new RandomAccessFile(file.toFile(), "r")) {
            wal.seek(offset);
            long length = Integer.toUnsignedLong(Integer.reverseBytes(wal.readInt()));
            long pages = length / (page - SHORT_HEADER_BYTES) + 2;
            return length + pages * LONG_HEADER_BYTES;
        } catch (IOException e) {
            return 0; // it is not there: so it cannot have been read to its end
        }
    }
}
