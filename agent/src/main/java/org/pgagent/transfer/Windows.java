package org.pgagent.transfer;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.pgagent.chunk.ContentHash;
import org.pgagent.repository.FileContent;
import org.pgagent.repository.PlacedChunk;

/**
 * What is stored of a file already, by windows: the stretches of one chunk's size into which a backup divides files. A window
 * consists of layers: mostly a chunk that has all of it, and newer ones that have some of its pages.
 */
final class Windows {
    private static final Window NOTHING = new Window(List.of());

    private final Map<Long, Window> windows = new HashMap<>();

    /** What is stored of one window, older chunks first. */
    record Window(List<PlacedChunk> layers) {
        boolean isEmpty() {
            return layers.isEmpty();
        }

        /** Whether one chunk alone has all of it. */
        boolean isOneStretch(int length) {
            return layers.size() == 1
                    && layers.get(0).pages().isEmpty()
                    && layers.get(0).chunk().originalSize() == length;
        }

        boolean has(ContentHash hash, int length) {
            return isOneStretch(length) && layers.get(0).chunk().contentHash().equals(hash);
        }

        /** Whether pages of a window of some length may be laid over what there is. */
        boolean canHaveOverlay(int length, int pageSize) {
            return !isEmpty()
                    && length % pageSize == 0
                    && layers.stream().allMatch(layer -> end(layer) <= length)
                    && layers.stream().allMatch(layer -> layer.chunk().originalSize() % pageSize == 0);
        }

        /** Whether more pages, with those that newer layers have already, are more than half of a window's. */
        boolean overlayOutgrows(int morePages, int windowPages) {
            int overlaid = layers.stream()
                    .mapToInt(layer ->
                            layer.pages().isEmpty() ? 0 : layer.pages().get().count())
                    .sum();
            return 2 * (overlaid + morePages) > windowPages;
        }

        /** The first pages of the window, up to a number, that no layer has. */
        BitSet missing(int pages, int pageSize) {
            BitSet missing = new BitSet(pages);
            missing.set(0, pages);
            for (PlacedChunk layer : layers) {
                if (layer.pages().isPresent()) {
                    missing.andNot(layer.pages().get().toBits());
                } else {
                    missing.clear(0, layer.chunk().originalSize() / pageSize);
                }
            }
            return missing;
        }
    }

    private Windows() {}

    /**
     * The windows of a file. A window of which a chunk is not in its pack any more is empty; all are, if the chunks do not lie
     * in windows of this size.
     */
    static Windows of(FileContent content, StoredPacks packs, int windowBytes) {
        Windows windows = new Windows();
        Map<Long, List<PlacedChunk>> layers = new HashMap<>();
        for (PlacedChunk chunk : content.chunks()) {
            if (!fits(chunk, windowBytes)) {
                return new Windows();
            }
            layers.computeIfAbsent(chunk.fileOffset(), at -> new ArrayList<>(1)).add(chunk);
        }
        layers.values().removeIf(chunks -> !chunks.stream().allMatch(packs::have));
        layers.forEach((at, chunks) -> windows.windows.put(at, new Window(chunks)));
        return windows;
    }

    private static boolean fits(PlacedChunk chunk, int windowBytes) {
        return chunk.fileOffset() % windowBytes == 0 && end(chunk) <= windowBytes;
    }

    /** Where in its window the last byte of a chunk ends. */
    private static long end(PlacedChunk chunk) {
        return chunk.pages().isPresent()
                ? (long) chunk.pages().get().length() * chunk.pageSize()
                : chunk.chunk().originalSize();
    }

    Window at(long fileOffset) {
        return windows.getOrDefault(fileOffset, NOTHING);
    }
}
