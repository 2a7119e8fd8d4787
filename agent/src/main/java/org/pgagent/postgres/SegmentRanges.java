package org.pgagent.postgres;

import java.util.ArrayList;
import java.util.List;

/** Collects segments that come in ascending order, and keeps only where each row of them begins and ends. Not thread-safe. */
public final class SegmentRanges {
    private final List<SegmentRange> ranges = new ArrayList<>();

    /** Adds one that comes after all before it, or is on another timeline. */
    public void add(WalSegment segment) {
        int last = ranges.size() - 1;
        if (last >= 0 && ranges.get(last).isFollowedBy(segment)) {
            ranges.set(last, ranges.get(last).with(segment));
        } else {
            ranges.add(SegmentRange.of(segment));
        }
    }

    public List<SegmentRange> all() {
        return List.copyOf(ranges);
    }
}
