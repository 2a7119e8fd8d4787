package org.pgagent.postgres;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

/**
 * A timeline and all its ancestors, oldest first, as a history file has them (timeline.c, readTimeLineHistory). A
 * timeline begins where its parent was left.
 *
 * @param ancestors in ascending order, with the LSN where each was left
 */
public record TimelineHistory(Timeline timeline, List<Entry> ancestors) {
    private static final Pattern LINE =
            Pattern.compile("(?<timeline>[0-9]{1,10})\\s+(?<lsn>[0-9A-Fa-f]+/[0-9A-Fa-f]+)(?:\\s+(?<reason>.*))?");

    /**
     * An ancestor.
     *
     * @param switchPoint the LSN after its last byte that belongs to this history
     * @param reason why it was left, in the server's words
     */
    public record Entry(Timeline timeline, Lsn switchPoint, String reason) {}

    public TimelineHistory {
        ancestors = List.copyOf(ancestors);
        for (int i = 0; i < ancestors.size(); i++) {
            Timeline next = i + 1 < ancestors.size() ? ancestors.get(i + 1).timeline : timeline;
            Lsn nextSwitch = ancestors.get(Math.min(i + 1, ancestors.size() - 1)).switchPoint;
            Entry entry = ancestors.get(i);
            if (entry.timeline.compareTo(next) >= 0 || entry.switchPoint.isAfter(nextSwitch)) {
                throw new IllegalArgumentException("timeline " + entry.timeline + " left at " + entry.switchPoint
                        + " cannot come before timeline " + next);
            }
        }
    }

    /** The history of a timeline that has no history file, as the first one. */
    public static TimelineHistory withoutAncestors(Timeline timeline) {
        return new TimelineHistory(timeline, List.of());
    }

    /** What some WAL tells of the history of its last timeline: ranges that follow on each other, in the order of replay. */
    public static TimelineHistory along(List<WalRange> ranges) {
        List<Entry> ancestors = new ArrayList<>();
        for (int i = 0; i + 1 < ranges.size(); i++) {
            ancestors.add(new Entry(ranges.get(i).timeline(), ranges.get(i).end(), ""));
        }
        return new TimelineHistory(ranges.get(ranges.size() - 1).timeline(), ancestors);
    }

    /**
     * Reads the content of a history file.
     *
     * @param timeline the one that the file's name tells
     * @throws PgAgentException of kind CORRUPTED if a line is malformed, the order is wrong, or there is no ancestor
     */
    public static TimelineHistory parse(Timeline timeline, String text) throws PgAgentException {
        List<Entry> ancestors = new ArrayList<>();
        for (String line : text.split("\n", -1)) {
            if (line.isBlank() || line.stripLeading().startsWith("#")) {
                continue;
            }
            Matcher matcher = LINE.matcher(line.strip());
            if (!matcher.matches()) {
                throw malformed(timeline, "it has the line '" + line + "'", null);
            }
            try {
                ancestors.add(new Entry(
                        Timeline.parse(matcher.group("timeline")),
                        Lsn.parse(matcher.group("lsn")),
                        matcher.group("reason") == null ? "" : matcher.group("reason")));
            } catch (IllegalArgumentException e) {
                throw malformed(timeline, e.getMessage(), e);
            }
        }
        if (ancestors.isEmpty()) {
            throw malformed(timeline, "it has no line", null);
        }
        try {
            return new TimelineHistory(timeline, ancestors);
        } catch (IllegalArgumentException e) {
            throw malformed(timeline, e.getMessage(), e);
        }
    }

    private static PgAgentException malformed(Timeline timeline, String reason, Throwable cause) {
        return new PgAgentException(
                ErrorKind.CORRUPTED,
                "the history file " + timeline.hex() + ".history is malformed: " + reason,
                "Compare it with the file of that name in pg_wal of the server that made the timeline.",
                cause);
    }

    /** Where an ancestor was left; empty for the timeline itself and for those that are no ancestors. */
    public Optional<Lsn> switchPoint(Timeline ancestor) {
        return ancestors.stream()
                .filter(entry -> entry.timeline.equals(ancestor))
                .map(Entry::switchPoint)
                .findFirst();
    }

