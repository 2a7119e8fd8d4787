package org.pgagent.backup;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.pgagent.error.Cancellation;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.SystemIdentifier;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.postgres.session.ServerConnection;
import org.pgagent.postgres.session.ServerFacts;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.ExpiredWal;
import org.pgagent.repository.ExpiredWalNote;
import org.pgagent.repository.RestorePoint;
import org.pgagent.repository.RestorePoints;
import org.pgagent.repository.WalArchive;
import org.pgagent.storage.ObjectStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * pg_rman's backup mode "archive": no files, but the certainty that a named point can be reached. Makes a restore point, ends
 * the WAL segment it lies in, waits until the repository has all WAL from the newest backup on, and only then says in the
 * repository that the point is there. What was interrupted leaves a point in the WAL of which nothing is said.
 *
 * <p>The cluster must have been claimed in the repository before.
 */
public final class ArchiveBackup {
    private static final Logger LOG = LoggerFactory.getLogger(ArchiveBackup.class);

    private final BackupRecords records;
    private final RestorePoints points;
    private final WalArchive archive;
    private final ExpiredWalNote expired;
    private final Cancellation cancellation;

    public ArchiveBackup(ObjectStore store, ClusterKeys keys, Cancellation cancellation) {
        this.records = new BackupRecords(store, keys);
        this.points = new RestorePoints(store, keys);
        this.archive = new WalArchive(store, keys);
        this.expired = new ExpiredWalNote(store, keys);
        this.cancellation = cancellation;
    }

    /**
     * The server that the point is made on.
     *
     * @param dataDirectory the server's, on this host
     */
    public record Source(ServerConnection connection, ServerFacts server, Path dataDirectory) {
        WalSegmentSize segmentSize() {
            return server.control().walSegmentSize();
        }
    }

    /**
     * What will be done.
     *
     * @param backup the newest one from which the point can be reached
     */
    public record Plan(Source source, String name, BackupRecord backup, TimelineHistory history) {}

    /** A point that can be reached, and how long it took until it could. */
    public record Result(RestorePoint point, Duration waited) {}

    /**
     * Refuses a standby, which can neither make a restore point nor end a segment. To be asked before anything else, for other
     * backups may be taken there.
     */
    public static void requirePrimary(ServerFacts server) throws PgAgentException {
        if (server.inRecovery()) {
            throw new PgAgentException(
                    ErrorKind.INCOMPATIBLE,
                    "the server is a standby, on which no restore point can be made and no WAL segment be ended",
                    "Run it against the primary, on the primary's host.");
        }
    }

    /**
     * Looks what there is, and changes nothing.
     *
     * @throws PgAgentException of kind USAGE if the name is taken; NO_BACKUP if no backup leads to the point;
     *     ARCHIVING_FAILED if WAL on the way to it was given up
     */
    public Plan plan(Source source, String name) throws IOException {
        requirePrimary(source.server());
        Optional<RestorePoint> taken = points.named(name).stream().findFirst();
        if (taken.isPresent()) {
            throw new PgAgentException(
                    ErrorKind.USAGE,
                    "there is a restore point '" + name + "' already, of "
                            + taken.get().time() + "; a recovery stops at the first one of a name",
                    "Give another name with --label.");
        }
        TimelineHistory history = archive.history(source.server().timeline())
                .orElse(TimelineHistory.withoutAncestors(source.server().timeline()));
        Plan plan = new Plan(source, name, newestBackup(source, history), history);
        requireKept(plan);
        return plan;
    }

    private BackupRecord newestBackup(Source source, TimelineHistory history) throws IOException {
        List<BackupId> ids = new ArrayList<>(records.ids());
        Collections.reverse(ids);
        SystemIdentifier cluster = source.server().control().systemIdentifier();
        return records.first(
                        ids,
                        record -> record.restorable()
                                && record.source().systemIdentifier().equals(cluster)
                                && record.liesOn(history))
                .orElseThrow(() -> new PgAgentException(
                        ErrorKind.NO_BACKUP,
                        "no backup of " + records.describe() + " leads to a restore point on timeline "
                                + history.timeline(),
                        "Take one first: pgagent backup"));
    }

    /** Retention may keep a backup without the WAL that follows it. */
    private void requireKept(Plan plan) throws IOException {
        Lsn now = plan.source().connection().currentWalInsertLsn();
        ExpiredWal given = expired.read();
        Optional<WalSegment> gone =
                segments(plan, now).stream().filter(given::has).findFirst();
        if (gone.isPresent()) {
            throw new PgAgentException(
                    ErrorKind.ARCHIVING_FAILED,
                    "retention has given up WAL segment " + gone.get()
                            + ", without which no recovery comes from backup "
                            + plan.backup().id() + " to a restore point",
                    "Take a backup: pgagent backup");
        }
    }

    /** All WAL from where a backup is consistent. */
    private static List<WalSegment> segments(Plan plan, Lsn end) {
        Lsn from = plan.backup().stop().lsn();
        TimelineHistory history = plan.history();
        return from.isBefore(end)
                ? history.segments(
                        from, history.timelineOf(from), end, plan.source().segmentSize())
                : List.of();
    }

    /**
     * Does what a plan says.
     *
     * @param limit how long to wait for WAL while none arrives
     * @throws PgAgentException of kind ARCHIVING_FAILED, naming the segment, if WAL is not there in time or is another
     *     server's; the repository says nothing of the point then
     */
    public Result take(Plan plan, Duration limit) throws IOException {
        ServerConnection connection = plan.source().connection();
        Lsn lsn = connection.createRestorePoint(plan.name());
        Lsn end = connection.switchWal();
        ServerFacts now = connection.facts();
        requireSameTimeline(plan, now);
        LOG.info("restore point made name={} lsn={}", plan.name(), lsn);
        SourceWal wal = new SourceWal(
                plan.source().dataDirectory(), plan.source().server().control().systemIdentifier());
        Duration waited = new WalArrival(
                        archive, wal, () -> Optional.of(connection.archiverStatus()), WaitingTime.of(cancellation))
                .await(segments(plan, end.isAfter(lsn) ? end : lsn), limit);
        RestorePoint point = RestorePoint.of(
                        plan.name(), now.clock(), plan.history().timeline(), lsn)
                .after(plan.backup().id());
        points.record(point);
        LOG.info("restore point can be reached name={} lsn={}", plan.name(), lsn);
        return new Result(point, waited);
    }

    private static void requireSameTimeline(Plan plan, ServerFacts now) throws PgAgentException {
        if (!now.timeline().equals(plan.history().timeline())) {
            throw new PgAgentException(
                    ErrorKind.SQL_FAILED,
                    "the timeline changed from " + plan.history().timeline() + " to " + now.timeline()
                            + " while a restore point was made",
                    "Make another restore point.");
        }
    }
}
