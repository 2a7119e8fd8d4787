package org.pgagent.transfer;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.pgagent.storage.ByteRange;
import org.pgagent.storage.ObjectKey;

/**
 * Makes few large GETs out of many chunks that come in any order: gathers the chunks of each pack, and joins those that
 * lie one after another, or nearly, in one range.
 *
 * <p>Every chunk that was added is handed on exactly once. What is held is bounded by the limits, however many chunks
 * come. Not thread-safe.
 */
final class RangePlanner<F> {
    private final DownloadLimits limits;
    private final RangeTaker<F> taker;

    /** By last use, the longest unused pack first. */
    private final Map<ObjectKey, Gathered<F>> open = new LinkedHashMap<>(16, 0.75f, true);

    private int piecesHeld;

    /** Takes a finished GET; may wait until there is room for it. */
    interface RangeTaker<F> {
        void take(RangeRead<F> read) throws IOException;
    }

    private static final class Gathered<F> {
        private final List<ChunkPlacement<F>> placements = new ArrayList<>();
        private long storedBytes;
        private int pieces;
    }

    RangePlanner(DownloadLimits limits, RangeTaker<F> taker) {
        this.limits = limits;
        this.taker = taker;
    }

    void add(ObjectKey pack, ChunkPlacement<F> placement) throws IOException {
        Gathered<F> gathered = open.get(pack);
        int storedSize = placement.chunk().storedSize();
        if (gathered != null && gathered.storedBytes + storedSize > limits.bytesPerGetMax()) {
            flush(pack);
            gathered = null;
        }
        if (gathered == null) {
            if (open.size() == limits.packsOpenMax()) {
                flush(open.keySet().iterator().next());
            }
            gathered = new Gathered<>();
            open.put(pack, gathered);
        }
        gathered.placements.add(placement);
        gathered.storedBytes += storedSize;
        gathered.pieces += placement.pieces();
        piecesHeld += placement.pieces();
        if (gathered.pieces >= limits.piecesPerGetMax()) {
            flush(pack);
        } else if (piecesHeld >= limits.piecesHeldMax()) {
            flush(fullest());
        }
    }

    /** Hands on all that is held. */
    void finish() throws IOException {
        for (ObjectKey pack : List.copyOf(open.keySet())) {
            flush(pack);
        }
    }

    private ObjectKey fullest() {
        return open.entrySet().stream()
                .max(Comparator.comparingInt(entry -> entry.getValue().pieces))
                .orElseThrow()
                .getKey();
    }

    private void flush(ObjectKey pack) throws IOException {
        Gathered<F> gathered = open.remove(pack);
        List<ChunkPlacement<F>> placements = gathered.placements;
        piecesHeld -= gathered.pieces;
        placements.sort(Comparator.comparingLong((ChunkPlacement<F> placement) -> placement.packOffset())
                .thenComparingInt(placement -> placement.chunk().storedSize()));
        int begin = 0;
        for (int i = 1; i <= placements.size(); i++) {
            if (i == placements.size() || !joins(placements.get(i - 1), placements.get(i))) {
                List<ChunkPlacement<F>> run = placements.subList(begin, i);
                ByteRange range = new ByteRange(
                        run.get(0).packOffset(), run.get(run.size() - 1).packEnd());
                taker.take(new RangeRead<>(pack, range, run));
                begin = i;
            }
        }
    }

    /** Whether two neighbours in a pack are read with one GET. */
    private boolean joins(ChunkPlacement<F> before, ChunkPlacement<F> placement) {
        boolean sameBytes = placement.packOffset() == before.packOffset() && placement.packEnd() == before.packEnd();
        long gap = placement.packOffset() - before.packEnd();
        return sameBytes || (gap >= 0 && gap <= limits.gapMaxBytes());
    }
}
