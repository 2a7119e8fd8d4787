package org.pgagent.repository;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.pgagent.postgres.SegmentRange;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.WalSegment;

/**
 * What {@code wal-expired.json} says: the WAL that retention has given up. Of a timeline's segments before the one that is
 * named here, only those are kept that a backup needs to become consistent; that the others are missing is no gap, and nobody
 * stores them again. Never goes back. Immutable.
 *
 * @param format version of the repository format, 1
 * @param timelines in ascending order
 */
public record ExpiredWal(int format, List<Before> timelines) {
    public static final int FORMAT = 1;

    public static final ExpiredWal NONE = new ExpiredWal(FORMAT, List.of());

    /**
     * What is given up of one timeline.
     *
     * @param before the file name of the first segment that is not
     */
    public record Before(Timeline timeline, String before) {}

    public ExpiredWal {
        timelines = timelines == null ? List.of() : List.copyOf(timelines);
    }

    /** Whether a segment was given up. Segments' names of one timeline sort as they follow each other. */
    public boolean has(WalSegment segment) {
        return before(segment.timeline())
                .filter(before -> segment.fileName().compareTo(before) < 0)
                .isPresent();
    }

    /** Of some segments those that were not given up; empty if all were. */
    public Optional<SegmentRange> without(SegmentRange segments) {
        if (has(segments.last())) {
            return Optional.empty();
        }
        return Optional.of(before(segments.timeline())
                .map(name -> WalSegment.parse(name, segments.first().size()))
                .filter(before -> segments.first().number() < before.number())
                .map(before -> new SegmentRange(before, segments.last()))
                .orElse(segments));
    }

    private Optional<String> before(Timeline timeline) {
        return timelines.stream()
                .filter(entry -> entry.timeline().equals(timeline))
                .map(Before::before)
                .findFirst();
    }

    /** This and more: of each timeline what lies before a segment. */
    public ExpiredWal with(List<WalSegment> firstKept) {
        Map<Timeline, Before> all = new TreeMap<>();
        timelines.forEach(entry -> all.put(entry.timeline(), entry));
        for (WalSegment segment : firstKept) {
            if (!has(segment)) {
                all.put(segment.timeline(), new Before(segment.timeline(), segment.fileName()));
            }
        }
        return new ExpiredWal(FORMAT, List.copyOf(all.values()));
    }
}
