package org.pgagent.backup;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.WalRange;
import org.pgagent.postgres.session.ServerConnection;
import org.pgagent.postgres.session.ServerFacts;
import org.pgagent.postgres.session.WalSummary;
import org.pgagent.repository.BackupRecord;

/**
 * The WAL summaries of a server between a parent and a backup that has started, if they tell everything (the conditions are
 * those of basebackup_incremental.c).
 */
final class WalSummaries {
    private static final int SINCE_MAJOR = 17;
    private static final Duration POLL = Duration.ofMillis(50);

    /** As long as the server waits for its own incremental backups. */
    private static final Duration STANDSTILL_MAX = Duration.ofSeconds(60);

    private final ServerConnection connection;
    private final WaitingTime time;

    WalSummaries(ServerConnection connection, WaitingTime time) {
        this.connection = connection;
        this.time = time;
    }

    /**
     * Whether a way to tell what has changed is safe.
     *
     * @param obstacle why it is not; empty if it is
     * @param changes what the summaries list, if they are that way
     */
    record Found(String obstacle, Optional<SummarizedChanges> changes) {
        static Found onlyIf(Optional<String> obstacle) {
            return new Found(obstacle.orElse(""), Optional.empty());
        }

        private static Found not(String obstacle) {
            return new Found(obstacle, Optional.empty());
        }
    }

    /**
     * Collects what has changed.
     *
     * @param history of the timeline of the backup at hand
     */
    Found find(BackupRecord parent, ParentChoice.Started backup, TimelineHistory history) throws PgAgentException {
        try {
            return ask(parent, backup, history);
        } catch (PgAgentException e) {
            if (e.kind() != ErrorKind.SQL_FAILED) {
                throw e;
            }
            // The server removes old summaries whenever it likes; a lost connection shows itself again at once.
            return Found.not("a WAL summary could not be read: " + e.getMessage());
        }
    }

    private Found ask(BackupRecord parent, ParentChoice.Started backup, TimelineHistory history)
            throws PgAgentException {
        ServerFacts server = backup.server();
        Lsn start = backup.start();
        if (server.major() < SINCE_MAJOR) {
            return Found.not("PostgreSQL " + server.major() + " has no WAL summaries");
        }
        if (!server.settings().summarizesWal()) {
            return Found.not("summarize_wal is off");
        }
        if (parent.source().dataChecksums() != backup.source().dataChecksums()) {
            return Found.not("data checksums were switched since the parent");
        }
        if (parent.totals().badPages() > 0) {
            return Found.not("the parent has bad pages, which may have been mended since");
        }
        if (!start.isAfter(parent.stop().lsn())) {
            return Found.not(PageLsnCondition.notAfter(start, parent, backup.source()));
        }
        if (!reaches(start)) {
            return Found.not("the server did not summarize its WAL up to " + start + " within "
                    + STANDSTILL_MAX.toSeconds() + " s without progress");
        }
        List<WalSummary> available = connection.walSummaries();
        int segmentPages = backup.layout().relationSegmentPages();
        SummarizedChanges changes =
                new SummarizedChanges(segmentPages, backup.layout().pageSize());
        for (WalRange range : history.ranges(parent.start().lsn(), start)) {
            Optional<Lsn> gap = read(range, available, segmentPages, changes);
            if (!changes.takesMore()) {
                return Found.not("more pages or relations have changed than can be held in memory");
            }
            if (gap.isPresent()) {
                return Found.not("there is no WAL summary of " + gap.get() + " on timeline " + range.timeline());
            }
        }
        return new Found("", Optional.of(changes));
    }

    /** Waits for the summarizer, which a checkpoint wakes. */
    private boolean reaches(Lsn start) throws PgAgentException {
        ServerConnection.Summarized before = connection.walSummarized();
        long progressed = time.nanos();
        while (before.onDisk().isBefore(start)) {
            time.pause(POLL);
            ServerConnection.Summarized now = connection.walSummarized();
            if (!now.equals(before)) {
                before = now;
                progressed = time.nanos();
            } else if (time.nanos() - progressed > STANDSTILL_MAX.toNanos()) {
                return false;
            }
        }
        return true;
    }

    /** Reads the summaries of a range in their order, as long as there is room; tells where they leave a gap. */
    private Optional<Lsn> read(WalRange range, List<WalSummary> available, int segmentPages, SummarizedChanges changes)
            throws PgAgentException {
        Lsn known = range.start();
        for (WalSummary summary : available) {
            WalRange wal = summary.wal();
            if (!wal.timeline().equals(range.timeline())
                    || !wal.end().isAfter(known)
                    || !wal.start().isBefore(range.end())) {
                continue;
            }
            if (wal.start().isAfter(known)) {
                return Optional.of(known);
            }
            connection.readWalSummary(summary, segmentPages, changes);
            if (!changes.takesMore()) {
                return Optional.empty();
            }
            known = wal.end();
        }
        return known.isBefore(range.end()) ? Optional.of(known) : Optional.empty();
    }
}
