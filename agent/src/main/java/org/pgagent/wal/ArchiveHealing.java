package org.pgagent.wal;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.ClusterState;
import org.pgagent.postgres.ControlFile;
import org.pgagent.postgres.ControlFileReader;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.SegmentRange;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.TimelineHistoryFile;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.ClusterDescription;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.ExpiredWal;
import org.pgagent.repository.ExpiredWalNote;
import org.pgagent.repository.WalArchive;
import org.pgagent.repository.WalGaps;
import org.pgagent.storage.ObjectStore;

/**
 * Compares the archive with a server's {@code pg_wal} and its history, stores again what the archive has lost and the server
 * still has, and notes as a gap what is gone for good. For one thread; remembers up to where the archive was found whole, so
 * that a round looks only at what is new, but once a day at all since the newest backup.
 *
 * <p>To be used only for the repository that this server's archive_command stores into, by whoever may write there. A round
 * does nothing on a server that is not a primary in production: what a standby has is the primary's to archive, in bytes that
 * may differ. Nor does it on one that has never archived a segment of its timeline, such as a restored copy whose archiving
 * is off.
 *
 * <p>It does not touch what the server has yet to archive (its {@code .ready} notes), what is older than the oldest backup
 * or was expired, and what lies off the server's history.
 */
public final class ArchiveHealing {
    /** How many segments a round looks for, at most; the next one goes on from there. 16 TiB of WAL. */
    private static final long SEGMENTS_A_ROUND_MAX = 1 << 20;

    /** What was found whole once may be deleted later, so once a day all since the newest backup is looked for again. */
    private static final Duration LOOK_AGAIN_AFTER = Duration.ofDays(1);

    private final Path dataDirectory;
    private final Means means;
    private final WalSegmentSize size;
    private final WalArchive archive;
    private final WalGaps gaps;
    private final BackupRecords backups;
    private final ExpiredWalNote expiredWal;

    /** The last segment up to which the archive is whole, but for the gaps that were noted; null if that is not known. */
    private WalSegment settled;

    /** When the rounds that made {@link #settled} began; null if there is none. */
    private Instant beganAt;

    /**
     * What healing works with.
     *
     * @param cluster what the repository says of the cluster
     * @param push also where to stop between two files, by an exception of kind INTERRUPTED
     * @param host how this host is called in the notes
     */
    public record Means(ClusterDescription cluster, ArchivePush push, Clock clock, String host) {}

    public ArchiveHealing(Path dataDirectory, ObjectStore store, ClusterKeys keys, Means means) {
        this.dataDirectory = dataDirectory;
        this.means = means;
        this.size = means.cluster().segmentSize();
        this.archive = new WalArchive(store, keys);
        this.gaps = new WalGaps(store, keys);
        this.backups = new BackupRecords(store, keys);
        this.expiredWal = new ExpiredWalNote(store, keys);
    }

    /**
     * One round: about seven requests, some of them listings of up to a thousand names, if nothing is wrong. It may be ended by
     * an exception at any point, and the next round then does what is left; what was noted until then is true.
     *
     * @throws PgAgentException of kind FOREIGN_CLUSTER if the data directory has become another cluster's, LOCAL_IO if it
     *     cannot be read, and the {@code STORE_} kinds
     */
    public HealResult heal() throws IOException {
        // The server removes WAL from before the checkpoint that is written here (xlog.c, CreateCheckPoint).
        // Hence the order: this, then pg_wal, then the archive. What lies before and is in neither is gone.
        ControlFile control = new ControlFileReader().read(dataDirectory).content();
        requireOwn(control);
        Timeline timeline = control.checkpoint().timeline();
        if (control.state() != ClusterState.IN_PRODUCTION) {
            return HealResult.NOT_LOOKED;
        }
        PgWal pgWal = PgWal.look(dataDirectory);
        if (!pgWal.hasArchived(timeline)) {
            return HealResult.NOT_LOOKED;
        }
        TimelineHistory history = history(timeline);
        Reupload reupload = new Reupload(pgWal, archive, means.push());
        boolean ours = reupload.histories(history);
        Optional<Kept> kept = kept(history);
        ExpiredWal expired = expiredWal.read();
        long oldest = kept.map(Kept::oldest).orElse(0L);
        reupload.files(history, size, segment -> segment.number() >= oldest && !expired.has(segment));
        if (!ours) { // another server's WAL is not to be judged
            return result(reupload, List.of(), Optional.empty(), kept);
        }
        if (kept.isEmpty()) { // without a backup no recovery needs anything
            return result(reupload, List.of(), Optional.of(List.of()), kept);
        }
        List<SegmentRange> found = findGaps(kept.get(), control.checkpoint().redo(), history, pgWal);
        return result(reupload, found, Optional.of(gaps.openSince(kept.get().newestStart(), history, size)), kept);
    }

