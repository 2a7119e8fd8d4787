package org.pgagent.backup;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.session.ArchiverStatus;
import org.pgagent.repository.WalArchive;
import org.pgagent.repository.WalObjectHeader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits until the server's own WAL segments are in the repository. What the server believes to be archived proves nothing,
 * so the repository is asked; and an object of the right name proves nothing either, because a clone with the same system
 * identifier may have been quicker, so the server must also have been told that its own was stored.
 */
final class WalArrival {
    private static final Logger LOG = LoggerFactory.getLogger(WalArrival.class);
    private static final Duration PAUSE_MIN = Duration.ofMillis(50);
    private static final Duration PAUSE_MAX = Duration.ofSeconds(2);
    private static final Duration TELL_AFTER = Duration.ofSeconds(30);
    private static final String CONFLICT_HINT =
            "Another server, perhaps a copy or a former standby of this one, archives under the same name: stop it, or"
                    + " give this cluster another name with --cluster. The server's log has what archive_command says.";

    private static final String LOOK_INTO_LOG =
            "Look into the server's log for what archive_command says, mend it, and take the backup again.";
    private static final String SAME_PLACE_HINT =
            "See whether archive_command uses the same bucket, prefix and cluster as this command, and give"
                    + " --archive-timeout more time if the archiver is far behind.";

    private static final String PRIMARY_HINT =
            "Only the primary can finish and archive it: set archive_timeout there, or run SELECT pg_switch_wal() there when"
                    + " the copy is done, or let the backup do that with -h and -p of the primary and --standby-host. See"
                    + " that the primary archives into the same bucket, prefix and cluster.";

    private final WalArchive archive;
    private final OwnWal source;
    private final Archiver archiver;
    private final WaitingTime time;

    /** Says what the server that archives counts of that; empty if it cannot be asked. */
    interface Archiver {
        Optional<ArchiverStatus> status() throws IOException;
    }

    WalArrival(WalArchive archive, OwnWal source, Archiver archiver, WaitingTime time) {
        this.archive = archive;
        this.source = source;
        this.archiver = archiver;
        this.time = time;
    }

    /**
     * Waits, and compares the first and the last segment with what the server has.
     *
     * @param segments in ascending order, all finished by the server
     * @return how long it took
     * @throws PgAgentException of kind ARCHIVING_FAILED, naming the first segment that is missing, when none has arrived
     *     for {@code limit}, or the one that is another server's
     */
    Duration await(List<WalSegment> segments, Duration limit) throws IOException {
        long begin = time.nanos();
        long newest = begin;
        Duration pause = PAUSE_MIN;
        Duration tellNext = TELL_AFTER;
        int arrived = arrived(segments, 0);
        while (arrived < segments.size()) {
            WalSegment missing = segments.get(arrived);
            if (since(newest).compareTo(limit) >= 0) {
                throw notArrived(missing, limit);
            }
            if (since(begin).compareTo(tellNext) >= 0) {
                LOG.warn(
                        "waits for WAL segment={} seconds={}",
                        missing,
                        since(begin).toSeconds());
                tellNext = tellNext.plus(TELL_AFTER);
            }
            time.pause(pause);
            pause = pause.multipliedBy(2).compareTo(PAUSE_MAX) < 0 ? pause.multipliedBy(2) : PAUSE_MAX;
            int now = arrived(segments, arrived);
            if (now > arrived) {
                arrived = now;
                newest = time.nanos();
            }
        }
        requireOwnEnds(segments);
        return since(begin);
    }

    private Duration since(long nanos) {
        return Duration.ofNanos(time.nanos() - nanos);
    }

    /** How many of the segments have arrived without a gap, of which {@code known} are known already. */
    private int arrived(List<WalSegment> segments, int known) throws IOException {
        int acknowledged = known;
        while (acknowledged < segments.size() && !source.awaitsArchiving(segments.get(acknowledged))) {
            acknowledged++;
        }
        Optional<WalSegment> missing = archive.firstMissing(segments.subList(known, acknowledged));
        return missing.map(segments::indexOf).orElse(acknowledged);
    }

    /**
     * An archive_command that hides a refusal makes the server believe what is not so. One small request for each of
     * thousands of segments would be dear; a writer that got in between shows at one end or, by its sizes, in the listing.
     */
    private void requireOwnEnds(List<WalSegment> segments) throws IOException {
        if (segments.isEmpty()) {
            return;
        }
        requireOwn(segments.get(0));
        if (segments.size() > 1) {
            requireOwn(segments.get(segments.size() - 1));
        }
    }

    private void requireOwn(WalSegment segment) throws IOException {
        Content content = compare(segment);
        if (content == Content.OTHER) {
            throw new PgAgentException(
                    ErrorKind.ARCHIVING_FAILED,
                    "archive_command succeeded with WAL segment " + segment
                            + ", but the repository has another content under that name",
                    CONFLICT_HINT + " See that archive_command hides no failure.");
        }
    }

    /** What the object of a segment's name has. */
    private enum Content {
        NONE,
        /** Or, if the server no longer has the segment, what it could have. */
        OWN,
        OTHER
    }

    private Content compare(WalSegment segment) throws IOException {
        Optional<WalObjectHeader> found;
        try {
            found = archive.header(segment);
        } catch (PgAgentException e) {
            if (e.kind() == ErrorKind.CORRUPTED) { // an object that pgagent did not write
                return Content.OTHER;
            }
            throw e;
        }
        if (found.isEmpty()) {
            return Content.NONE;
        }
        return source.canBe(segment, found.get()) ? Content.OWN : Content.OTHER;
    }

    private PgAgentException notArrived(WalSegment missing, Duration limit) throws IOException {
        String fact =
                "WAL segment " + missing + " did not arrive in the repository within " + limit.toSeconds() + " seconds";
        Optional<ArchiverStatus> status = archiver.status();
        String failure = status.map(WalArrival::lastFailure).orElse("");
        return switch (compare(missing)) {
            case OTHER ->
                new PgAgentException(
                        ErrorKind.ARCHIVING_FAILED,
                        fact + ": the repository has another content under that name" + failure,
                        CONFLICT_HINT);
            case OWN ->
                new PgAgentException(
                        ErrorKind.ARCHIVING_FAILED,
                        fact + " as the server sees it: it is there, but archive_command has not succeeded" + failure,
                        LOOK_INTO_LOG);
            case NONE ->
                new PgAgentException(
                        ErrorKind.ARCHIVING_FAILED,
                        fact + failure,
                        status.map(known -> known.isFailing() ? LOOK_INTO_LOG : SAME_PLACE_HINT)
                                .orElse(PRIMARY_HINT));
        };
    }

    private static String lastFailure(ArchiverStatus status) {
        return status.lastFailed()
                .filter(failed -> status.isFailing())
                .map(failed -> "; the server failed to archive " + failed.fileName() + ", last at " + failed.time())
                .orElse("; the server has not reported a failure");
    }
}
