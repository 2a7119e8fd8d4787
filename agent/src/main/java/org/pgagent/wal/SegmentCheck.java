package org.pgagent.wal;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalInt;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.ArchiveFile;
import org.pgagent.postgres.SystemIdentifier;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.WalSegmentHeader;
import org.pgagent.postgres.WalSegmentSize;

/**
 * Whether a file is the WAL segment that its name tells, of one cluster. Asked before a segment is stored and before a
 * fetched one is shown to PostgreSQL.
 *
 * @param majorVersion the cluster's version, where it is known
 */
record SegmentCheck(SystemIdentifier cluster, WalSegmentSize segmentSize, OptionalInt majorVersion) {
    /** How many bytes of the file {@link #require} wants to see, at least. */
    static final int HEAD_BYTES = WalSegmentHeader.SIZE_BYTES;

    /**
     * The segment that a file has or is a part of; empty for files of other kinds.
     *
     * @throws PgAgentException of kind BAD_ARCHIVE_FILE if no segment of this cluster's size has that name
     */
    Optional<WalSegment> segmentOf(ArchiveFile file) throws PgAgentException {
        try {
            if (file instanceof ArchiveFile.Segment segment) {
                return Optional.of(segment.segment(segmentSize));
            }
            if (file instanceof ArchiveFile.Partial partial) {
                return Optional.of(partial.segment(segmentSize));
            }
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            throw new PgAgentException(
                    ErrorKind.BAD_ARCHIVE_FILE,
                    e.getMessage(),
                    "The segment size that the repository noted in cluster.json is not that of this cluster; give the"
                            + " cluster another name with --cluster.",
                    e);
        }
    }

    /**
     * Refuses a file that is not the segment it should be.
     *
     * @param head the first bytes of the file
     * @param otherwise the kind of the exception unless it is FOREIGN_CLUSTER
     */
    void require(WalSegment expected, ByteBuffer head, long fileSizeBytes, ErrorKind otherwise)
            throws PgAgentException {
        Optional<String> contradiction;
        if (head.remaining() < HEAD_BYTES) {
            contradiction = Optional.of("it has only " + fileSizeBytes + " bytes");
        } else {
            WalSegmentHeader header = WalSegmentHeader.parse(head);
            if (header.majorVersion().isPresent() && !header.systemIdentifier().equals(cluster)) {
                throw foreign(expected, header.systemIdentifier());
            }
            contradiction = header.contradiction(expected, fileSizeBytes, cluster, majorVersion);
        }
        if (contradiction.isPresent()) {
            throw new PgAgentException(
                    otherwise,
                    expected + " is not what its name says: " + contradiction.get(),
                    "Look at the file with pg_waldump, and for trouble with the disk that it comes from.");
        }
    }

    /** Refuses a file of another cluster. */
    PgAgentException foreign(Object what, SystemIdentifier actual) {
        return new PgAgentException(
                ErrorKind.FOREIGN_CLUSTER,
                what + " belongs to the cluster with system identifier " + actual + ", not to " + cluster,
                "Give every cluster a name of its own with --cluster, and check which data directory this is.");
    }
}
