package org.pgagent.catalog;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.pgagent.postgres.SegmentRange;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.WalSegment;
import org.pgagent.repository.ExpiredWal;

/**
 * The WAL that a repository has, as one listing showed it: for each timeline the rows of segments without a gap. Memory grows
 * with the number of gaps, not of segments. Immutable.
 */
public final class WalInventory {
    private final Map<Timeline, TimelineWal> timelines;

    /** Segments that follow each other, and when the last of them was stored by the store's clock. */
    public record Run(SegmentRange range, Instant lastStoredAt) {}

    /**
     * The WAL of one timeline.
     *
     * @param history where it comes from; without ancestors if the repository has no history file
     * @param begunAt when its history file was stored, by the store's clock, which a server does as soon as the timeline begins;
     *     null without one
     * @param runs in ascending order; none if only the history file is there
     * @param segments how many there are
     * @param storedBytes what they take in the repository
     */
    public record TimelineWal(
            TimelineHistory history, Instant begunAt, List<Run> runs, long segments, long storedBytes) {
        public TimelineWal {
            runs = List.copyOf(runs);
        }

        public Timeline timeline() {
            return history.timeline();
        }

        public Optional<WalSegment> first() {
            return runs.isEmpty()
                    ? Optional.empty()
                    : Optional.of(runs.get(0).range().first());
        }

        public Optional<WalSegment> last() {
            return runs.isEmpty()
                    ? Optional.empty()
                    : Optional.of(runs.get(runs.size() - 1).range().last());
        }
    }

    public WalInventory(List<TimelineWal> timelines) {
        this.timelines = new TreeMap<>();
        timelines.forEach(wal -> this.timelines.put(wal.timeline(), wal));
    }

    /** The timelines of which there is anything, in ascending order. */
    public List<TimelineWal> timelines() {
        return List.copyOf(timelines.values());
    }

    /** Where a timeline comes from, as far as that is known. */
    TimelineHistory history(Timeline timeline) {
        TimelineWal wal = timelines.get(timeline);
        return wal == null ? TimelineHistory.withoutAncestors(timeline) : wal.history();
    }

    /** What a recovery along a history finds. */
    WalPath along(TimelineHistory history) {
        return new WalPath(history, timeline -> {
            TimelineWal wal = timelines.get(timeline);
            return wal == null ? List.of() : wal.runs();
        });
    }

    /**
     * The segments that are missing, each told once, by timeline and number: those for which a recovery along the history of
     * some timeline would ask after it has found the first one and before it comes to the last one, and those that were noted
     * to be gone after the last one of their timeline.
     *
     * @param noted the gaps that were noted
     * @param expired what was given up, which is no gap
     */
    public List<SegmentRange> gaps(List<SegmentRange> noted, ExpiredWal expired) {
        List<SegmentRange> missing = new ArrayList<>();
        timelines.values().stream()
                .filter(wal -> !wal.runs().isEmpty())
                .forEach(wal -> missing.addAll(along(wal.history()).missing()));
        noted.forEach(gap -> afterLast(gap).ifPresent(missing::add));
        missing.sort(Comparator.comparing(SegmentRange::timeline)
                .thenComparing(range -> range.first().number()));
        List<SegmentRange> merged = new ArrayList<>();
        for (SegmentRange range : missing.stream()
                .flatMap(range -> expired.without(range).stream())
                .toList()) {
            int last = merged.size() - 1;
            if (last >= 0 && touches(merged.get(last), range)) {
                merged.set(last, joined(merged.get(last), range));
            } else {
                merged.add(range);
            }
        }
        return merged;
    }

    /** Nothing of a timeline that has no WAL any more: that may have been expired as well as lost. */
    private Optional<SegmentRange> afterLast(SegmentRange gap) {
        TimelineWal wal = timelines.get(gap.timeline());
        Optional<WalSegment> last = wal == null ? Optional.empty() : wal.last();
        return last.filter(segment -> segment.number() < gap.last().number())
                .map(segment ->
                        segment.number() < gap.first().number() ? gap : new SegmentRange(segment.next(), gap.last()));
    }

    private static boolean touches(SegmentRange one, SegmentRange next) {
        return one.timeline().equals(next.timeline())
                && next.first().number() <= one.last().number() + 1;
    }

    private static SegmentRange joined(SegmentRange one, SegmentRange next) {
        return one.contains(next) ? one : one.with(next.last());
    }
}
