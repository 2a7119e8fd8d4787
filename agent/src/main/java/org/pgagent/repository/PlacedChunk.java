package org.pgagent.repository;

import java.util.Optional;
import org.pgagent.chunk.StoredChunk;
import org.pgagent.postgres.PageSet;

/**
 * A stored chunk, where it is, and which bytes of a file it has.
 *
 * @param packOffset where in the pack its stored bytes begin
 * @param fileOffset where in the file its first original byte belongs; with pages, where page 0 of the set is
 * @param pages which pages its original bytes are, one after another; empty if they are one stretch of the file
 */
public record PlacedChunk(PackId pack, long packOffset, StoredChunk chunk, long fileOffset, Optional<PageSet> pages) {
    public PlacedChunk {
        if (packOffset < 0 || fileOffset < 0) {
            throw new IllegalArgumentException(
                    "chunk at " + packOffset + " of pack " + pack + ", for " + fileOffset + " of a file");
        }
        if (pages.isPresent()
                && (pages.get().count() == 0
                        || chunk.originalSize() % pages.get().count() != 0)) {
            throw new IllegalArgumentException(chunk.originalSize() + " bytes in "
                    + pages.get().count() + " pages, at " + packOffset + " of pack " + pack);
        }
    }

    /** A chunk that has one stretch of the file. */
    public static PlacedChunk stretch(PackId pack, long packOffset, StoredChunk chunk, long fileOffset) {
        return new PlacedChunk(pack, packOffset, chunk, fileOffset, Optional.empty());
    }

    /** Where in the pack the stored bytes end. */
    public long packEnd() {
        return packOffset + chunk.storedSize();
    }

    /** Where in the file its stretch ends; only without pages. */
    public long fileEnd() {
        return fileOffset + chunk.originalSize();
    }

    /** Bytes of a page; only with pages. */
    public int pageSize() {
        return chunk.originalSize() / pages.orElseThrow().count();
    }
}
