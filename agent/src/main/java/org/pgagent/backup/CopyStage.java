package org.pgagent.backup;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.transfer.FileUploader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The workers that copy files: the scan hands them over through a bounded queue, each worker uploads with an uploader of its
 * own. The first failure ends all of them.
 */
final class CopyStage {
    private static final Logger LOG = LoggerFactory.getLogger(CopyStage.class);
    private static final int QUEUE_MAX_FILES = 1024;
    /** Descriptions of chunks that are held for files between the scan and the manifest: some ten MiB. */
    private static final int CHUNKS_HELD_MAX = 1 << 16;

    private static final long LOOK_AROUND_MILLIS = 200;

    /** Copies one file with the worker's uploader. */
    interface Job {
        /** Calls {@code whenWritten} once the manifest has the file, or that there is none. */
        void copy(CopyTask task, FileUploader uploader, Runnable whenWritten) throws IOException;
    }

    /** Is asked every now and then whether going on still makes sense; throws if not. */
    interface Watch {
        void check() throws IOException;
    }

    private final BlockingQueue<CopyTask> queue = new ArrayBlockingQueue<>(QUEUE_MAX_FILES);
    private final Semaphore room = new Semaphore(CHUNKS_HELD_MAX);
    private final AtomicBoolean allHandedOver = new AtomicBoolean();
    private final AtomicBoolean stop = new AtomicBoolean();
    private final List<Future<?>> workers = new ArrayList<>();
    private final Watch watch;

    /**
     * Starts the workers.
     *
     * @param threads has a thread for each worker; the caller's
     */
    CopyStage(ExecutorService threads, int count, Supplier<FileUploader> uploaders, Job job, Watch watch) {
        this.watch = watch;
        for (int i = 0; i < count; i++) {
            workers.add(threads.submit(() -> {
                work(uploaders, job);
                return null;
            }));
        }
    }

    private void work(Supplier<FileUploader> uploaders, Job job) throws IOException, InterruptedException {
        try (FileUploader uploader = uploaders.get()) {
            while (!stop.get()) {
                boolean last = allHandedOver.get();
                CopyTask task = queue.poll(LOOK_AROUND_MILLIS, TimeUnit.MILLISECONDS);
                if (task != null) {
                    job.copy(task, uploader, () -> room.release(roomFor(task)));
                } else if (last) {
                    uploader.complete();
                    return;
                }
            }
        } catch (IOException | RuntimeException | Error e) {
            stop.set(true);
            throw e;
        }
    }

    /** Hands a file to the workers; waits while they have enough to do, or the manifest waits for one of them. */
    void handOver(CopyTask task) throws IOException {
        waitUntil(() -> room.tryAcquire(roomFor(task), LOOK_AROUND_MILLIS, TimeUnit.MILLISECONDS));
        waitUntil(() -> queue.offer(task, LOOK_AROUND_MILLIS, TimeUnit.MILLISECONDS));
    }

    /** A file may be larger than all the room, and then has all of it. */
    private static int roomFor(CopyTask task) {
        return Math.min(task.weight(), CHUNKS_HELD_MAX);
    }

    /** Waits for something for a moment; says whether it has come. */
    private interface Chance {
        boolean taken() throws InterruptedException;
    }

    private void waitUntil(Chance chance) throws IOException {
        try {
            while (!chance.taken()) {
                if (stop.get()) {
                    finish();
                }
                watch.check();
            }
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /** Waits until every file is stored, in packs that are published; throws what made a worker fail. */
    void finish() throws IOException {
        allHandedOver.set(true);
        IOException failure = null;
        for (Future<?> worker : workers) {
            try {
                await(worker);
            } catch (IOException e) {
                stop.set(true);
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private void await(Future<?> worker) throws IOException {
        while (true) {
            try {
                worker.get(LOOK_AROUND_MILLIS, TimeUnit.MILLISECONDS);
                return;
            } catch (TimeoutException e) {
                if (!stop.get()) {
                    watch.check();
                }
            } catch (InterruptedException e) {
                throw interrupted(e);
            } catch (ExecutionException e) {
                if (e.getCause() instanceof IOException world) {
                    throw world;
                }
                throw new IllegalStateException("copying failed", e.getCause());
            }
        }
    }

    /** Makes the workers end as soon as each is through with the file at hand. */
    void stop() {
        stop.set(true);
    }

    /** Stops the workers and waits for them, which takes as long as the requests that they are in. */
    void abort() {
        stop();
        for (Future<?> worker : workers) {
            try {
                worker.get();
            } catch (ExecutionException e) {
                LOG.debug("worker ended, too, while the backup was given up", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private PgAgentException interrupted(InterruptedException e) {
        stop.set(true);
        Thread.currentThread().interrupt();
        return new PgAgentException(
                ErrorKind.INTERRUPTED, "the backup was interrupted", "Take it again when there is time.", e);
    }
}
