package org.pgagent.catalog;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.SegmentRange;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.WalRange;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.repository.BackupRecord;

/**
 * Which segments backups need: of each timeline all from one on, and before it those without which single backups cannot
 * become consistent. Immutable.
 */
final class WalNeeds {
    private final WalSegmentSize size;
    private final Map<Timeline, Long> from = new HashMap<>();
    private final Map<Timeline, List<SegmentRange>> own = new HashMap<>();

    /**
     * What the WAL is needed for.
     *
     * @param points backups that have to be recoverable to every point after them, on every timeline that comes from them; also
     *     running ones, of which only the start is known
     * @param alone backups that have to be recoverable to where they are consistent
     * @param untouched timelines of which everything stays
     */
    record For(List<BackupRecord> points, List<BackupRecord> alone, Set<Timeline> untouched) {}

    WalNeeds(For what, Collection<TimelineHistory> histories, WalSegmentSize size) {
        this.size = size;
        for (BackupRecord backup : what.points()) {
            need(backup.start().timeline(), number(backup.start().lsn()));
            for (TimelineHistory history : histories) {
                beginAfter(backup, history).ifPresent(number -> need(history.timeline(), number));
            }
        }
        what.untouched().forEach(timeline -> need(timeline, 0));
        for (BackupRecord backup : what.alone()) {
            for (WalRange range : backup.stop().wal()) {
                own.computeIfAbsent(range.timeline(), any -> new ArrayList<>())
                        .add(new SegmentRange(
                                WalSegment.containing(range.timeline(), range.start(), size),
                                WalSegment.endingAt(range.timeline(), range.end(), size)));
            }
        }
    }

    private long number(Lsn lsn) {
        return WalSegment.containing(Timeline.FIRST, lsn, size).number();
    }

    private void need(Timeline timeline, long number) {
        from.merge(timeline, number, Math::min);
    }

    /** The segment in which a timeline begins that comes from a backup; empty if it does not. */
    private OptionalLong beginAfter(BackupRecord backup, TimelineHistory history) {
        List<TimelineHistory.Entry> ancestors = history.ancestors();
        return !ancestors.isEmpty() && !history.timeline().equals(backup.start().timeline()) && leadsTo(backup, history)
                ? OptionalLong.of(number(ancestors.get(ancestors.size() - 1).switchPoint()))
                : OptionalLong.empty();
    }

    /** Whether a recovery of a backup, also of one that is being taken, can come to a timeline. */
    static boolean leadsTo(BackupRecord backup, TimelineHistory history) {
        return history.timeline().equals(backup.start().timeline())
                || (backup.stop() == null
                        ? history.contains(
                                backup.start().timeline(), backup.start().lsn())
                        : backup.liesOn(history));
    }

    /** From where on all segments of a timeline are needed; empty if that is from nowhere on. */
    Optional<WalSegment> allFrom(Timeline timeline) {
        return Optional.ofNullable(from.get(timeline)).map(number -> new WalSegment(timeline, number, size));
    }

    /** Whether a segment is needed. */
    boolean has(WalSegment segment) {
        Long all = from.get(segment.timeline());
        return (all != null && all <= segment.number())
                || own.getOrDefault(segment.timeline(), List.of()).stream()
                        .anyMatch(range -> range.contains(SegmentRange.of(segment)));
    }
}
