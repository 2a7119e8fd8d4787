package org.pgagent.repository;

import java.io.IOException;
import java.util.Optional;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.WalSegmentSize;

/**
 * Whether a node's WAL goes on where the archive of another node ends, as after a failover in which nothing was lost.
 *
 * <p>It does if the node's timeline left the other's, directly or by others in between, and not before the end of the last
 * segment that is archived on the other's. A server that is promoted writes on in the segment after that one: the one in
 * which its timeline begins is complete only under the new timeline's name (XLogFileReadAnyTLI). If the archive has that
 * segment, or a later one, under the old name, the old server went on after the new one had left, and that WAL would be
 * lost. An archive file that a recovery without streaming has read to its end, and then left in its middle because the
 * last record was cut, looks the same; in that doubt the answer is no.
 */
public final class Succession {
    private final WalArchive archive;
    private final TimelineHistories own;
    private final WalSegmentSize segmentSize;

    /** @param own the node's history files, which are looked into before the archive's */
    public Succession(WalArchive archive, TimelineHistories own, WalSegmentSize segmentSize) {
        this.archive = archive;
        this.own = own;
        this.segmentSize = segmentSize;
    }

    /**
     * Why a node on {@code next} cannot follow one on {@code left} by itself, as a clause for messages; empty if it can.
     * One to four requests.
     */
    Optional<String> obstacle(Timeline left, Timeline next) throws IOException {
        if (next.equals(left)) {
            return Optional.of("this node is on timeline " + next
                    + " as well, and of two copies of one data directory nobody can tell which is meant to go on");
        }
        Optional<TimelineHistory> history = history(next);
        Optional<Lsn> switchPoint = history.flatMap(found -> found.switchPoint(left));
        if (switchPoint.isEmpty()) {
            return Optional.of("this node's timeline " + next + " is not known to descend from it");
        }
        Optional<Lsn> archived = archive.newest(left, segmentSize).map(WalSegment::end);
        if (archived.isPresent() && archived.get().isAfter(switchPoint.get())) {
            return Optional.of("the archive goes on to " + archived.get() + " on it, and this node's timeline " + next
                    + " left it before, at " + switchPoint.get());
        }
        return Optional.empty();
    }

    private Optional<TimelineHistory> history(Timeline timeline) throws IOException {
        Optional<TimelineHistory> found = own.find(timeline);
        return found.isPresent() ? found : archive.history(timeline);
    }
}
