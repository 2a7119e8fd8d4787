package org.pgagent.transfer;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectStore;

/**
 * Fetches chunks with few ranged GETs on a few threads, checks and decodes them, and hands their bytes to the sinks.
 *
 * <p>One thread calls {@link #add} and {@link #complete}. {@link #complete} says success; {@link #close} without it stops
 * early and leaves whatever was written. The first failure of any thread is thrown by the next call.
 *
 * @param <F> whatever the caller knows a file by; named in messages
 */
public final class FileDownloader<F> implements AutoCloseable {
    private final RangePlanner<F> planner;

    /** An empty one tells a thread to end. */
    private final BlockingQueue<Optional<RangeRead<F>>> queue;

    private final List<Thread> threads = new ArrayList<>();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final AtomicLong gets = new AtomicLong();

    /** The requests that a download took. */
    public record Totals(long gets) {}

    private FileDownloader(DownloadLimits limits) {
        this.queue = new ArrayBlockingQueue<>(limits.jobs());
        this.planner = new RangePlanner<>(limits, this::enqueue);
    }

    /** Starts the threads, which wait for chunks. */
    public static <F> FileDownloader<F> start(
            ObjectStore store, DownloadLimits limits, ChunkSink.Opener<F> sinks, ThreadFactory threadFactory) {
        FileDownloader<F> downloader = new FileDownloader<>(limits);
        for (int i = 0; i < limits.jobs(); i++) {
            // Made here, so that no thread can end before it has seen its end in the queue.
            ChunkFetcher<F> fetcher = new ChunkFetcher<>(store, sinks.open(), downloader::failed);
            downloader.threads.add(threadFactory.newThread(() -> downloader.work(fetcher)));
        }
        downloader.threads.forEach(Thread::start);
        return downloader;
    }

    /** Wants a chunk; waits while enough is on its way. */
    public void add(ObjectKey pack, ChunkPlacement<F> placement) throws IOException {
        planner.add(pack, placement);
    }

    /**
     * Waits until every chunk that was added has been written.
     *
     * @throws PgAgentException of kind CORRUPTED if a chunk or a pack is missing or damaged
     */
    public Totals complete() throws IOException {
        planner.finish();
        endThreads();
        throwFailure();
        return new Totals(gets.get());
    }

    /** Stops the threads, if {@link #complete} did not, and waits for them: a GET that is under way is not waited for. */
    @Override
    public void close() {
        if (!threads.isEmpty()) {
            failure.compareAndSet(null, new IllegalStateException("the download was given up"));
            endThreads();
        }
    }

    private void enqueue(RangeRead<F> read) throws IOException {
        throwFailure();
        try {
            queue.put(Optional.of(read));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PgAgentException(ErrorKind.INTERRUPTED, "the download was interrupted", "Run it again.", e);
        }
    }

    /** Threads are never interrupted: that would close the files that they write. */
    private void endThreads() {
        boolean interrupted = false;
        for (int ended = 0; ended < threads.size(); ) {
            try {
                queue.put(Optional.empty());
                ended++;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        while (!threads.isEmpty()) {
            try {
                threads.get(0).join();
                threads.remove(0);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void throwFailure() throws IOException {
        Throwable thrown = failure.get();
        if (thrown instanceof IOException e) {
            throw e;
        } else if (thrown instanceof RuntimeException e) {
            throw e;
        } else if (thrown instanceof Error e) {
            throw e;
        } else if (thrown != null) {
            throw new IllegalStateException("a thread of the download was interrupted", thrown);
        }
    }

    /** Goes on taking ranges after a failure, without fetching them, so that whoever adds some never waits for ever. */
    private void work(ChunkFetcher<F> fetcher) {
        try (fetcher) {
            for (Optional<RangeRead<F>> read = take(); read.isPresent(); read = take()) {
                if (!failed()) {
                    fetch(fetcher, read.get());
                }
            }
        } catch (IOException | RuntimeException | Error e) {
            fail(e);
        }
    }

    private void fetch(ChunkFetcher<F> fetcher, RangeRead<F> read) {
        try {
            gets.addAndGet(fetcher.fetch(read));
        } catch (IOException | RuntimeException | Error e) {
            fail(e);
        }
    }

    private Optional<RangeRead<F>> take() {
        while (true) {
            try {
                return queue.take();
            } catch (InterruptedException e) {
                fail(e);
            }
        }
    }

    private boolean failed() {
        return failure.get() != null;
    }

    private void fail(Throwable e) {
        failure.compareAndSet(null, e);
    }
}
