package org.pgagent.backup;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.ControlFile;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.session.BackupSession;
import org.pgagent.postgres.session.StoppedBackup;
import org.pgagent.repository.WalArchive;

/** A backup that is started and stopped on the primary that is copied. */
final class PrimaryCourse implements BackupCourse {
    private final CopiedServer server;
    private final BackupSettings settings;
    private final WalArrival arrival;

    PrimaryCourse(CopiedServer server, BackupSettings settings, WalArchive archive, WaitingTime time) {
        this.server = server;
        this.settings = settings;
        this.arrival = new WalArrival(
                archive, server.wal(), () -> Optional.of(server.connection().archiverStatus()), time);
    }

    @Override
    public BackupSession start() throws IOException {
        return server.connection().startBackup(settings.label(), settings.checkpoint());
    }

    /**
     * The start call switches to a new WAL segment, so the one before is waiting to be archived: if that does not work, it
     * is better to know before the copy than after it.
     */
    @Override
    public void awaitReady(BackupSession session) throws IOException {
        server.requireCheckpointSince(session.startLsn());
        WalSegment first = WalSegment.containing(session.timeline(), session.startLsn(), server.walSegmentSize());
        if (first.number() == 0) {
            return;
        }
        WalSegment before = new WalSegment(first.timeline(), first.number() - 1, first.size());
        if (server.wal().awaitsArchiving(before)) {
            arrival.await(List.of(before), settings.archiveTimeout());
        }
    }

    @Override
    public void checkAlive(BackupSession session) throws IOException {
        session.checkAlive();
    }

    @Override
    public StoppedBackup stop(BackupSession session, ControlFile control) throws IOException {
        requireTimeline(session, control);
        return session.stop();
    }

    /** A backup that was started on a primary is of one timeline. */
    static void requireTimeline(BackupSession session, ControlFile control) throws PgAgentException {
        Timeline timeline = control.timeline();
        if (!timeline.equals(session.timeline())) {
            throw new PgAgentException(
                    ErrorKind.SQL_FAILED,
                    "the timeline changed from " + session.timeline() + " to " + timeline + " during the backup",
                    "Take the backup again.");
        }
    }

    @Override
    public Duration awaitWal(List<WalSegment> segments) throws IOException {
        return arrival.await(segments, settings.archiveTimeout());
    }
}
