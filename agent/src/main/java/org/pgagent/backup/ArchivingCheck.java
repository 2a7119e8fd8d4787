package org.pgagent.backup;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.pgagent.error.Cancellation;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.session.ServerConnection;
import org.pgagent.postgres.session.ServerFacts;
import org.pgagent.repository.WalArchive;

/** Finds out whether archiving really works, by sending a WAL segment through and looking for it in the repository. */
public final class ArchivingCheck {
    private final ServerConnection connection;
    private final WalArchive archive;
    private final Path dataDirectory;
    private final Cancellation cancellation;

    /**
     * @param dataDirectory the server's, on this host
     */
    public ArchivingCheck(
            ServerConnection connection, WalArchive archive, Path dataDirectory, Cancellation cancellation) {
        this.connection = connection;
        this.archive = archive;
        this.dataDirectory = dataDirectory;
        this.cancellation = cancellation;
    }

    /** A segment that arrived, and after how long. */
    public record Arrival(WalSegment segment, Duration waited) {}

    /**
     * Writes a restore point, so that there is something to archive, switches to a new segment, and waits for the old one.
     *
     * @param server the facts of a primary
     * @throws org.pgagent.error.PgAgentException of kind ARCHIVING_FAILED, naming the segment, if it is not there in time,
     *     or is another server's
     */
    public Arrival run(ServerFacts server, Duration limit) throws IOException {
        Lsn point = connection.createRestorePoint("pgagent check");
        connection.switchWal();
        WalSegment segment =
                WalSegment.endingAt(server.timeline(), point, server.control().walSegmentSize());
        SourceWal source = new SourceWal(dataDirectory, server.control().systemIdentifier());
        Duration waited = new WalArrival(
                        archive, source, () -> Optional.of(connection.archiverStatus()), WaitingTime.of(cancellation))
                .await(List.of(segment), limit);
        return new Arrival(segment, waited);
    }
}
