package org.pgagent.repository;

import java.time.Instant;
import org.pgagent.postgres.SegmentRange;
import org.pgagent.postgres.Timeline;

/**
 * What is noted of WAL segments that are neither in the repository nor on the server that wrote them: no recovery gets past
 * them. Written once, and never changed; if somebody finds the segments and stores them, the listing of the archive shows it.
 *
 * @param format version of the repository format, 1
 * @param first the file name of the first missing segment
 * @param last the file name of the last one
 * @param foundBy the host on which it was found out
 */
public record WalGap(int format, Timeline timeline, String first, String last, Instant foundAt, String foundBy) {
    public static final int FORMAT = 1;

    public static WalGap of(SegmentRange missing, Instant foundAt, String foundBy) {
        return new WalGap(
                FORMAT,
                missing.timeline(),
                missing.first().fileName(),
                missing.last().fileName(),
                foundAt,
                foundBy);
    }
}
