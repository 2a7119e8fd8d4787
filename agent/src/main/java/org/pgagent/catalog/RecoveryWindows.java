package org.pgagent.catalog;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.pgagent.catalog.WalInventory.Run;
import org.pgagent.catalog.WalInventory.TimelineWal;
import org.pgagent.postgres.SegmentRange;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.ExpiredWal;

/** Finds out what can be recovered from the backups and the WAL that a repository has. */
public final class RecoveryWindows {
    private final WalInventory inventory;
    private final List<SegmentRange> gaps;
    private final ExpiredWal expired;

    /** Takes the WAL that there is, the gaps of which it or somebody else knows, and what was given up. */
    public RecoveryWindows(WalInventory inventory, List<SegmentRange> gaps, ExpiredWal expired) {
        this.inventory = inventory;
        this.gaps = List.copyOf(gaps);
        this.expired = expired;
    }

    /** A window, and the last segment that the recovery reads. */
    private record Reach(RecoveryWindow window, TimelineHistory history, WalSegment last) {
        /** Whether all that this one reaches is also on the way of another one, which goes further. */
        boolean isPartOf(Reach other) {
            return !history.timeline().equals(other.history.timeline())
                    && other.history.timelineOf(last).equals(last.timeline());
        }
    }

    /**
     * The windows of one backup: along its own timeline and along each later one that comes from it and can be reached. One
     * that only leads to where a later timeline began is left out. Empty if the backup cannot be restored, also for want of
     * the WAL without which it is not consistent.
     */
    public List<RecoveryWindow> of(BackupRecord backup) {
        if (!backup.restorable()) {
            return List.of();
        }
        List<Reach> reaches = new ArrayList<>();
        for (TimelineWal wal : inventory.timelines()) {
            reach(backup, wal.history()).ifPresent(reaches::add);
        }
        return reaches.stream()
                .filter(reach -> reaches.stream().noneMatch(reach::isPartOf))
                .map(Reach::window)
                .toList();
    }

    private Optional<Reach> reach(BackupRecord backup, TimelineHistory history) {
        if (!backup.liesOn(history)
                || !history.contains(backup.start().timeline(), backup.start().lsn())) {
            return Optional.empty();
        }
        WalSegmentSize size = new WalSegmentSize(backup.source().walSegmentSize());
        WalPath path = inventory.along(history);
        long first = WalSegment.containing(history.timeline(), backup.start().lsn(), size)
                .number();
        long consistent = WalSegment.endingAt(history.timeline(), backup.stop().lsn(), size)
                .number();
        Optional<Run> run = path.reachedFrom(first)
                .filter(reached -> reached.range().last().number() >= consistent)
                .filter(reached -> reached.range().timeline().equals(history.timeline()));
        return run.map(reached -> {
            WalSegment last = reached.range().last();
            RecoveryWindow window =
                    new RecoveryWindow(backup, history.timeline(), last.end(), reached.lastStoredAt(), after(last));
            return new Reach(window, history, last);
        });
    }

    /** Whether WAL is missing that a recovery would ask for next, on this timeline or on one that comes from it. */
    private RecoveryWindow.Then after(WalSegment last) {
        if (expired.has(last.next())) {
            return RecoveryWindow.Then.EXPIRED;
        }
        boolean missing = gaps.stream()
                .filter(gap -> gap.first().number() == last.number() + 1)
                .anyMatch(gap ->
                        inventory.history(gap.timeline()).timelineOf(last).equals(last.timeline()));
        return missing ? RecoveryWindow.Then.GAP : RecoveryWindow.Then.END;
    }
}
