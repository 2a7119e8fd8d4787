package org.pgagent.transfer;

import java.util.List;
import org.pgagent.storage.ByteRange;
import org.pgagent.storage.ObjectKey;

/**
 * One ranged GET, and what is to be found in it.
 *
 * @param placements in the order of the pack; never empty. They lie one after another, with gaps perhaps; two may name
 *     the very same stored bytes, but never overlap otherwise
 */
record RangeRead<F>(ObjectKey pack, ByteRange range, List<ChunkPlacement<F>> placements) {
    RangeRead {
        placements = List.copyOf(placements);
    }
}
