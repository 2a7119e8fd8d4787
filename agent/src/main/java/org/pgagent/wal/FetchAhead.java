package org.pgagent.wal;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Predicate;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.ArchiveFile;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.WalSegmentSize;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers {@code restore_command} for a recovery that asks for one segment after another: with each segment that is handed
 * out, those that follow on its timeline are fetched into a {@link Spool}. Thread-safe.
 *
 * <p>Only whole, verified segments are handed out of the spool. That something is not there is never concluded from what
 * happened ahead: such a request looks afresh. What lies in the spool is bounded in number, bytes and room on the disk.
 */
public final class FetchAhead implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FetchAhead.class);

    private static final int AHEAD_MAX = 16;
    private static final long SPOOL_MAX_BYTES = 512L << 20;

    private final ArchiveFetch archive;
    private final WalSegmentSize segmentSize;
    private final Spool spool;
    private final TransferWorkers workers;
    private final Map<WalSegment, Ahead> aheads = new HashMap<>();
    /** How many segments to be ahead: more with each that was handed out, one where the archive ends. */
    private int depth = 1;

    /** Where a look ahead came to nothing: not looked at again before it is near; null if there is no such place. */
    private WalSegment end;

    private long askedAt = System.nanoTime();
    private boolean closed;

    /**
     * @param archive is called by several threads at once
     * @param fetchesMax how many segments are fetched at the same time
     */
    public FetchAhead(ArchiveFetch archive, WalSegmentSize segmentSize, Spool spool, int fetchesMax) {
        this(archive, segmentSize, spool, new TransferWorkers("fetch", fetchesMax, new LinkedBlockingQueue<>()));
    }

    FetchAhead(ArchiveFetch archive, WalSegmentSize segmentSize, Spool spool, TransferWorkers workers) {
        this.archive = archive;
        this.segmentSize = segmentSize;
        this.spool = spool;
        this.workers = workers;
    }

    /**
     * Brings a file to its place.
     *
     * @throws IOException as {@link WalFetcher#fetch}
     */
    public FetchResult fetch(String fileName, Path target) throws IOException {
        Optional<WalSegment> segment = segmentNamed(fileName);
        if (segment.isEmpty()) {
            return archive.fetch(fileName, target);
        }
        if (handedOut(segment.get(), target)) {
            lookFurther();
            lookAhead(segment.get());
            return FetchResult.FETCHED;
        }
        FetchResult result = archive.fetch(fileName, target);
        if (result == FetchResult.FETCHED) {
            lookAhead(segment.get());
        }
        return result;
    }

    private Optional<WalSegment> segmentNamed(String fileName) {
        try {
            return ArchiveFile.parse(fileName) instanceof ArchiveFile.Segment segment
                    ? Optional.of(segment.segment(segmentSize))
                    : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // the fetch refuses it in better words
        }
    }

    /** Whether the segment could be taken from the spool. */
    private boolean handedOut(WalSegment segment, Path target) throws PgAgentException {
        Ahead ahead;
        synchronized (this) {
            askedAt = System.nanoTime();
            ahead = aheads.remove(segment);
        }
        if (ahead == null || workers.takeBack(ahead) || !ahead.succeeds()) {
            return false;
        }
        try {
            spool.handOut(segment.fileName(), target);
            return true;
        } catch (IOException e) {
            LOG.debug("not taken from the spool: {}: {}", segment, e.toString());
            ahead.removeFile();
            return false; // fetched afresh, it either gets there or fails in better words
        }
    }

    /** Makes what follows a segment that was asked for the content of the spool. */
    private synchronized void lookAhead(WalSegment asked) {
        // Looked at once: one that fails from here on is still to say where the archive ends.
        List<Ahead> failed = aheads.values().stream().filter(Ahead::hasFailed).toList();
        failed.forEach(ahead -> endsBefore(ahead.segment));
        if (end != null && (!end.timeline().equals(asked.timeline()) || asked.number() + 1 >= end.number())) {
            end = null;
            depth = 1;
        }
        drop(ahead -> failed.contains(ahead) || !follows(ahead.segment, asked));
        for (WalSegment segment : following(asked)) {
            if (aheads.containsKey(segment)) {
                continue;
            }
            if (closed || aheads.size() >= aheadMax() || !spool.hasRoomFor((long) depth * segmentSize.bytes())) {
                return;
            }
            Ahead ahead = new Ahead(segment);
            workers.begin(ahead); // first, for one that no worker took may not be waited for
            aheads.put(segment, ahead);
        }
    }

    private synchronized void lookFurther() {
        depth = Math.min(2 * depth, aheadMax());
    }

    private void endsBefore(WalSegment segment) {
        if (end == null || segment.number() < end.number()) {
            end = segment;
        }
    }

    private boolean follows(WalSegment segment, WalSegment asked) {
        return segment.timeline().equals(asked.timeline())
                && segment.number() > asked.number()
                && segment.number() <= asked.number() + aheadMax();
    }

    private int aheadMax() {
        return (int) Math.max(1, Math.min(AHEAD_MAX, SPOOL_MAX_BYTES / segmentSize.bytes()));
    }

    private List<WalSegment> following(WalSegment asked) {
        List<WalSegment> following = new ArrayList<>();
        WalSegment next = asked;
        for (int i = 0; i < depth; i++) {
            next = next.next();
            if (next.equals(end)) {
                break;
            }
            following.add(next);
        }
        return following;
    }

    /** Gives up what is not on its way at this moment. */
    private void drop(Predicate<Ahead> useless) {
        for (Iterator<Ahead> all = aheads.values().iterator(); all.hasNext(); ) {
            Ahead ahead = all.next();
            if (useless.test(ahead) && (ahead.result.isDone() || workers.takeBack(ahead))) {
                all.remove();
                ahead.removeFile();
            }
        }
    }

    /** Empties the spool if nobody has asked for a segment for so long: the recovery is at its end. */
    public synchronized void dropAfter(Duration idle) {
        if (System.nanoTime() - askedAt > idle.toNanos()) {
            drop(ahead -> true);
            depth = 1;
        }
    }

    /** How many segments are in the spool or on their way to it. */
    public synchronized int inSpool() {
        return aheads.size();
    }

    /** Begins nothing more, and returns when what was begun is at its end and the spool empty. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            drop(ahead -> true);
        }
        workers.end();
        synchronized (this) {
            aheads.values().forEach(Ahead::removeFile);
            aheads.clear();
        }
    }

    /** One segment on its way to the spool. */
    private final class Ahead implements Runnable {
        private final WalSegment segment;
        private final CompletableFuture<FetchResult> result = new CompletableFuture<>();

        Ahead(WalSegment segment) {
            this.segment = segment;
        }

        @Override
        public void run() {
            try {
                result.complete(archive.fetch(segment.fileName(), spool.file(segment.fileName())));
            } catch (IOException | RuntimeException e) {
                LOG.debug("not fetched ahead: {}: {}", segment, e.toString());
                result.completeExceptionally(e);
            } catch (Error e) {
                result.completeExceptionally(e);
                throw e;
            }
        }

        /** Whether it came to nothing, or there was nothing to fetch yet. */
        boolean hasFailed() {
            return result.isDone() && (result.isCompletedExceptionally() || result.join() != FetchResult.FETCHED);
        }

        /** Waits for the end, and tells whether the segment is in the spool then. */
        boolean succeeds() throws PgAgentException {
            try {
                return result.get() == FetchResult.FETCHED;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new PgAgentException(
                        ErrorKind.INTERRUPTED,
                        "interrupted while " + segment + " was fetched",
                        "Recovery goes on where it stopped.",
                        e);
            } catch (ExecutionException e) {
                return false; // whoever asks gets a fresh look, and its failure
            }
        }

        void removeFile() {
            try {
                spool.remove(segment.fileName());
            } catch (IOException e) {
                LOG.warn("a segment stays in the spool until the agent starts again: {}", e.toString());
            }
        }
    }
}
