package org.pgagent.repository;

import java.util.List;
import org.pgagent.chunk.StoredChunk;

/**
 * Where a stretch of a file's content is: chunks that lie one after another in one pack.
 *
 * @param fileOffset where in the file the first chunk's original bytes begin
 * @param packOffset where in the pack the first chunk's stored bytes begin
 */
public record Extent(long fileOffset, PackId pack, long packOffset, List<StoredChunk> chunks) {
    public Extent {
        chunks = List.copyOf(chunks);
        if (fileOffset < 0 || packOffset < 0 || chunks.isEmpty()) {
            throw new IllegalArgumentException("extent at " + fileOffset + " in " + pack + " at " + packOffset + " of "
                    + chunks.size() + " chunks");
        }
    }

    public long originalSize() {
        return chunks.stream().mapToLong(StoredChunk::originalSize).sum();
    }

    public long storedSize() {
        return chunks.stream().mapToLong(StoredChunk::storedSize).sum();
    }
}
