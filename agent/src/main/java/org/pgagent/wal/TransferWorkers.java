package org.pgagent.wal;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads that move archive files before they are asked for: so many at most, and none where there is nothing to do.
 * Thread-safe.
 */
final class TransferWorkers {
    private static final Logger LOG = LoggerFactory.getLogger(TransferWorkers.class);
    private static final long IDLE_THREAD_SECONDS = 10;

    /** How long an end waits for what is under way: giving it up is safe, and the next agent must not wait for long. */
    private static final Duration END_MAX = Duration.ofSeconds(4);

    private final ThreadPoolExecutor threads;

    private final Duration endMax;

    /**
     * @param name of each thread
     * @param waiting says by its order what comes first
     */
    TransferWorkers(String name, int threadsMax, BlockingQueue<Runnable> waiting) {
        this(work -> new Thread(work, name), threadsMax, waiting, END_MAX);
    }

    TransferWorkers(ThreadFactory threads, int threadsMax, BlockingQueue<Runnable> waiting, Duration endMax) {
        this.threads =
                new ThreadPoolExecutor(threadsMax, threadsMax, IDLE_THREAD_SECONDS, TimeUnit.SECONDS, waiting, threads);
        this.threads.allowCoreThreadTimeOut(true);
        this.endMax = endMax;
    }

    /** Has a transfer run as soon as a thread is free. If this fails, because no thread can be made, it never runs. */
    void begin(Runnable transfer) {
        try {
            threads.execute(transfer);
        } catch (RuntimeException | Error e) {
            takeBack(transfer);
            throw e;
        }
    }

    /** Whether a transfer was still waiting; it never runs then. */
    boolean takeBack(Runnable transfer) {
        return threads.getQueue().remove(transfer);
    }

    /** Begins no more, and returns when what is waiting or under way is at its end, or after some seconds. */
    void end() {
        threads.shutdown();
        try {
            if (!threads.awaitTermination(endMax.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("transfers were under way for too long, they are given up: {}", threads.getActiveCount());
            }
        } catch (InterruptedException e) {
            threads.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
