package org.pgagent.backup;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.pgagent.error.Cancellation;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.session.ArchiverStatus;
import org.pgagent.postgres.session.ServerConnection;
import org.pgagent.repository.WalArchive;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits until WAL segments are in the repository, by looking there: what the server believes to be archived proves nothing.
 */
final class WalArrival {
    private static final Logger LOG = LoggerFactory.getLogger(WalArrival.class);
    private static final Duration PAUSE_MIN = Duration.ofMillis(50);
    private static final Duration PAUSE_MAX = Duration.ofSeconds(2);
    private static final Duration TELL_AFTER = Duration.ofSeconds(30);

    private final WalArchive archive;
    private final ServerConnection connection;
    private final Cancellation cancellation;

    WalArrival(WalArchive archive, ServerConnection connection, Cancellation cancellation) {
        this.archive = archive;
        this.connection = connection;
        this.cancellation = cancellation;
    }

    /**
     * Waits.
     *
     * @return how long it took
     * @throws PgAgentException of kind ARCHIVING_FAILED, naming the first segment that is missing, after {@code limit}
     */
    Duration await(List<WalSegment> segments, Duration limit) throws IOException {
        long begin = System.nanoTime();
        Duration pause = PAUSE_MIN;
        Duration tellNext = TELL_AFTER;
        while (true) {
            Optional<WalSegment> missing = archive.firstMissing(segments);
            Duration waited = Duration.ofNanos(System.nanoTime() - begin);
            if (missing.isEmpty()) {
                return waited;
            }
            if (waited.compareTo(limit) >= 0) {
                throw notArrived(missing.get(), limit);
            }
            if (waited.compareTo(tellNext) >= 0) {
                LOG.warn("waits for WAL segment={} seconds={}", missing.get(), waited.toSeconds());
                tellNext = tellNext.plus(TELL_AFTER);
            }
            sleep(pause);
            pause = pause.multipliedBy(2).compareTo(PAUSE_MAX) < 0 ? pause.multipliedBy(2) : PAUSE_MAX;
        }
    }

    private void sleep(Duration pause) throws PgAgentException {
        cancellation.check();
        try {
            Thread.sleep(pause.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PgAgentException(
                    ErrorKind.INTERRUPTED, "interrupted while waiting for WAL", "Take the backup again.", e);
        }
    }

    private PgAgentException notArrived(WalSegment missing, Duration limit) throws IOException {
        ArchiverStatus archiver = connection.archiverStatus();
        String failure = archiver.lastFailed()
                .filter(failed -> archiver.isFailing())
                .map(failed -> "; the server failed to archive " + failed.fileName() + ", last at " + failed.time())
                .orElse("; the server has not reported a failure");
        return new PgAgentException(
                ErrorKind.ARCHIVING_FAILED,
                "WAL segment " + missing + " did not arrive in the repository within " + limit.toSeconds() + " seconds"
                        + failure,
                "Look into the server's log for what archive_command says, mend it, and take the backup again.");
    }
}
