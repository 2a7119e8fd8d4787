package org.pgagent.transfer;

import org.pgagent.chunk.StoredChunk;

/**
 * A chunk of a pack, and where its original bytes go.
 *
 * @param <F> whatever the caller knows a file by
 * @param packOffset where in the pack the stored bytes begin
 * @param fileOffset where in the file the original bytes begin
 */
public record ChunkPlacement<F>(StoredChunk chunk, long packOffset, F file, long fileOffset) {
    public ChunkPlacement {
        if (packOffset < 0 || fileOffset < 0) {
            throw new IllegalArgumentException(
                    "chunk at " + packOffset + " of a pack, for " + fileOffset + " of " + file);
        }
    }

    /** Where in the pack the stored bytes end. */
    long packEnd() {
        return packOffset + chunk.storedSize();
    }
}
