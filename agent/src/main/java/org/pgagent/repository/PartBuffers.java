package org.pgagent.repository;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Buffers for parts, used again: a resident agent would otherwise make 17 MiB of garbage for each segment. Keeps as many as
 * were in use at one time. Thread-safe.
 */
final class PartBuffers {
    /** What is shorter is made anew each time. */
    private static final int KEPT_MIN_BYTES = 1 << 20;

    private final Deque<ByteBuffer> idle = new ArrayDeque<>();

    /** A heap buffer with this limit, at position 0. What is in it means nothing. */
    synchronized ByteBuffer take(int bytes) {
        if (bytes < KEPT_MIN_BYTES) {
            return ByteBuffer.allocate(bytes);
        }
        ByteBuffer buffer = idle.isEmpty() ? ByteBuffer.allocate(WalObjectWriter.PUT_MAX_BYTES) : idle.pop();
        return buffer.clear().limit(bytes);
    }

    /** Gives a buffer back that nobody uses any more. */
    synchronized void give(ByteBuffer buffer) {
        if (buffer.capacity() == WalObjectWriter.PUT_MAX_BYTES) {
            idle.push(buffer);
        }
    }
}
