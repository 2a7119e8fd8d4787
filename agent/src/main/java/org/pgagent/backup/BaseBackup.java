package org.pgagent.backup;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.pgagent.error.Cancellation;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.ControlFileImage;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.session.BackupSession;
import org.pgagent.postgres.session.ServerConnection;
import org.pgagent.postgres.session.StoppedBackup;
import org.pgagent.postgres.session.Tablespace;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupKind;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.ExpiredWalNote;
import org.pgagent.repository.OwnRecord;
import org.pgagent.repository.Validation;
import org.pgagent.repository.WalArchive;
import org.pgagent.storage.ObjectChangedException;
import org.pgagent.storage.ObjectStore;
import org.pgagent.transfer.AbandonedChunks;
import org.pgagent.transfer.StoredObjects;
import org.pgagent.transfer.TransferProgress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a base backup, full or incremental, with the server's low-level API (the manual's chapter "Making a Base Backup Using
 * the Low Level API"): start, copy, control file last, stop, wait for the WAL, and then the manifest, which makes it exist.
 *
 * <p>The cluster must have been claimed in the repository before. For one backup.
 */
public final class BaseBackup {
    private static final Logger LOG = LoggerFactory.getLogger(BaseBackup.class);
    private static final Duration HEARTBEAT = Duration.ofSeconds(5);
    private static final int ID_ATTEMPTS_MAX = 10;

    /**
     * Where the backup goes.
     *
     * @param writer who writes it
     */
    public record Destination(ObjectStore store, ClusterKeys keys, BackupRecord.Writer writer) {}

    /** What goes on around the backup. */
    public record Surroundings(Clock clock, TransferProgress progress, Cancellation cancellation) {}

    private final Destination destination;
    private final BackupSettings settings;
    private final Surroundings around;
    private final BackupRecords records;
    private final RunningBackups others;
    private final WalArchive archive;
    private final BackupBeginning beginning;

    public BaseBackup(Destination destination, BackupSettings settings, Surroundings around) {
        this.destination = destination;
        this.settings = settings;
        this.around = around;
        this.records = new BackupRecords(destination.store(), destination.keys());
        this.others = new RunningBackups(records);
        this.archive = new WalArchive(destination.store(), destination.keys());
        this.beginning = new BackupBeginning(new ExpiredWalNote(destination.store(), destination.keys()), settings);
    }

    /**
     * Takes the backup. If that fails, the record in the repository says ERROR and why, as far as the store still answers;
     * the server is left as it was.
     *
     * @param servers with connections of the backup's own
     */
    public BackupResult take(BackupServers servers) throws IOException {
        Source source = source(servers);
        Instant now = around.clock().instant();
        others.giveUp(others.requireNone(Optional.empty(), now), now);
        Optional<BackupRecord> parent = chooseParent(source).parent();
        List<BackupId> failed = others.failed(source.copied().control().systemIdentifier());
        try (OwnRecord own = createRecord(source, parent, failed)) {
            try {
                return take(source, parent, own);
            } catch (IOException | RuntimeException e) {
                own.fail(e);
                throw e;
            }
        }
    }

    private BackupResult take(Source source, Optional<BackupRecord> parent, OwnRecord own) throws IOException {
        others.requireNone(Optional.of(own.record().id()), around.clock().instant());
        Optional<BackupRecord> parentNow =
                parent.isPresent() ? Optional.of(requireStillThere(parent.get().id())) : Optional.empty();
        new GapWarning(destination.store(), destination.keys())
                .tell(source.timeline(), source.copied().walSegmentSize());
        Taken taken = copyBetweenStartAndStop(source, own, parentNow);
        BackupRecord done = own.replace(taken.record());
        Instant looked = around.clock().instant();
        requireUndamaged(done, own, looked);
        new StoredObjects(destination.store(), destination.keys()).requireAll(done);
        BackupRecord valid = own.validated(validation(looked, Validation.Depth.QUICK));
        LOG.info(
                "backup is complete id={} stored_bytes={}",
                valid.id(),
                valid.totals().storedBytes());
        records.refreshIndex();
        return new BackupResult(valid, taken.copied(), taken.waitedForWal());
    }

    /** What failed backups have stored, but for those that somebody removes, or finds damaged, at this moment. */
    private AbandonedChunks abandonedChunks(BackupRecord began) throws IOException {
        List<BackupId> there = new ArrayList<>();
        for (BackupId id : Optional.ofNullable(began.resumes()).orElse(List.of())) {
            if (records.find(id).filter(BackupRecord::resumable).isPresent()) {
                there.add(id);
            }
        }
        AbandonedChunks chunks = AbandonedChunks.read(destination.store(), destination.keys(), there);
        if (chunks.size() > 0) {
            LOG.info("goes on where others have failed chunks={} backups={}", chunks.size(), there);
        }
        return chunks;
    }

