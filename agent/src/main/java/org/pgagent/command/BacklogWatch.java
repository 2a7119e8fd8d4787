package org.pgagent.command;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.pgagent.wal.ReadyFiles;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says in the log that archive files wait for long, again and again as long as they do, and that they no longer do. For one
 * thread.
 */
final class BacklogWatch {
    private static final Logger LOG = LoggerFactory.getLogger(BacklogWatch.class);

    /** A server tries a file that fails three times at once, and then again after a minute (pgarch.c). */
    private static final Duration LONG_WAIT = Duration.ofMinutes(1);

    /** Well below, for a store that is just too slow would make the alarm come and go. */
    private static final Duration SHORT_WAIT = Duration.ofSeconds(30);

    private static final Duration TELL_EVERY = Duration.ofMinutes(10);

    private final ReadyFiles ready;
    private final Clock clock;

    /** Null as long as nothing waits for long. */
    private Instant toldAt;

    BacklogWatch(ReadyFiles ready, Clock clock) {
        this.ready = ready;
        this.clock = clock;
    }

    /** To be called about once a minute. */
    void look() {
        ReadyFiles.Backlog backlog;
        try {
            backlog = ready.backlog();
        } catch (IOException e) {
            LOG.warn("what waits to be archived could not be looked at: {}", e.toString());
            return;
        }
        Instant now = clock.instant();
        Duration waited = backlog.waited(now);
        if (waited.compareTo(LONG_WAIT) > 0) {
            if (toldAt == null || !now.isBefore(toldAt.plus(TELL_EVERY))) {
                LOG.warn(
                        "archive files wait to be stored, and fill pg_wal: waiting_files={} oldest_seconds={}",
                        backlog.files(),
                        waited.toSeconds());
                toldAt = now;
            }
        } else if (toldAt != null && waited.compareTo(SHORT_WAIT) < 0) {
            LOG.info("archive files no longer wait for long: waiting_files={}", backlog.files());
            toldAt = null;
        }
    }
}
