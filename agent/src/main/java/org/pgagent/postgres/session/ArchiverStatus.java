package org.pgagent.postgres.session;

import java.time.Instant;
import java.util.Optional;

/** What the server counts of its archiving (view pg_stat_archiver). The counters may be reset at any time. */
public record ArchiverStatus(
        long archivedCount, Optional<Event> lastArchived, long failedCount, Optional<Event> lastFailed) {
    /**
     * The last success or failure.
     *
     * @param fileName of the archive file
     */
    public record Event(String fileName, Instant time) {}

    /** Whether the newest event is a failure. */
    public boolean isFailing() {
        return lastFailed
                .filter(failed -> lastArchived
                        .filter(archived -> !archived.time().isBefore(failed.time()))
                        .isEmpty())
                .isPresent();
    }
}
