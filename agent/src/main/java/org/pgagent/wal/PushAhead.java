package org.pgagent.wal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor.DiscardPolicy;
import java.util.concurrent.TimeUnit;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.ArchiveFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers {@code archive_command} for a server that hands over one file at a time: as soon as one WAL segment is stored on
 * request, the files that wait behind it are uploaded too, so that most requests find their file stored. Thread-safe.
 *
 * <p>An answer is given only for a file that the store has confirmed, and only if it is still the same file. What failed
 * ahead of its request is tried anew when the request comes. Threads end when there is nothing to do.
 */
public final class PushAhead implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PushAhead.class);

    /** How many files may be under way or stored and not asked for yet. */
    private static final int AHEAD_MAX = 64;

    private static final long IDLE_THREAD_SECONDS = 10;

    private final Path walDirectory;
    private final ReadyFiles ready;
    private final ArchivePush archive;
    private final TransferWorkers workers;
    private final Map<Path, Upload> uploads = new HashMap<>();
    /** One look at a time, and one more that has not begun, which sees what all others would see. */
    private final ThreadPoolExecutor looks = new ThreadPoolExecutor(
            1,
            1,
            IDLE_THREAD_SECONDS,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(1),
            work -> new Thread(work, "look-ahead"),
            new DiscardPolicy());

    private boolean closed;

    /** The server takes its note of a file away after the answer. */
    private Path lastAnswered;

    /**
     * Nothing is uploaded ahead before a segment of this name or a later one was asked for and is stored: at first any, later
     * the last of those that failed; null if there is no doubt. The archive may have another server's WAL under these names,
     * and what lies behind a segment that is refused may not get there before it. A history file proves nothing, as it may be
     * the same on two servers that parted later.
     */
    private String doubtedName = "";

    /**
     * @param walDirectory {@code pg_wal} of the server; files that lie elsewhere are pushed, but nothing ahead of them
     * @param archive is called by several threads at once
     * @param uploadsMax how many files are uploaded at the same time
     */
    public PushAhead(Path walDirectory, ArchivePush archive, int uploadsMax) {
        this(walDirectory, archive, new TransferWorkers("push", uploadsMax, new PriorityBlockingQueue<>()));
    }

    PushAhead(Path walDirectory, ArchivePush archive, TransferWorkers workers) {
        this.walDirectory = walDirectory;
        this.ready = new ReadyFiles(walDirectory);
        this.archive = archive;
        this.workers = workers;
        looks.allowCoreThreadTimeOut(true);
    }

    /**
     * Returns when the file is stored.
     *
     * @throws IOException as {@link WalArchiver#push}
     */
    public PushResult push(Path file) throws IOException {
        if (!walDirectory.equals(file.getParent())) {
            return archive.push(file);
        }
        Upload upload = request(file);
        try {
            boolean storedAhead = upload.result.isDone();
            if (!storedAhead) {
                lookAhead();
            }
            PushResult result = upload.await();
            if (endsDoubt(file)) {
                lookAhead();
            } else if (storedAhead) {
                lookAheadLater();
            }
            return result;
        } finally {
            forget(upload);
        }
    }

    /** Whether it was the storing of this file that ended a doubt. */
    private synchronized boolean endsDoubt(Path file) {
        String name = file.getFileName().toString();
        boolean ends = doubtedName != null
                && name.compareTo(doubtedName) >= 0
                && ArchiveFile.find(name)
                        .filter(ArchiveFile.Segment.class::isInstance)
                        .isPresent();
        if (ends) {
            doubtedName = null;
        }
        return ends;
    }

    private synchronized void doubt(Path file) {
        String name = file.getFileName().toString();
        if (doubtedName == null || name.compareTo(doubtedName) > 0) {
            doubtedName = name;
        }
        dropWhatWaits();
    }

    private synchronized Upload request(Path file) throws IOException {
        Identity now = Identity.of(file);
        Upload under = uploads.get(file);
        if (under != null && under.identity.equals(now) && !under.hasFailed()) {
            if (workers.takeBack(under)) {
                under.wanted = true;
                begin(under);
            }
            return under;
        }
        return submit(file, now, true);
    }

    private Upload submit(Path file, Identity identity, boolean wanted) throws PgAgentException {
        if (closed) {
            throw new PgAgentException(
                    ErrorKind.INTERRUPTED,
                    "the agent is stopping; " + file + " was not stored",
                    "It is asked for again.");
        }
        Upload upload = new Upload(file, identity, wanted);
        uploads.put(file, upload);
        begin(upload);
        return upload;
    }

    /** Hands an upload to the workers; one that nobody took may not stay, for whoever asks for it would wait for ever. */
    private void begin(Upload upload) {
        try {
            workers.begin(upload);
        } catch (RuntimeException | Error e) {
            uploads.remove(upload.file, upload);
            upload.result.completeExceptionally(e);
            throw e;
        }
    }

    /** The server need not wait for that, and its file is stored whatever becomes of the look. */
    private void lookAheadLater() {
        try {
            looks.execute(() -> {
                try {
                    lookAhead();
                } catch (RuntimeException e) {
                    LOG.error("a look ahead failed by a defect", e);
                }
            });
        } catch (RuntimeException | OutOfMemoryError e) {
            LOG.warn("no thread for a look ahead, the next request tries again: {}", e.toString());
        }
    }

    /** Starts uploads of what waits. A failure here is nobody's: the file will be asked for. */
    private void lookAhead() {
        try {
            if (hasRoom()) {
                submitAhead(ready.next(AHEAD_MAX));
            }
        } catch (IOException e) {
            LOG.debug("nothing is uploaded ahead: {}", e.toString());
        }
    }

    private synchronized boolean hasRoom() {
        uploads.values().removeIf(upload -> !upload.wanted && upload.hasFailed());
        if (doubtedName != null) {
            return false;
        }
        // Another archive_command may have taken them: they would never be asked for, and leave no room for others.
        uploads.values().removeIf(upload -> upload.result.isDone() && !upload.wanted && !ready.waits(upload.file));
        return uploads.size() <= AHEAD_MAX / 2;
    }

    /** @param waiting what was found a moment ago, so that some of it may be archived by now */
    private synchronized void submitAhead(List<Path> waiting) throws PgAgentException {
        for (Path file : waiting) {
            if (doubtedName != null || uploads.size() >= AHEAD_MAX) {
                return;
            }
            if (!uploads.containsKey(file) && !file.equals(lastAnswered) && ready.waits(file)) {
                submitAhead(file);
            }
        }
    }

    private void submitAhead(Path file) throws PgAgentException {
        Identity identity;
        try {
            identity = Identity.of(file);
        } catch (PgAgentException e) {
            LOG.debug("not uploaded ahead: {}", e.toString()); // its own request will say so; others can be stored
            return;
        }
        submit(file, identity, false);
    }

    /** Takes back what is to be uploaded ahead and has not been begun. */
    private synchronized void dropWhatWaits() {
        uploads.values().removeIf(upload -> !upload.wanted && workers.takeBack(upload));
    }

    private synchronized void forget(Upload upload) {
        uploads.remove(upload.file, upload);
        lastAnswered = upload.file;
    }

    /** How many files are being uploaded or wait for that; the tests wait for it. */
    synchronized int underWay() {
        return (int) uploads.values().stream()
                .filter(upload -> !upload.result.isDone())
                .count();
    }

    /** Begins no more uploads, and returns when those that were begun are at their end, or after some seconds. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            dropWhatWaits();
        }
        looks.shutdown();
        workers.end();
    }

    /** Whether a path is still the file that was uploaded. */
    private record Identity(Object key, long size, FileTime modified) {
        static Identity of(Path file) throws PgAgentException {
            try {
                BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
                return new Identity(attributes.fileKey(), attributes.size(), attributes.lastModifiedTime());
            } catch (IOException e) {
                throw ArchiveSource.unreadable(file, e);
            }
        }
    }

    /** One file; those that are asked for come first, then in the order in which they were found. */
    private final class Upload implements Runnable, Comparable<Upload> {
        private final Path file;
        private final Identity identity;
        private final CompletableFuture<PushResult> result = new CompletableFuture<>();
        private final long foundAt = System.nanoTime();
        /** Changed only while it is in no queue. */
        private volatile boolean wanted;

        Upload(Path file, Identity identity, boolean wanted) {
            this.file = file;
            this.identity = identity;
            this.wanted = wanted;
        }

        boolean hasFailed() {
            return result.isCompletedExceptionally();
        }

        @Override
        public void run() {
            try {
                result.complete(archive.push(file));
            } catch (IOException | RuntimeException e) {
                // A segment that the server has not handed over says nothing of those that it has.
                if (!ReadyFiles.mayStillBeWritten(file)) {
                    doubt(file);
                }
                result.completeExceptionally(e);
            } catch (Error e) {
                result.completeExceptionally(e);
                throw e;
            }
        }

        PushResult await() throws IOException {
            try {
                return result.get();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new PgAgentException(
                        ErrorKind.INTERRUPTED,
                        "interrupted while " + file + " was stored",
                        "It is asked for again.",
                        e);
            } catch (ExecutionException e) {
                if (e.getCause() instanceof IOException world) {
                    throw world;
                }
                throw new IllegalStateException("pushing " + file + " failed", e.getCause());
            }
        }

        @Override
        public int compareTo(Upload other) {
            return wanted == other.wanted
                    ? Long.signum(foundAt - other.foundAt)
                    : Boolean.compare(other.wanted, wanted);
        }
    }
}
