package org.pgagent.restore;

import java.time.Instant;
import java.util.Optional;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.WalSegment;

/**
 * The WAL that the archive has for a recovery.
 *
 * @param first the first segment that the backup needs to become consistent
 * @param last the last one of those
 * @param end where the archive ends on the way to the target timeline: the LSN after the last segment before which none is
 *     missing
 * @param afterGap the newest segment of the target timeline, if some before it are missing
 * @param givenUp whether what is missing before that one was expired
 * @param storedAt when that last segment was stored, by the store's clock: no commit in it is later
 * @param lastBegunBy when at the latest that segment was begun: when it or the one before was stored, or the backup
 *     ended; earlier if the archive lagged
 * @param leftAt where the way leaves a timeline within the next segment, if the archive has that of the timeline that was left and
 *     not that of the one that goes on: a server takes the one for the other, and replays what is behind this LSN as well
 */
public record WalCoverage(
        WalSegment first,
        WalSegment last,
        Lsn end,
        Optional<WalSegment> afterGap,
        boolean givenUp,
        Instant storedAt,
        Instant lastBegunBy,
        Optional<Lsn> leftAt) {}
