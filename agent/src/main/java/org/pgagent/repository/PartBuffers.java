package org.pgagent.repository;

import java.lang.ref.SoftReference;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Semaphore;

/**
 * Buffers for what is to be stored. Most segments shrink to less than {@link #USUAL_BYTES}; of longer buffers only
 * {@value #LONG_MAX} are lent at one time, and who needs one waits for it. All are used again, unless memory gets short, for a
 * resident agent would otherwise make megabytes of garbage for each segment. Thread-safe.
 */
final class PartBuffers {
    static final int USUAL_BYTES = 6 << 20;

    /** What is shorter is made anew each time, and counts for nothing. */
    private static final int KEPT_MIN_BYTES = 1 << 20;

    /** Whoever has its long buffers waits for no others, so those who wait will get theirs. */
    private static final int LONG_MAX = 2;

    private final Deque<SoftReference<ByteBuffer>> idle = new ArrayDeque<>();
    private final Deque<SoftReference<ByteBuffer>> idleLong = new ArrayDeque<>();
    private final Semaphore longOnes = new Semaphore(LONG_MAX);

    /** A heap buffer with this limit, or {@link #USUAL_BYTES} if that is less, at position 0. What is in it means nothing. */
    ByteBuffer take(int bytes) {
        if (bytes < KEPT_MIN_BYTES) {
            return ByteBuffer.allocate(bytes);
        }
        return idleOrNew(idle, USUAL_BYTES).clear().limit(Math.min(bytes, USUAL_BYTES));
    }

    /** One of the long buffers that were reserved, with this limit, at position 0. What is in it means nothing. */
    ByteBuffer takeLong(int bytes) {
        return idleOrNew(idleLong, bytes).clear().limit(bytes);
    }

    /** Those that are too short belong to files of another size, which are not to be expected again. */
    private static ByteBuffer idleOrNew(Deque<SoftReference<ByteBuffer>> idle, int bytes) {
        synchronized (idle) {
            while (!idle.isEmpty()) {
                ByteBuffer kept = idle.pop().get();
                if (kept != null && kept.capacity() >= bytes) {
                    return kept;
                }
            }
        }
        return ByteBuffer.allocate(bytes);
    }

    /** Gives a buffer back that nobody uses any more. */
    void give(ByteBuffer buffer) {
        if (buffer.capacity() >= USUAL_BYTES) {
            Deque<SoftReference<ByteBuffer>> kind = buffer.capacity() == USUAL_BYTES ? idle : idleLong;
            synchronized (kind) {
                kind.push(new SoftReference<>(buffer));
            }
        }
    }

    /** Waits until so many longer buffers may be taken, at most {@value #LONG_MAX}, all at once. */
    void reserveLong(int count) {
        longOnes.acquireUninterruptibly(count);
    }

    /** Says that they are not used any more, after they were given back. */
    void releaseLong(int count) {
        longOnes.release(count);
    }
}
