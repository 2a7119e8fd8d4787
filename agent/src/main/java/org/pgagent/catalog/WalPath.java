package org.pgagent.catalog;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.pgagent.catalog.WalInventory.Run;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.SegmentRange;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.WalSegment;

/**
 * The segments that a recovery along one history finds, each under the timeline whose file it reads (xlogrecovery.c,
 * XLogFileReadAnyTLI), as rows in the order of replay. Immutable.
 */
final class WalPath {
    private final TimelineHistory history;
    private final List<Run> found = new ArrayList<>();

    /** @param runs the segments of a timeline */
    WalPath(TimelineHistory history, Function<Timeline, List<Run>> runs) {
        this.history = history;
        for (Timeline timeline : history.timelines()) {
            for (Run run : runs.apply(timeline)) {
                part(run).ifPresent(found::add);
            }
        }
    }

    /** What a recovery reads of a row: not what comes before its timeline began, nor what comes after it was left. */
    private Optional<Run> part(Run run) {
        Timeline timeline = run.range().timeline();
        List<Timeline> timelines = history.timelines();
        int index = timelines.indexOf(timeline);
        long first = run.range().first().number();
        long last = run.range().last().number();
        if (index > 0) {
            first = Math.max(first, switchNumber(index - 1, run));
        }
        if (index < timelines.size() - 1) {
            last = Math.min(last, switchNumber(index, run) - 1);
        }
        return first > last
                ? Optional.empty()
                : Optional.of(new Run(
                        new SegmentRange(numbered(run, timeline, first), numbered(run, timeline, last)),
                        run.lastStoredAt()));
    }

    /** The number of the segment in which an ancestor was left: it is complete only under its child's name. */
    private long switchNumber(int ancestor, Run run) {
        Lsn left = history.ancestors().get(ancestor).switchPoint();
        return WalSegment.containing(
                        history.timeline(), left, run.range().first().size())
                .number();
    }

    private static WalSegment numbered(Run run, Timeline timeline, long number) {
        return new WalSegment(timeline, number, run.range().first().size());
    }

    /** What is missing between the first and the last segment. */
    List<SegmentRange> missing() {
        List<SegmentRange> missing = new ArrayList<>();
        for (int i = 1; i < found.size(); i++) {
            WalSegment next = found.get(i - 1).range().last().next();
            long end = found.get(i).range().first().number();
            while (next.number() < end) {
                SegmentRange range = upTo(next.on(history.timelineOf(next)), end - 1);
                missing.add(range);
                next = range.last().next();
            }
        }
        return missing;
    }

    /** The segments from one on that are read under its timeline's name, up to a number. */
    private SegmentRange upTo(WalSegment first, long last) {
        long end = last;
        int index = history.timelines().indexOf(first.timeline());
        if (index < history.ancestors().size()) {
            Lsn left = history.ancestors().get(index).switchPoint();
            end = Math.min(
                    end,
                    WalSegment.containing(first.timeline(), left, first.size()).number() - 1);
        }
        return new SegmentRange(first, new WalSegment(first.timeline(), end, first.size()));
    }

    /**
     * The row that has a segment, as far as it goes on over switches of timelines; empty if the segment is missing.
     *
     * @param number the segment's
     * @return the last part of the row
     */
    Optional<Run> reachedFrom(long number) {
        Optional<Run> reached = Optional.empty();
        for (Run run : found) {
            SegmentRange range = run.range();
            boolean has =
                    range.first().number() <= number && number <= range.last().number();
            boolean continues = reached.isPresent()
                    && reached.get().range().last().number() + 1
                            == range.first().number();
            if (has || continues) {
                reached = Optional.of(run);
            }
        }
        return reached;
    }
}
