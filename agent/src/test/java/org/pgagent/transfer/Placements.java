package org.pgagent.transfer;

import java.util.List;
import org.pgagent.chunk.StoredChunk;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.FileContent;
import org.pgagent.repository.PackId;
import org.pgagent.repository.PlacedChunk;

/** Chunks that are files of their own, for tests that do not care which pack they are in. */
final class Placements {
    private static final PackId ANY = new PackId(new BackupId("20261122T055500Z-F"), 0);

    private Placements() {}

    static <F> ChunkPlacement<F> of(StoredChunk chunk, long packOffset, F file) {
        PlacedChunk placed = PlacedChunk.stretch(ANY, packOffset, chunk, 0);
        FileContent content = new FileContent(chunk.originalSize(), List.of(placed));
        return new ChunkPlacement<>(content.needed().get(0), file);
    }
}
