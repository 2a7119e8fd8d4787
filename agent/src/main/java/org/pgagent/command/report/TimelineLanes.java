package org.pgagent.command.report;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.pgagent.catalog.RecoveryInterval;
import org.pgagent.catalog.RecoverySurvey;
import org.pgagent.catalog.WalInventory;
import org.pgagent.catalog.WalInventory.TimelineWal;
import org.pgagent.postgres.SegmentRange;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.repository.BackupRecord;

/**
 * Puts what can be recovered into a lane for each timeline. An interval that begins on one timeline and goes on to another has a
 * part in the lane of each. When a timeline began is told by its history file, which a server archives at once.
 */
final class TimelineLanes {
    private final RecoverySurvey survey;
    private final WalSegmentSize segmentSize;
    private final Instant now;
    private final Map<Timeline, TimelineWal> wal = new TreeMap<>();
    private final NavigableSet<Timeline> timelines = new TreeSet<>();
    private final Map<Timeline, List<Span>> recoverable = new TreeMap<>();

    private TimelineLanes(RecoverySurvey survey, WalSegmentSize segmentSize, Instant now) {
        this.survey = survey;
        this.segmentSize = segmentSize;
        this.now = now;
    }

    /** The lanes of all timelines of which there is WAL or a backup, in ascending order. */
    static List<TimelineLane> of(ReportContent content, List<RecoveryInterval> intervals) {
        if (content.archive().isEmpty()) {
            return List.of();
        }
        ReportContent.Archive archive = content.archive().get();
        TimelineLanes lanes =
                new TimelineLanes(archive.survey(), archive.cluster().segmentSize(), content.writtenAt());
        return lanes.make(content.all().records(), intervals);
    }

    private List<TimelineLane> make(List<BackupRecord> backups, List<RecoveryInterval> intervals) {
        survey.inventory().timelines().forEach(timeline -> wal.put(timeline.timeline(), timeline));
        timelines.addAll(wal.keySet());
        backups.stream()
                .map(BackupRecord::start)
                .filter(Objects::nonNull)
                .map(BackupRecord.Start::timeline)
                .forEach(timelines::add);
        intervals.forEach(this::cover);
        List<TimelineLane> lanes = new ArrayList<>();
        for (Timeline timeline : timelines) {
            List<Span> spans = Span.merged(recoverable.getOrDefault(timeline, List.of()));
            NavigableMap<Instant, Span> byBegin = new TreeMap<>();
            spans.forEach(span -> byBegin.put(span.from(), span));
            List<TimelineLane.Hole> holes = intervals.stream()
                    .filter(interval -> interval.timeline().equals(timeline))
                    .flatMap(interval -> hole(interval, byBegin).stream())
                    .toList();
            lanes.add(new TimelineLane(timeline, origin(timeline), spans, holes));
        }
        return lanes;
    }

    /** Cuts an interval where one timeline followed on another, and lays each part into its lane. */
    private void cover(RecoveryInterval interval) {
        TimelineHistory history = wal.containsKey(interval.timeline())
                ? wal.get(interval.timeline()).history()
                : TimelineHistory.withoutAncestors(interval.timeline());
        List<Timeline> way = history.timelines();
        Instant end = earlier(interval.toStoredAt(), now);
        for (int i = way.size() - 1; i >= 0; i--) {
            Optional<Instant> begin =
                    i == 0 || !timelines.contains(way.get(i - 1)) ? Optional.empty() : begin(way.get(i));
            Instant from = begin.filter(interval.fromTime()::isBefore).orElse(interval.fromTime());
            if (from.isBefore(end)) {
                lay(way.get(i), new Span(from, end));
                end = from;
            } else if (i == way.size() - 1) {
                lay(way.get(i), new Span(end, end)); // the clocks of server and store differ
            }
            if (!from.isAfter(interval.fromTime())) {
                return;
            }
        }
    }

    private void lay(Timeline timeline, Span span) {
        recoverable.computeIfAbsent(timeline, any -> new ArrayList<>()).add(span);
    }

    private Optional<Instant> begin(Timeline timeline) {
        return Optional.ofNullable(wal.get(timeline)).map(TimelineWal::begunAt);
    }

    private Optional<TimelineLane.Origin> origin(Timeline timeline) {
        return begin(timeline).flatMap(at -> {
            List<TimelineHistory.Entry> ancestors = wal.get(timeline).history().ancestors();
            if (ancestors.isEmpty()) {
                return Optional.empty();
            }
            TimelineHistory.Entry parent = ancestors.get(ancestors.size() - 1);
            return Optional.of(new TimelineLane.Origin(parent.timeline(), parent.switchPoint(), earlier(at, now)));
        });
    }

    /** From the end of an interval to the next time that can be recovered. */
    private Optional<TimelineLane.Hole> hole(RecoveryInterval interval, NavigableMap<Instant, Span> spans) {
        Instant from = earlier(interval.toStoredAt(), now);
        Map.Entry<Instant, Span> before = spans.floorEntry(from);
        if (before != null && before.getValue().has(from)) {
            return Optional.empty();
        }
        Optional<Instant> next = Optional.ofNullable(spans.higherKey(from));
        return switch (interval.then()) {
            case END -> Optional.empty();
            case EXPIRED ->
                next.map(to ->
                        new TimelineLane.Hole(new Span(from, to), TimelineLane.Why.EXPIRED, "given up by retention"));
            case GAP ->
                Optional.of(new TimelineLane.Hole(
                        new Span(from, next.orElseGet(() -> lastStored(interval.timeline(), from))),
                        TimelineLane.Why.LOST,
                        missing(interval)));
        };
    }

    /** Until when WAL was stored that cannot be reached; of the newest timeline that goes on. */
    private Instant lastStored(Timeline timeline, Instant least) {
        if (timeline.equals(timelines.last())) {
            return now;
        }
        List<WalInventory.Run> runs =
                wal.containsKey(timeline) ? wal.get(timeline).runs() : List.of();
        Instant last = runs.isEmpty() ? least : runs.get(runs.size() - 1).lastStoredAt();
        return earlier(last.isAfter(least) ? last : least, now);
    }

    private String missing(RecoveryInterval interval) {
        long first = WalSegment.containing(interval.timeline(), interval.to(), segmentSize)
                .number();
        Stream<SegmentRange> there =
                survey.gaps().stream().filter(gap -> gap.first().number() == first);
        return there.findFirst()
                .map(gap -> Wording.count(gap.count(), "WAL segment") + " missing, from "
                        + gap.first().fileName())
                .orElse("WAL is missing");
    }

    private static Instant earlier(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }
}
