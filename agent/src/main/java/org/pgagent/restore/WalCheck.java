package org.pgagent.restore;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.ExpiredWalNote;
import org.pgagent.repository.WalArchive;
import org.pgagent.storage.ObjectInfo;
import org.pgagent.storage.ObjectStore;

/** Looks for the WAL that a recovery will ask for. */
final class WalCheck {
    /** Stores refuse requests from hosts whose clocks differ by more, so commit times cannot be later than this. */
    private static final Duration CLOCK_SKEW_MAX = Duration.ofMinutes(15);

    static final String HOW_TO_GO_ON =
            "Let the server that goes on with the younger timeline end its first segment (SELECT pg_switch_wal()), wait until"
                    + " that is stored, and try again; or follow the timeline that was left (--target-timeline).";

    private final ObjectStore store;
    private final ClusterKeys keys;
    private final WalArchive archive;

    WalCheck(ObjectStore store, ClusterKeys keys, WalArchive archive) {
        this.store = store;
        this.keys = keys;
        this.archive = archive;
    }

    /**
     * What is there for a recovery along this history.
     *
     * @throws PgAgentException of kind CORRUPTED if a segment is missing without which the backup is useless
     */
    WalCoverage coverage(BackupRecord backup, TimelineHistory history) throws IOException {
        WalSegmentSize size = new WalSegmentSize(backup.source().walSegmentSize());
        List<WalSegment> needed = history.segments(
                backup.start().lsn(), backup.start().timeline(), backup.stop().lsn(), size);
        Optional<WalSegment> missing = archive.firstMissing(needed);
        if (missing.isPresent()) {
            throw new PgAgentException(
                    ErrorKind.CORRUPTED,
                    "the archive lacks the WAL segment " + missing.get() + ", without which backup " + backup.id()
                            + " cannot become consistent",
                    "If the server still has it in pg_wal, push it ('pgagent wal-push'); otherwise choose another backup"
                            + " ('pgagent show' lists them, --backup chooses).");
        }
        WalSegment last = needed.get(needed.size() - 1);
        WalSegment end = lastReachable(last, history);
        Instant backupEnded = backup.stop().time();
        Instant storedAt = storedAt(end).orElse(backupEnded);
        Instant beforeEnd = end.number() == last.number()
                ? backupEnded
                : storedAt(before(end, last, history)).orElse(backupEnded);
        Instant lastBegunBy = beforeEnd.isBefore(storedAt) ? beforeEnd : storedAt;
        Optional<WalSegment> afterGap =
                archive.newest(history.timeline(), size).filter(newest -> newest.number() > end.number());
        boolean givenUp = afterGap.isPresent()
                && new ExpiredWalNote(store, keys).read().has(end.next().on(history.timelineOf(end.next())));
        return new WalCoverage(
                needed.get(0), last, end.end(), afterGap, givenUp, storedAt, lastBegunBy, leftAt(end, history));
    }

    private Optional<Instant> storedAt(WalSegment segment) throws IOException {
        return store.head(keys.walFile(segment.fileName())).map(ObjectInfo::lastModified);
    }

    /**
     * Where the server would go astray behind the last segment: of the timelines of the history it asks for the youngest that
     * had begun by the segment's end, then for older ones, and reads what it gets to its end (XLogFileReadAnyTLI).
     */
    private Optional<Lsn> leftAt(WalSegment end, TimelineHistory history) throws IOException {
        WalSegment next = end.next();
        List<Timeline> timelines = history.timelines();
        int youngest = timelines.indexOf(history.timelineOf(next));
        for (int i = youngest - 1; i >= timelines.indexOf(history.timelineOf(end)); i--) {
            if (archive.firstMissing(List.of(next.on(timelines.get(i)))).isEmpty()) {
                return history.switchPoint(timelines.get(i));
            }
        }
        return Optional.empty();
    }

    private WalSegment lastReachable(WalSegment last, TimelineHistory history) throws IOException {
        Optional<WalSegment> missing = archive.firstMissing(() -> onAncestors(last, history));
        if (missing.isPresent()) {
            return before(missing.get(), last, history);
        }
        WalSegment begin = last;
        while (!history.timelineOf(begin).equals(history.timeline())) {
            begin = begin.next();
        }
        Optional<WalSegment> reached = archive.lastContiguous(begin.on(history.timeline()));
        return reached.isPresent() ? reached.get() : before(begin, last, history);
    }

