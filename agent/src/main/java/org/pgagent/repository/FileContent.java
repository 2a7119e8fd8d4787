package org.pgagent.repository;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;

/**
 * The content of a file: its size, and the chunks that have its bytes, older ones first. Where several have a page, the last
 * one counts; together they have every byte.
 */
public record FileContent(long size, List<PlacedChunk> chunks) {
    public static final FileContent EMPTY = new FileContent(0, List.of());

    public FileContent {
        chunks = List.copyOf(chunks);
        if (size < 0) {
            throw new IllegalArgumentException("a file of " + size + " bytes");
        }
        if (!isOneStretch(size, chunks)) {
            Layers.requireWhole(size, chunks);
        }
    }

    /**
     * Some bytes of a chunk that count.
     *
     * @param chunkOffset where they begin among the chunk's original bytes
     * @param fileOffset where they belong
     */
    public record Piece(int chunkOffset, long fileOffset, int length) {}

    /** A chunk that is needed, and what of it. */
    public record NeededChunk(PlacedChunk chunk, List<Piece> pieces) {}

    /** The chunks that a reader needs to have every byte of the file once. */
    public List<NeededChunk> needed() {
        if (!isOneStretch(size, chunks)) {
            return Layers.needed(size, chunks);
        }
        List<NeededChunk> needed = new ArrayList<>(chunks.size());
        for (PlacedChunk chunk : chunks) {
            Piece piece = new Piece(0, chunk.fileOffset(), chunk.chunk().originalSize());
            needed.add(new NeededChunk(chunk, List.of(piece)));
        }
        return needed;
    }

    /** Whether each chunk begins where the one before ends, and the last one ends where the file does. */
    private static boolean isOneStretch(long size, List<PlacedChunk> chunks) {
        long end = 0;
        for (PlacedChunk chunk : chunks) {
            if (chunk.pages().isPresent() || chunk.fileOffset() != end) {
                return false;
            }
            end = chunk.fileEnd();
        }
        return end == size;
    }

    /** What of which chunk counts, page by page, from the newest to the oldest. */
    private static final class Layers {
        private final int pageSize;
        private final int pages;
        private final BitSet found;
        private final List<NeededChunk> needed = new ArrayList<>();

        private Layers(long size, List<PlacedChunk> chunks) {
            pageSize = chunks.stream()
                    .filter(chunk -> chunk.pages().isPresent())
                    .mapToInt(PlacedChunk::pageSize)
                    .reduce((one, other) -> one == other ? one : 0)
                    .orElse(0);
            if (pageSize == 0 || size % pageSize != 0 || size / pageSize > Integer.MAX_VALUE) {
                throw new IllegalArgumentException(
                        "chunks that are not one stretch of " + size + " bytes and have no pages of one size");
            }
            pages = (int) (size / pageSize);
            found = new BitSet(pages);
        }

        static List<NeededChunk> needed(long size, List<PlacedChunk> chunks) {
            Layers layers = new Layers(size, chunks);
            for (int i = chunks.size() - 1; i >= 0; i--) {
                layers.add(chunks.get(i));
            }
            Collections.reverse(layers.needed);
            return layers.needed;
        }

        static void requireWhole(long size, List<PlacedChunk> chunks) {
            Layers layers = new Layers(size, chunks);
            chunks.forEach(layers::add);
            int missing = layers.found.nextClearBit(0);
            if (missing < layers.pages) {
                throw new IllegalArgumentException("no chunk has the page at " + (long) missing * layers.pageSize);
            }
        }

        private void add(PlacedChunk chunk) {
            if (chunk.fileOffset() % pageSize != 0 || chunk.chunk().originalSize() % pageSize != 0) {
                throw new IllegalArgumentException("chunk of " + chunk.chunk().originalSize() + " bytes at "
                        + chunk.fileOffset() + ", and pages of " + pageSize);
            }
            int first = Math.toIntExact(chunk.fileOffset() / pageSize);
            int count = chunk.chunk().originalSize() / pageSize;
            List<Piece> pieces = new ArrayList<>(1);
            int inSet = -1;
            for (int i = 0; i < count; i++) {
                inSet = chunk.pages().isPresent() ? chunk.pages().get().next(inSet + 1) : i;
                int page = first + inSet;
                if (page < pages && !found.get(page)) {
                    found.set(page);
                    join(pieces, new Piece(i * pageSize, (long) page * pageSize, pageSize));
                }
            }
            if (!pieces.isEmpty()) {
                needed.add(new NeededChunk(chunk, List.copyOf(pieces)));
            }
        }

        /** Pages are in order, so those that are neighbours in the file are neighbours in the chunk. */
        private static void join(List<Piece> pieces, Piece next) {
            Piece last = pieces.isEmpty() ? null : pieces.get(pieces.size() - 1);
            if (last != null && last.fileOffset() + last.length() == next.fileOffset()) {
                pieces.set(
                        pieces.size() - 1,
                        new Piece(last.chunkOffset(), last.fileOffset(), last.length() + next.length()));
            } else {
                pieces.add(next);
            }
        }
    }
}
