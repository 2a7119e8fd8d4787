package org.pgagent.command.report;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.Timeline;

/**
 * What is drawn of one timeline.
 *
 * @param origin where it comes from; empty if that is not known, as of the first one
 * @param recoverable of which times every point can be recovered
 * @param holes of which none can, between those or after them
 */
record TimelineLane(Timeline timeline, Optional<Origin> origin, List<Span> recoverable, List<Hole> holes) {
    TimelineLane {
        recoverable = List.copyOf(recoverable);
        holes = List.copyOf(holes);
    }

    /**
     * Where a timeline left another one.
     *
     * @param at about when that was
     */
    record Origin(Timeline parent, Lsn switchPoint, Instant at) {}

    /**
     * Times that cannot be recovered, and why.
     *
     * @param reason in words
     */
    record Hole(Span span, Why why, String reason) {
        /** So many holes together, of which this is the first. */
        Hole over(Span all, int count) {
            return new Hole(all, why, count == 1 ? reason : reason + ", and " + (count - 1) + " more");
        }

        String words() {
            return "Between " + Wording.time(span.from()) + " and " + Wording.time(span.to())
                    + " UTC not every point can be recovered: " + reason;
        }
    }

    /** Why some times cannot be recovered. */
    enum Why {
        /** WAL is missing. */
        LOST,
        /** Retention has given it up. */
        EXPIRED
    }
}