    /**
     * The parent as it is now. Whoever deletes backups, or writes their manifests anew, first says which, and then looks for
     * running ones that are compared with them. This one has said what it is compared with, and looks after that: so at least
     * one of both sees the other.
     */
    private BackupRecord requireStillThere(BackupId parent) throws IOException {
        return records.find(parent)
                .filter(BackupRecord::comparable)
                .orElseThrow(() -> new PgAgentException(
                        ErrorKind.INCOMPATIBLE,
                        "the backup " + parent
                                + " was to be the parent, and is not any more: somebody deletes it, or has found it"
                                + " damaged, at this moment",
                        "Take the backup again."));
    }

    /** A quick look does not see what a deep one has found. */
    private void requireUndamaged(BackupRecord done, OwnRecord own, Instant looked) throws IOException {
        Optional<String> damage = new SourceDamage(records).of(done);
        if (damage.isPresent()) {
            own.suspected(validation(looked, Validation.Depth.DEEP), damage.get());
            throw new PgAgentException(
                    ErrorKind.CORRUPTED,
                    damage.get(),
                    "'pgagent validate --deep' tells whether this one needs what is damaged; take another backup.");
        }
    }

    private Validation validation(Instant looked, Validation.Depth depth) {
        return Validation.of(looked, depth, destination.writer().pgagentVersion());
    }

    /**
     * What {@link #take} would do. Asks the server and the store, and writes nothing.
     *
     * @throws PgAgentException as {@link #take} refuses
     */
    public BackupPlan plan(BackupServers servers) throws IOException {
        others.requireNone(Optional.empty(), around.clock().instant());
        Source source = source(servers);
        CopiedServer copied = source.copied();
        return BackupPlan.of(chooseParent(source), copied.dataDirectory(), copied.rules(settings.exclusions()));
    }

    private ParentChoice.Choice chooseParent(Source source) throws IOException {
        return parents(source).parent(source.copied().describe(), source.timeline());
    }

    private ParentChoice parents(Source source) {
        return new ParentChoice(destination, settings, source.copied().dataDirectory());
    }

    /**
     * What is backed up.
     *
     * @param timeline the one that it is on, as the server says on which the backup is started
     */
    private record Source(CopiedServer copied, Timeline timeline, BackupCourse course) {}

    private Source source(BackupServers servers) throws IOException {
        CopiedServer copied = SourceCheck.copied(servers);
        WaitingTime time = WaitingTime.of(around.cancellation());
        if (servers.primary().isPresent()) {
            ServerConnection primary = servers.primary().get();
            return new Source(
                    copied,
                    primary.facts().timeline(),
                    new CopyOfStandbyCourse(primary, copied, new CopyOfStandbyCourse.Context(settings, archive, time)));
        }
        BackupCourse course = copied.facts().inRecovery()
                ? new StandbyCourse(copied, settings, archive, time)
                : new PrimaryCourse(copied, settings, archive, time);
        return new Source(copied, copied.facts().timeline(), course);
    }

    /** What {@link #copyBetweenStartAndStop} has achieved. */
    private record Taken(BackupRecord record, Duration copied, Duration waitedForWal) {}

