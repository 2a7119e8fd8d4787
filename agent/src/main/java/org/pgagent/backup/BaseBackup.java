package org.pgagent.backup;

import java.io.IOException;
import java.nio.file.Path;
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
import org.pgagent.postgres.ControlFile;
import org.pgagent.postgres.ControlFileImage;
import org.pgagent.postgres.ControlFileReader;
import org.pgagent.postgres.DataDirectoryRules;
import org.pgagent.postgres.DataPath;
import org.pgagent.postgres.PageVerifier;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.WalRange;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.session.BackupSession;
import org.pgagent.postgres.session.ServerConnection;
import org.pgagent.postgres.session.ServerFacts;
import org.pgagent.postgres.session.StoppedBackup;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupKind;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.BackupSource;
import org.pgagent.repository.BackupState;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.ExpiredWalNote;
import org.pgagent.repository.OwnRecord;
import org.pgagent.repository.WalArchive;
import org.pgagent.storage.ObjectChangedException;
import org.pgagent.storage.ObjectStore;
import org.pgagent.transfer.AbandonedChunks;
import org.pgagent.transfer.PageCheck;
import org.pgagent.transfer.TransferProgress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a base backup of a primary, full or incremental, with the server's low-level API (the manual's chapter "Making a Base Backup Using
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
     * @param connection the backup's own; if it breaks, the backup is void
     * @param dataDirectory the server's, on this host
     */
    public BackupResult take(ServerConnection connection, Path dataDirectory) throws IOException {
        Source source = source(connection, dataDirectory);
        Instant now = around.clock().instant();
        others.giveUp(others.requireNone(Optional.empty(), now), now);
        Optional<BackupRecord> parent = chooseParent(source).parent();
        List<BackupId> failed = others.failed(source.control().systemIdentifier());
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
                .tell(source.server().timeline(), source.control().layout().walSegmentSize());
        Taken taken = copyBetweenStartAndStop(source, own, parentNow);
        BackupRecord done = own.replace(taken.record());
        new QuickValidation(destination.store(), destination.keys()).validate(done);
        BackupRecord valid = own.replace(done.withState(BackupState.OK, null));
        LOG.info(
                "backup is complete id={} stored_bytes={}",
                valid.id(),
                valid.totals().storedBytes());
        return new BackupResult(valid, taken.copied(), taken.waitedForWal());
    }

    /** What failed backups have stored, but for those that somebody removes at this moment. */
    private AbandonedChunks abandonedChunks(BackupRecord began) throws IOException {
        List<BackupId> there = new ArrayList<>();
        for (BackupId id : Optional.ofNullable(began.resumes()).orElse(List.of())) {
            if (records.find(id)
                    .filter(failed -> failed.state() == BackupState.ERROR)
                    .isPresent()) {
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
                .filter(BackupRecord::restorable)
                .orElseThrow(() -> new PgAgentException(
                        ErrorKind.INCOMPATIBLE,
                        "the backup " + parent + " was to be the parent, and somebody deletes it at this moment",
                        "Take the backup again."));
    }

    /**
     * What {@link #take} would do. Asks the server and the store, and writes nothing.
     *
     * @throws PgAgentException as {@link #take} refuses
     */
    public BackupPlan plan(ServerConnection connection, Path dataDirectory) throws IOException {
        others.requireNone(Optional.empty(), around.clock().instant());
        Source source = source(connection, dataDirectory);
        return BackupPlan.of(chooseParent(source), dataDirectory, rules(source));
    }

    private ParentChoice.Choice chooseParent(Source source) throws IOException {
        return parents(source).parent(describe(source), source.server().timeline());
    }

    private ParentChoice parents(Source source) {
        return new ParentChoice(destination, settings, source.dataDirectory());
    }

    private static Source source(ServerConnection connection, Path dataDirectory) throws IOException {
        ServerFacts server = connection.facts();
        SourceCheck check = new SourceCheck(server, dataDirectory);
        return new Source(connection, server, dataDirectory, check.beforeStart(), check);
    }

    /** What is backed up. */
    private record Source(
            ServerConnection connection,
            ServerFacts server,
            Path dataDirectory,
            ControlFile control,
            SourceCheck check) {
        SourceWal wal() {
            return new SourceWal(dataDirectory, control.systemIdentifier());
        }
    }

    /** What {@link #copyBetweenStartAndStop} has achieved. */
    private record Taken(BackupRecord record, Duration copied, Duration waitedForWal) {}

    private Taken copyBetweenStartAndStop(Source source, OwnRecord own, Optional<BackupRecord> parent)
            throws IOException {
        BackupRecord began = own.record();
        WalArrival arrival = new WalArrival(
                archive, source.wal(), source.connection()::archiverStatus, WaitingTime.of(around.cancellation()));
        try (BackupSession session = source.connection().startBackup(settings.label(), settings.checkpoint());
                BackupContent content = new BackupContent(
                        destination, began.id(), inChunksOf(parent), abandonedChunks(began), around)) {
            LOG.info("backup started id={} lsn={} timeline={}", began.id(), session.startLsn(), session.timeline());
            source.check().afterStart(session.startLsn());
            beginning.tell(own, session, source.control().layout().walSegmentSize());
            awaitSegmentBefore(source, session, arrival);

            long copyBegins = System.nanoTime();
            Optional<ParentChoice.Comparison> comparison = compare(source, parent, began, session);
            BackupRecord running = began.withParent(
                    comparison.map(ParentChoice.Comparison::parent).orElse(null));
            Set<Long> tablespaces;
            try (Predecessors predecessors = predecessors(source, parent, comparison, began)) {
                tablespaces = content.copy(
                        new CopySource(source.dataDirectory(), rules(source), predecessors),
                        () -> pageCheck(source, session),
                        watch(session, own));
            }
            ControlFileImage control = copyControlFile(source, content);
            StoppedBackup stopped = session.stop();
            Duration copied = Duration.ofNanos(System.nanoTime() - copyBegins);
            LOG.info("backup stopped id={} lsn={}", running.id(), stopped.lsn());

            new TablespaceCheck(source.server().tablespaces(), tablespaces)
                    .atEnd(source.connection().tablespaces());
            BackupBounds bounds = BackupBounds.of(session, stopped, control.content());
            Duration waited = arrival.await(segments(bounds.wal(), source), settings.archiveTimeout());
            BackupRecord bounded = running.withBounds(
                    bounds.start(settings), bounds.stop(around.clock().instant()));
            return new Taken(content.publish(bounded, stopped.label(), stopped.tablespaceMap()), copied, waited);
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
        ParentChoice.Started started = new ParentChoice.Started(
                source.connection(),
                source.server(),
                began.source(),
                source.control().layout(),
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
                                source.connection().facts().databases());
    }

    /**
     * The start call switches to a new WAL segment, so the one before is waiting to be archived: if that does not work, it
     * is better to know before the copy than after it.
     */
    private void awaitSegmentBefore(Source source, BackupSession session, WalArrival arrival) throws IOException {
        WalSegment first = WalSegment.containing(
                session.timeline(),
                session.startLsn(),
                source.control().layout().walSegmentSize());
        if (first.number() == 0) {
            return;
        }
        WalSegment before = new WalSegment(first.timeline(), first.number() - 1, first.size());
        if (source.wal().awaitsArchiving(before)) {
            arrival.await(List.of(before), settings.archiveTimeout());
        }
    }

    private DataDirectoryRules rules(Source source) {
        Optional<DataPath> statsTemp = source.server()
                .settings()
                .statsTempDirectory()
                .map(path -> source.dataDirectory().resolve(path))
                .filter(path -> path.startsWith(source.dataDirectory()) && !path.equals(source.dataDirectory()))
                .map(path -> DataPath.ROOT.resolve(source.dataDirectory().relativize(path)));
        return new DataDirectoryRules(source.control().catalogVersion(), statsTemp, settings.exclusions());
    }

    private static Optional<PageCheck> pageCheck(Source source, BackupSession session) {
        ControlFile.Layout layout = source.control().layout();
        if (!source.control().dataChecksums()) {
            return Optional.empty();
        }
        return Optional.of(new PageCheck(
                new PageVerifier(layout.pageSize(), session.startLsn()),
                layout.pageSize(),
                layout.relationSegmentPages(),
                new ServerWalEnd(source.connection(), session.startLsn())));
    }

    private CopyStage.Watch watch(BackupSession session, OwnRecord own) {
        return new CopyStage.Watch() {
            private long lastBeat = System.nanoTime();

            @Override
            public void check() throws IOException {
                around.cancellation().check();
                own.requireOwn();
                if (System.nanoTime() - lastBeat > HEARTBEAT.toNanos()) {
                    session.checkAlive();
                    lastBeat = System.nanoTime();
                }
            }
        };
    }

    private static ControlFileImage copyControlFile(Source source, BackupContent content) throws IOException {
        ControlFileImage image = new ControlFileReader().read(source.dataDirectory());
        if (!image.content().systemIdentifier().equals(source.control().systemIdentifier())
                || image.content().dataChecksumVersion() != source.control().dataChecksumVersion()) {
            throw new PgAgentException(
                    ErrorKind.INCOMPATIBLE,
                    "the data directory " + source.dataDirectory() + " became another cluster during the backup",
                    "Take the backup again when nobody works on the data directory.");
        }
        content.copyControlFile(DataDirectoryScan.controlFile(source.dataDirectory()), image);
        return image;
    }

    private static List<WalSegment> segments(WalRange wal, Source source) {
        return TimelineHistory.withoutAncestors(wal.timeline())
                .segments(
                        wal.start(),
                        wal.timeline(),
                        wal.end(),
                        source.control().layout().walSegmentSize());
    }

    private OwnRecord createRecord(Source source, Optional<BackupRecord> parent, List<BackupId> failed)
            throws IOException {
        BackupKind kind = parent.isPresent() ? BackupKind.INCREMENTAL : BackupKind.FULL;
        Instant now = around.clock().instant();
        for (int attempt = 0; ; attempt++) {
            BackupId id = BackupId.of(now.plusSeconds(attempt), kind);
            BackupRecord begun = BackupRecord.running(id, kind, destination.writer(), describe(source))
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

    private static BackupSource describe(Source source) {
        ServerFacts server = source.server();
        ControlFile.Layout layout = source.control().layout();
        return new BackupSource(
                server.control().systemIdentifier(),
                server.versionNumber(),
                layout.pageSize(),
                layout.walPageSize(),
                layout.walSegmentSize().bytes(),
                source.control().dataChecksums(),
                server.settings().walLogHints(),
                server.startedAt(),
                server.inRecovery(),
                server.settings().forRecovery(),
                server.tablespaces().stream()
                        .map(tablespace -> new BackupSource.Tablespace(tablespace.oid(), tablespace.location()))
                        .toList(),
                server.databases());
    }
}