    private static HealResult result(
            Reupload reupload, List<SegmentRange> found, Optional<List<SegmentRange>> open, Optional<Kept> kept) {
        return new HealResult(
                true, reupload.healed(), reupload.refused(), found, open, kept.map(Kept::newestFinishedAt));
    }

    private void requireOwn(ControlFile control) throws PgAgentException {
        if (!control.systemIdentifier().equals(means.cluster().systemIdentifier())) {
            throw new PgAgentException(
                    ErrorKind.FOREIGN_CLUSTER,
                    dataDirectory + " has the system identifier " + control.systemIdentifier() + ", not "
                            + means.cluster().systemIdentifier() + " as before",
                    "Give every cluster a name of its own with --cluster.");
        }
    }

    private TimelineHistory history(Timeline timeline) throws IOException {
        Optional<TimelineHistory> local = TimelineHistoryFile.find(dataDirectory, timeline);
        if (local.isPresent() || timeline.equals(Timeline.FIRST)) {
            return local.orElse(TimelineHistory.withoutAncestors(timeline));
        }
        return archive.history(timeline).orElse(TimelineHistory.withoutAncestors(timeline));
    }

    /**
     * What the backups on a history want kept.
     *
     * @param oldest the number of the segment in which the oldest one starts
     * @param newestStart where the newest one starts
     * @param newestFinishedAt when it was complete
     */
    private record Kept(long oldest, Lsn newestStart, Instant newestFinishedAt) {}

    private Optional<Kept> kept(TimelineHistory history) throws IOException {
        Predicate<BackupRecord> fits = backup -> backup.restorable() && backup.liesOn(history);
        List<BackupId> ids = backups.ids();
        Optional<BackupRecord> oldest = backups.first(ids, fits);
        if (oldest.isEmpty()) {
            return Optional.empty();
        }
        Collections.reverse(ids);
        BackupRecord newest = backups.first(ids, fits).orElse(oldest.get());
        return Optional.of(new Kept(
                number(oldest.get().start().lsn()),
                newest.start().lsn(),
                newest.stop().finishedAt()));
    }

    private long number(Lsn lsn) {
        return lsn.value() >>> Integer.numberOfTrailingZeros(size.bytes());
    }

    private List<SegmentRange> findGaps(Kept kept, Lsn redo, TimelineHistory history, PgWal pgWal) throws IOException {
        Instant now = means.clock().instant();
        if (settled != null && !stillKnown(history, now)) {
            settled = null;
        }
        if (settled == null) {
            beganAt = now;
        }
        long begin = settled == null ? number(kept.newestStart()) : settled.number() + 1;
        long first = Math.max(begin, kept.oldest());
        long count = Math.min(number(redo) - first, SEGMENTS_A_ROUND_MAX);
        if (count <= 0) {
            return List.of();
        }
        GapSearch.Outcome outcome = new GapSearch(archive, gaps, means.clock(), means.host())
                .search(new WalSegment(history.timeline(), first, size), count, history, pgWal);
        if (outcome.settled() > 0) {
            WalSegment last = new WalSegment(history.timeline(), first + outcome.settled() - 1, size);
            settled = last.on(history.timelineOf(last));
        }
        return outcome.noted();
    }

    /** No longer if the server was put back to an earlier point, or after a day. */
    private boolean stillKnown(TimelineHistory history, Instant now) {
        return history.timelineOf(settled).equals(settled.timeline()) && now.isBefore(beganAt.plus(LOOK_AGAIN_AFTER));
    }
}