    private Taken copyBetweenStartAndStop(Source source, OwnRecord own, Optional<BackupRecord> parent)
            throws IOException {
        BackupRecord began = own.record();
        CopiedServer copied = source.copied();
        BackupCourse course = source.course();
        try (BackupSession session = course.start();
                BackupContent content = new BackupContent(
                        destination, began.id(), inChunksOf(parent), abandonedChunks(began), around)) {
            LOG.info("backup started id={} lsn={} timeline={}", began.id(), session.startLsn(), session.timeline());
            TimelineHistory history = new ServerHistory(copied.dataDirectory(), archive).of(source.timeline());
            beginning.tell(own, session, history, copied.walSegmentSize());
            course.awaitReady(session);
            List<Tablespace> tablespacesBefore = copied.connection().tablespaces();
            DatabaseCheck databases = new DatabaseCheck(
                    copied.facts().major(), copied.facts().databases().keySet());

            long copyBegins = System.nanoTime();
            Optional<ParentChoice.Comparison> comparison = compare(source, parent, began, session);
            BackupRecord running = began.withParent(
                    comparison.map(ParentChoice.Comparison::parent).orElse(null));
            Set<Long> tablespaces;
            try (Predecessors predecessors = predecessors(source, parent, comparison, began)) {
                tablespaces = content.copy(
                        new CopySource(copied.dataDirectory(), copied.rules(settings.exclusions()), predecessors),
                        () -> copied.pageCheck(session.startLsn()),
                        watch(course, session, own));
            }
            ControlFileImage control = copied.readControlFile();
            content.copyControlFile(DataDirectoryScan.controlFile(copied.dataDirectory()), control);
            StoppedBackup stopped = course.stop(session, control.content());
            Duration copying = Duration.ofNanos(System.nanoTime() - copyBegins);
            LOG.info("backup stopped id={} lsn={}", running.id(), stopped.lsn());

            new TablespaceCheck(tablespacesBefore, tablespaces)
                    .atEnd(copied.connection().tablespaces());
            databases.atEnd(copied.connection().databases());
            BackupBounds bounds = BackupBounds.of(
                    session,
                    stopped,
                    control.content(),
                    new ServerHistory(copied.dataDirectory(), archive).of(stopped.timeline()));
            Duration waited = course.awaitWal(bounds.segments(copied.walSegmentSize()));
            BackupRecord bounded = running.withBounds(
                    bounds.start(settings), bounds.stop(around.clock().instant()));
            return new Taken(content.publish(bounded, stopped.label(), stopped.tablespaceMap()), copying, waited);
        }
    }

    /** What one backup takes from another one has the other one's chunks. */
    private BackupSettings inChunksOf(Optional<BackupRecord> parent) {
        return parent.map(record -> settings.withChunkSize(record.totals().chunkSize()))
                .orElse(settings);
    }

    private Optional<ParentChoice.Comparison> compare(
            Source source, Optional<BackupRecord> parent, BackupRecord began, BackupSession session)
            throws IOException {
        if (parent.isEmpty()) {
            return Optional.empty();
        }
        CopiedServer copied = source.copied();
        ParentChoice.Started started = new ParentChoice.Started(
                copied.connection(),
                copied.facts(),
                began.source(),
                copied.control().layout(),
                session.timeline(),
                session.startLsn());
        return Optional.of(parents(source).compare(parent.get(), started, WaitingTime.of(around.cancellation())));
    }

    private Predecessors predecessors(
            Source source,
            Optional<BackupRecord> parent,
            Optional<ParentChoice.Comparison> comparison,
            BackupRecord began)
            throws IOException {
        return parent.isEmpty()
                ? Predecessors.none()
                : parents(source)
                        .open(
                                parent.get(),
                                began.source(),
                                comparison.get(),
                                source.copied().connection().facts().databases());
    }

    private CopyStage.Watch watch(BackupCourse course, BackupSession session, OwnRecord own) {
        return new CopyStage.Watch() {
            private long lastBeat = System.nanoTime();

            @Override
            public void check() throws IOException {
                around.cancellation().check();
                own.requireOwn();
                if (System.nanoTime() - lastBeat > HEARTBEAT.toNanos()) {
                    course.checkAlive(session);
                    lastBeat = System.nanoTime();
                }
            }
        };
    }

    private static Instant nextStart(BackupId newest, Instant now) {
        Instant start = newest.nextStart(now);
        if (newest.startedAt().filter(start::isBefore).isPresent()) {
            LOG.warn(
                    "this host's clock is behind that of a backup, or that one was wrong: until its time has come, this backup is"
                            + " listed before it, and it is the parent of later ones earlier={}",
                    newest);
        }
        return start;
    }

    private OwnRecord createRecord(Source source, Optional<BackupRecord> parent, List<BackupId> failed)
            throws IOException {
        BackupKind kind = parent.isPresent() ? BackupKind.INCREMENTAL : BackupKind.FULL;
        Instant now = around.clock().instant();
        List<BackupId> ids = records.ids();
        Instant start = ids.isEmpty() ? now : nextStart(ids.get(ids.size() - 1), now);
        for (int attempt = 0; ; attempt++) {
            BackupId id = BackupId.of(start.plusSeconds(attempt), kind);
            BackupRecord begun = BackupRecord.running(
                            id, kind, destination.writer(), source.copied().describe())
                    .withWishes(settings.annotations(), settings.exclusions().globs())
                    .withParent(parent.map(record -> BackupRecord.Parent.of(record.id()))
                            .orElse(null))
                    .withResumes(failed);
            try {
                return OwnRecord.create(records, begun, around.clock());
            } catch (ObjectChangedException e) {
                if (attempt == ID_ATTEMPTS_MAX) {
                    throw e;
                }
            }
        }
    }
}
