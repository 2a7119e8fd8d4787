package org.pgagent.wal;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.random.RandomGenerator;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.TimelineHistoryFile;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.Leases;
import org.pgagent.repository.Succession;
import org.pgagent.repository.WalArchive;
import org.pgagent.repository.WriterIdentity;
import org.pgagent.repository.WriterLease;
import org.pgagent.storage.ObjectStore;

/** A data directory as one that archives: who it is, and its right to. Thread-safe if {@code random} is. */
public final class ArchivingNode {
    /**
     * Where in a data directory pgagent keeps files of its own: in no base backup, on the file system of WAL, and by its name
     * left alone by pg_rewind, which takes no temporary files from its source.
     */
    public static final Path FILES = Path.of("pg_wal", "pgsql_tmp.pgagent");

    /** Stands for the id of a directory that has none yet. */
    private static final String NOT_YET = "not-yet";

    private final Path dataDirectory;
    private final BackupRecord.Writer process;
    private final Clock clock;
    private final RandomGenerator random;

    /**
     * @param process this one, for people who read the lease
     * @param random makes the id of a directory that has none: as good as the best there is
     */
    public ArchivingNode(Path dataDirectory, BackupRecord.Writer process, Clock clock, RandomGenerator random) {
        this.dataDirectory = dataDirectory.toAbsolutePath();
        this.process = process;
        this.clock = clock;
        this.random = random;
    }

    /** Whether this process may see which node the directory is: its owner may, a user with group access may not. */
    public static boolean isKnownHere(Path dataDirectory) {
        Path files = dataDirectory.resolve(FILES);
        return Files.notExists(files) || Files.isReadable(files);
    }

    /**
     * Its lease, with nothing known yet; gives the directory its id if it has none.
     *
     * @param store the one to write to, as {@link org.pgagent.repository.ClusterClaim#claim} returned it
     * @throws PgAgentException of kind LOCAL_IO, DISK_FULL or WRONG_OWNER if the id cannot be read or made
     */
    public WriterLease lease(ObjectStore store, ClusterKeys keys, WalSegmentSize size) throws PgAgentException {
        return lease(store, keys, size, ownerFile().id());
    }

    /** The same for a look that changes nothing, neither here nor in the store. */
    public WriterLease leaseToLookAt(ObjectStore store, ClusterKeys keys, WalSegmentSize size) throws PgAgentException {
        return lease(store, keys, size, ownerFile().find().orElse(NOT_YET));
    }

    private OwnerFile ownerFile() {
        return new OwnerFile(dataDirectory, random);
    }

    private WriterLease lease(ObjectStore store, ClusterKeys keys, WalSegmentSize size, String id) {
        return new WriterLease(
                new Leases(store, keys, random),
                new WriterIdentity(id, dataDirectory.normalize().toString(), process),
                new Succession(
                        new WalArchive(store, keys),
                        timeline -> TimelineHistoryFile.find(dataDirectory, timeline),
                        size),
                clock);
    }
}
