package org.pgagent.transfer;

import org.pgagent.chunk.StoredChunk;
import org.pgagent.repository.FileContent;

/**
 * A chunk of a pack, and where its original bytes go.
 *
 * @param <F> whatever the caller knows a file by
 * @param needed the chunk, and what of it belongs into the file
 */
public record ChunkPlacement<F>(FileContent.NeededChunk needed, F file) {
    StoredChunk chunk() {
        return needed.chunk().chunk();
    }

    /** Where in the pack the stored bytes begin. */
    long packOffset() {
        return needed.chunk().packOffset();
    }

    /** Where in the pack the stored bytes end. */
    long packEnd() {
        return needed.chunk().packEnd();
    }

    /** How many stretches of the file it has. */
    int pieces() {
        return needed.pieces().size();
    }
}
