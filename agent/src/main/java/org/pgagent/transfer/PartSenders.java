package org.pgagent.transfer;

import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.Deque;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Sends the parts of objects that are written at the same time. Each of these fills a part buffer, and a few more are on their
 * way: so many are made at most, and they are used again. Thread-safe.
 */
public final class PartSenders implements AutoCloseable {
    private static final int BESIDES_THE_FILLING = 2;

    private final int partSizeBytes;
    private final ExecutorService threads;
    private final Semaphore buffers;
    private final Deque<ByteBuffer> idle = new ConcurrentLinkedDeque<>();

    /** @param objects how many are written at the same time at most */
    public PartSenders(int objects, int partSizeBytes) {
        this.partSizeBytes = partSizeBytes;
        this.buffers = new Semaphore(objects + BESIDES_THE_FILLING);
        AtomicInteger count = new AtomicInteger();
        this.threads = Executors.newFixedThreadPool(objects, task -> {
            Thread thread = new Thread(task, "send-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * An empty buffer for one part. It waits until one is free, so each object may fill one only: then at most as many fill as there are
     * objects, and the others are on their way and come back.
     */
    ByteBuffer take() throws InterruptedIOException {
        try {
            buffers.acquire();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (InterruptedIOException) new InterruptedIOException("interrupted while a part was sent").initCause(e);
        }
        ByteBuffer used = idle.poll();
        return used == null ? ByteBuffer.allocate(partSizeBytes) : used.clear();
    }

    void giveBack(ByteBuffer buffer) {
        idle.push(buffer);
        buffers.release();
    }

    /** Has a part sent whose buffer is nobody else's from here on. */
    Future<?> send(ByteBuffer part, Callable<?> request) {
        return threads.submit(() -> {
            try {
                return request.call();
            } finally {
                giveBack(part);
            }
        });
    }

    /** What was handed over is still sent. */
    @Override
    public void close() {
        threads.shutdown();
    }
}
