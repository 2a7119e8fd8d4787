package org.pgagent.transfer;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.pgagent.error.PgAgentException;

/**
 * Takes the original bytes of chunks; one for each thread of a download.
 *
 * @param <F> whatever the caller knows a file by
 */
public interface ChunkSink<F> extends AutoCloseable {
    /**
     * Takes one chunk. Those of one file come in any order, and to several sinks at once.
     *
     * @param original the chunk's bytes between position and limit; the buffer is the caller's again afterwards
     */
    void write(F file, long fileOffset, ByteBuffer original) throws IOException;

    /**
     * Is told of a chunk that cannot be had, because it or its pack is missing or damaged in the store. If this does not
     * throw the damage, as it does by itself, the download goes on without the chunk.
     *
     * @param damage of kind CORRUPTED
     */
    default void damaged(F file, PgAgentException damage) throws IOException {
        throw damage;
    }

    /** Called once, from the thread that wrote, after the last chunk or the first failure. */
    @Override
    void close() throws IOException;

    /** Makes a sink for each thread. */
    @FunctionalInterface
    interface Opener<F> {
        ChunkSink<F> open();
    }
}
