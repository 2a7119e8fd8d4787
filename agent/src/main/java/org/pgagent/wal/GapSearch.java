package org.pgagent.wal;

import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.pgagent.postgres.SegmentRange;
import org.pgagent.postgres.SegmentRanges;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.WalSegment;
import org.pgagent.repository.WalArchive;
import org.pgagent.repository.WalGap;
import org.pgagent.repository.WalGaps;

/** Looks for WAL that is gone for good, and notes it. For one thread. */
final class GapSearch {
    private final WalArchive archive;
    private final WalGaps gaps;
    private final Clock clock;
    private final String host;

    GapSearch(WalArchive archive, WalGaps gaps, Clock clock, String host) {
        this.archive = archive;
        this.gaps = gaps;
        this.clock = clock;
        this.host = host;
    }

    /**
     * What a search has found.
     *
     * @param noted gaps that were not known before
     * @param settled how many segments from the first on are archived or known to be gone; what follows is yet to come
     */
    record Outcome(List<SegmentRange> noted, long settled) {}

    /**
     * Looks for segments of a history.
     *
     * @param first the first one
     * @param count how many; all of them must have been full before {@code pgWal} was looked at
     * @param pgWal looked at before, for what the server removes then is in the archive
     */
    Outcome search(WalSegment first, long count, TimelineHistory history, PgWal pgWal) throws IOException {
        WalArchive.Lookup lookup = archive.lookup();
        SegmentRanges gone = new SegmentRanges();
        long settled = count;
        for (long i = 0; i < count; i++) {
            WalSegment number = new WalSegment(first.timeline(), first.number() + i, first.size());
            WalSegment segment = number.on(history.timelineOf(number));
            if (!lookup.has(segment.fileName())) {
                if (pgWal.has(segment.fileName())) {
                    settled = Math.min(settled, i);
                } else {
                    gone.add(segment);
                }
            }
        }
        return new Outcome(note(gone.all(), first), settled);
    }

    private List<SegmentRange> note(List<SegmentRange> gone, WalSegment any) throws IOException {
        if (gone.isEmpty()) {
            return List.of();
        }
        List<SegmentRange> noted = new ArrayList<>();
        List<SegmentRange> known = gaps.recorded(any.size());
        for (SegmentRange gap : gone) {
            if (known.stream().noneMatch(other -> other.contains(gap))) {
                gaps.record(gap, WalGap.of(gap, clock.instant(), host));
                noted.add(gap);
            }
        }
        return noted;
    }
}