    /** All timelines of this history, oldest first; the last one is {@link #timeline()}. */
    public List<Timeline> timelines() {
        List<Timeline> timelines = new ArrayList<>();
        ancestors.forEach(entry -> timelines.add(entry.timeline));
        timelines.add(timeline);
        return timelines;
    }

    /** The timeline on which the byte at {@code lsn} was written. A byte at a switch point is the child's. */
    public Timeline timelineOf(Lsn lsn) {
        return ancestors.stream()
                .filter(entry -> lsn.isBefore(entry.switchPoint))
                .map(Entry::timeline)
                .findFirst()
                .orElse(timeline);
    }

    /** Whether the byte at {@code lsn} of {@code candidate} is part of this history. */
    public boolean contains(Timeline candidate, Lsn lsn) {
        return timelineOf(lsn).equals(candidate);
    }

    /** Whether WAL of {@code candidate} up to {@code end}, exclusive, is part of this history. */
    public boolean reaches(Timeline candidate, Lsn end) {
        return end.equals(Lsn.ZERO) ? contains(candidate, end) : contains(candidate, end.plus(-1));
    }

    /**
     * The first segment that a recovery from some segment on needs of each timeline on its way: that one, and on each younger
     * timeline the one in which it was begun; only that one, if this history does not have its timeline.
     */
    public List<WalSegment> beginnings(WalSegment from) {
        List<WalSegment> beginnings = new ArrayList<>(List.of(from));
        List<Timeline> timelines = timelines();
        int own = timelines.indexOf(from.timeline());
        for (int i = own; own >= 0 && i < ancestors.size(); i++) {
            WalSegment begun =
                    WalSegment.containing(timelines.get(i + 1), ancestors.get(i).switchPoint(), from.size());
            if (begun.number() >= from.number()) {
                beginnings.add(begun);
            }
        }
        return beginnings;
    }

    /**
     * The timeline whose file of a segment a recovery reads: the youngest that had begun by the segment's end. The
     * segment of a switch is complete only under the child's name, and has the parent's part too (XLogFileReadAnyTLI).
     */
    public Timeline timelineOf(WalSegment segment) {
        Timeline youngest = timelines().get(0);
        for (int i = 0; i < ancestors.size(); i++) {
            Timeline child = i + 1 < ancestors.size() ? ancestors.get(i + 1).timeline : timeline;
            Lsn childStart = ancestors.get(i).switchPoint;
            if (WalSegment.containing(child, childStart, segment.size()).number() <= segment.number()) {
                youngest = child;
            }
        }
        return youngest;
    }

    /**
     * The segments that a recovery reads from {@code start} to {@code end}, exclusive, in their order.
     *
     * @param startTimeline the timeline of {@code start}
     * @throws IllegalArgumentException if that timeline's {@code start} is not part of this history, or the end comes
     *     first
     */
    public List<WalSegment> segments(Lsn start, Timeline startTimeline, Lsn end, WalSegmentSize size) {
        if (!contains(startTimeline, start)) {
            throw new IllegalArgumentException(
                    start + " on timeline " + startTimeline + " is not in the history of timeline " + timeline);
        }
        if (!start.isBefore(end)) {
            throw new IllegalArgumentException("no WAL from " + start + " to " + end);
        }
        List<WalSegment> segments = new ArrayList<>();
        long last = WalSegment.endingAt(timeline, end, size).number();
        for (long number = WalSegment.containing(timeline, start, size).number(); number <= last; number++) {
            WalSegment segment = new WalSegment(timeline, number, size);
            segments.add(segment.on(timelineOf(segment)));
        }
        return segments;
    }

    /** WAL from {@code start} to {@code end}, exclusive, cut at the switch points. */
    public List<WalRange> ranges(Lsn start, Lsn end) {
        List<WalRange> ranges = new ArrayList<>();
        Lsn from = start;
        for (Entry entry : ancestors) {
            if (from.isBefore(entry.switchPoint) && entry.switchPoint.isBefore(end)) {
                ranges.add(new WalRange(entry.timeline, from, entry.switchPoint));
                from = entry.switchPoint;
            }
        }
        ranges.add(new WalRange(timelineOf(from), from, end));
        return ranges;
    }
}
