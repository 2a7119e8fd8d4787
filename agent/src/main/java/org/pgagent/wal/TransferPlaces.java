package org.pgagent.wal;

import java.util.concurrent.Semaphore;
import org.pgagent.postgres.WalSegmentSize;

/**
 * How many transfers an agent has at once, of all directions and repositories together, so that what they hold in memory is
 * bounded: up to 17 MiB each, or twice that for segments of more than 16 MiB, which take two places. Thread-safe.
 */
public final class TransferPlaces {
    private static final int SHORT_SEGMENT_MAX_BYTES = 16 << 20;

    private final int places;
    private final Semaphore free;

    public TransferPlaces(int places) {
        this.places = places;
        this.free = new Semaphore(places);
    }

    /** A push that waits for its place. */
    public ArchivePush bounded(ArchivePush archive, WalSegmentSize size) {
        return file -> {
            int taken = taken(size);
            free.acquireUninterruptibly(taken);
            try {
                return archive.push(file);
            } finally {
                free.release(taken);
            }
        };
    }

    /** A fetch that waits for its place. */
    public ArchiveFetch bounded(ArchiveFetch archive, WalSegmentSize size) {
        return (name, target) -> {
            int taken = taken(size);
            free.acquireUninterruptibly(taken);
            try {
                return archive.fetch(name, target);
            } finally {
                free.release(taken);
            }
        };
    }

    private int taken(WalSegmentSize size) {
        return size.bytes() <= SHORT_SEGMENT_MAX_BYTES ? 1 : Math.min(2, places);
    }
}
