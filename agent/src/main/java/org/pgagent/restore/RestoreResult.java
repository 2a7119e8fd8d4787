package org.pgagent.restore;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * A finished restore.
 *
 * @param gets ranged GETs that the files took
 * @param took from the first directory to the last file made durable
 * @param notes what somebody should look at before the server is started
 */
public record RestoreResult(RestorePlan plan, long gets, Duration took, List<String> notes) {
    public RestoreResult {
        notes = List.copyOf(notes);
    }

    /** The first time that a recovery of this backup can reach. */
    public Instant reachableFrom() {
        return plan.backup().stop().time();
    }

    /** No commit that the archive has is later than this. */
    public Instant reachableUntil() {
        return plan.wal().storedAt();
    }

    /** What to type next. */
    public List<String> startCommand() {
        return List.of("pg_ctl", "start", "-D", plan.dataDirectory().toString());
    }
}
