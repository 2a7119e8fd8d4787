package org.pgagent.postgres;

/** WAL segments of one timeline that follow each other, from the first to the last, both included. */
public record SegmentRange(WalSegment first, WalSegment last) {
    public SegmentRange {
        if (!first.timeline().equals(last.timeline()) || !first.size().equals(last.size())) {
            throw new IllegalArgumentException("no segments of one timeline: " + first + " and " + last);
        }
        if (first.number() > last.number()) {
            throw new IllegalArgumentException("segments end before they start: " + first + " to " + last);
        }
    }

    public static SegmentRange of(WalSegment only) {
        return new SegmentRange(only, only);
    }

    public Timeline timeline() {
        return first.timeline();
    }

    /** How many segments these are. */
    public long count() {
        return last.number() - first.number() + 1;
    }

    public boolean contains(SegmentRange other) {
        return timeline().equals(other.timeline())
                && first.number() <= other.first.number()
                && other.last.number() <= last.number();
    }

    public boolean overlaps(SegmentRange other) {
        return timeline().equals(other.timeline())
                && first.number() <= other.last.number()
                && other.first.number() <= last.number();
    }

    /** Whether a segment is the one after the last. */
    public boolean isFollowedBy(WalSegment segment) {
        return last.next().equals(segment);
    }

    /** The same with its follower. */
    public SegmentRange with(WalSegment follower) {
        return new SegmentRange(first, follower);
    }

    @Override
    public String toString() {
        return first + "-" + last;
    }
}
