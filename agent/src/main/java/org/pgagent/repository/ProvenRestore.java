package org.pgagent.repository;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.pgagent.postgres.Lsn;

/**
 * That a backup was restored on trial, that a server recovered from it, and that nothing was found wrong there.
 *
 * @param at when that began
 * @param host where
 * @param target how far the recovery was to go, in words
 * @param replayedTo the end of the last WAL record that was replayed
 * @param lastCommitAt when the last transaction that was replayed had committed; null if there was none
 * @param bytes of the files that were restored
 * @param walBytes of the WAL that was replayed
 * @param restoreMillis from the first file to the last one made durable
 * @param recoveryMillis from the start of the server until it could be used
 * @param checksMillis what was looked at then
 * @param checks what that was, in words
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ProvenRestore(
        Instant at,
        String host,
        String pgagentVersion,
        String target,
        Lsn replayedTo,
        Instant lastCommitAt,
        long bytes,
        long walBytes,
        long restoreMillis,
        long recoveryMillis,
        long checksMillis,
        List<String> checks) {
    public ProvenRestore {
        if (bytes < 0 || walBytes < 0 || restoreMillis < 0 || recoveryMillis < 0 || checksMillis < 0) {
            throw new IllegalArgumentException("less than nothing: " + bytes + " and " + walBytes + " bytes in "
                    + restoreMillis + ", " + recoveryMillis + " and " + checksMillis + " ms");
        }
        checks = checks == null ? List.of() : List.copyOf(checks);
    }

    /** From the decision to restore until the server could be used: what people call the RTO, as it was on that host. */
    public Duration recoveryTime() {
        return Duration.ofMillis(restoreMillis + recoveryMillis);
    }
}