    private static WalSegment before(WalSegment segment, WalSegment last, TimelineHistory history) {
        WalSegment previous = new WalSegment(segment.timeline(), segment.number() - 1, segment.size());
        return previous.number() <= last.number() ? last : previous.on(history.timelineOf(previous));
    }

    /** The segments after {@code last} that lie on timelines which the target timeline comes from. */
    private static Iterator<WalSegment> onAncestors(WalSegment last, TimelineHistory history) {
        UnaryOperator<WalSegment> following = segment -> segment.next().on(history.timelineOf(segment.next()));
        return Stream.iterate(
                        following.apply(last), segment -> !segment.timeline().equals(history.timeline()), following)
                .iterator();
    }

    /**
     * What should be known about where the archive ends.
     *
     * @throws PgAgentException of kind RECOVERY_TARGET if the archive ends before the target: the server would replay
     *     everything, and stop with an error
     */
    static List<String> warnings(RecoveryTarget target, WalCoverage wal) throws PgAgentException {
        List<String> warnings = new ArrayList<>();
        String end = (wal.givenUp() ? "WAL after the backup was expired from " : "the archive ends at ")
                + wal.end()
                + (wal.givenUp() ? " on, stored " : ", stored ")
                + wal.storedAt();
        wal.leftAt().ifPresent(left -> warnings.add(leftBranch(left)));
        if (target instanceof RecoveryTarget.AtLsn at && !at.lsn().isBefore(wal.end())) {
            throw beyond(target, end);
        }
        if (wal.leftAt().isPresent() && mayLieBehind(target, wal)) {
            throw new PgAgentException(
                    ErrorKind.RECOVERY_TARGET,
                    "the recovery target, " + target.describe()
                            + ", may lie where the server would replay another branch: "
                            + leftBranch(wal.leftAt().get()),
                    HOW_TO_GO_ON);
        }
        if (target instanceof RecoveryTarget.AtName at
                && at.known().filter(point -> wal.end().isBefore(point.lsn())).isPresent()) {
            throw beyond(target, end);
        }
        if (target instanceof RecoveryTarget.AtTime at) {
            boolean neverReached = wal.afterGap().isPresent() && at.time().isAfter(wal.storedAt());
            if (neverReached || at.time().isAfter(wal.storedAt().plus(CLOCK_SKEW_MAX))) {
                throw beyond(target, end);
            }
            if (at.time().isAfter(wal.lastBegunBy())) {
                warnings.add(end + "; there may be no commit after the recovery target, " + target.describe()
                        + ": then PostgreSQL ends with 'recovery ended before configured recovery target was reached'");
            }
        }
        if (target instanceof RecoveryTarget.AtXid) {
            warnings.add("whether the WAL has the end of the recovery target, " + target.describe()
                    + ", shows in replaying it: if not, PostgreSQL ends with 'recovery ended before configured recovery target"
                    + " was reached'");
        }
        wal.afterGap().ifPresent(newest -> warnings.add(gap(wal, newest)));
        return warnings;
    }

    /** Whether the server may pass the last segment before it finds the target. */
    private static boolean mayLieBehind(RecoveryTarget target, WalCoverage wal) {
        if (target instanceof RecoveryTarget.AtTime at) {
            return at.time().isAfter(wal.lastBegunBy());
        }
        return target instanceof RecoveryTarget.AtXid
                || (target instanceof RecoveryTarget.AtName at && at.known().isEmpty());
    }

    /** That the archive has another branch's WAL in the place of what is missing. */
    static String leftBranch(Lsn leftAt) {
        return "the first segment of the timeline that begins at " + leftAt
                + " is not in the archive, and that of the timeline that was left there is; what can be reached ends at "
                + leftAt;
    }

    private static String gap(WalCoverage wal, WalSegment newest) {
        return wal.givenUp()
                ? "the backup is kept for the point at which it was taken: WAL after " + wal.end() + " was expired"
                : "there is a gap in the archive: segment "
                        + WalSegment.containing(newest.timeline(), wal.end(), newest.size())
                        + " is missing, so nothing after " + wal.end() + " can be recovered, up to " + newest;
    }

    private static PgAgentException beyond(RecoveryTarget target, String end) {
        return new PgAgentException(
                ErrorKind.RECOVERY_TARGET,
                "the recovery target, " + target.describe() + ", lies after what can be reached: " + end,
                "Leave the target out to recover all there is, choose an earlier one, or archive the WAL that is still in the"
                        + " source's pg_wal first.");
    }
}
