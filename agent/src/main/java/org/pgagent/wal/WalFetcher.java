package org.pgagent.wal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.ArchiveFile;
import org.pgagent.postgres.SystemIdentifier;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.repository.ClusterDescription;
import org.pgagent.repository.ClusterDescriptions;
import org.pgagent.repository.WalObjectReader;
import org.pgagent.repository.WalObjects;

/**
 * What {@code restore_command} asks for (the manual's chapter on continuous archiving; xlogarchive.c): brings one archive
 * file back. Thread-safe; each fetch takes up to 20 MiB of memory.
 *
 * <p>PostgreSQL takes "not in the archive" for the end of WAL and ends recovery there, so that answer is given only when
 * the store itself said that the object does not exist, and the repository keeps this very cluster. A wrong bucket, prefix
 * or name, lost rights, a broken connection, damage, WAL that was expired: all are exceptions. A file appears under its name only when it is
 * whole and is what its name says.
 */
public final class WalFetcher {
    private final WalObjects objects;
    private final ClusterDescriptions descriptions;
    private final SegmentCheck check;

    /**
     * @param systemIdentifier and {@code segmentSize}: what the control file of the recovering data directory says; where
     *     there is none, what {@code cluster.json} says
     */
    public WalFetcher(
            WalObjects objects,
            ClusterDescriptions descriptions,
            SystemIdentifier systemIdentifier,
            WalSegmentSize segmentSize) {
        this.objects = objects;
        this.descriptions = descriptions;
        this.check = new SegmentCheck(systemIdentifier, segmentSize, OptionalInt.empty());
    }

    /**
     * Brings a file back, with one request if it is a history file or a segment of up to 16 MiB, otherwise with two. Looks afresh each time.
     *
     * @param target where it is to appear, replacing what is there; nothing appears unless this returns FETCHED
     * @throws PgAgentException on every doubt: of kind CORRUPTED if the object is damaged or not what its name says,
     *     FOREIGN_CLUSTER if it or the whole repository belongs to another cluster, STORE_MISSING if the repository has no
     *     cluster of this name, BAD_ARCHIVE_FILE if no file can have this name, LOCAL_IO and DISK_FULL if the target cannot
     *     be written, and the {@code STORE_} kinds
     */
    public FetchResult fetch(String fileName, Path target) throws IOException {
        ArchiveFile file = named(fileName);
        Optional<WalSegment> segment = check.segmentOf(file);
        Optional<WalObjectReader> found = objects.open(objects.key(file), sizeMax(file, segment));
        if (found.isEmpty()) {
            requireCluster();
            if (segment.isPresent()) {
                requireNotGivenUp(segment.get());
            }
            return FetchResult.NOT_IN_ARCHIVE;
        }
        try (WalObjectReader reader = found.get();
                FetchTarget written = FetchTarget.create(target)) {
            if (!reader.header().systemIdentifier().equals(check.cluster())) {
                throw check.foreign(objects.key(file), reader.header().systemIdentifier());
            }
            reader.header().requireFile(file.fileName(), objects.key(file));
            reader.copyTo(written);
            if (segment.isPresent()) {
                check.require(segment.get(), written.head(), reader.header().size(), ErrorKind.CORRUPTED);
            }
            written.publish();
            return FetchResult.FETCHED;
        }
    }

    private static ArchiveFile named(String fileName) throws PgAgentException {
        try {
            return ArchiveFile.parse(fileName);
        } catch (IllegalArgumentException e) {
            throw new PgAgentException(
                    ErrorKind.BAD_ARCHIVE_FILE, e.getMessage(), "Set restore_command = 'pgagent wal-fetch %f %p'.", e);
        }
    }

    private long sizeMax(ArchiveFile file, Optional<WalSegment> segment) {
        if (segment.isPresent()) {
            return check.segmentSize().bytes();
        }
        return file instanceof ArchiveFile.History ? WalObjects.HISTORY_MAX_BYTES : WalObjects.SIZE_MAX_BYTES;
    }

    /**
     * A recovery that asks for what was expired meanwhile must not take that for the end of WAL. One of a backup that is kept
     * for the point at which it was taken does end there: the segment before is the last one of it.
     */
    private void requireNotGivenUp(WalSegment missing) throws IOException {
        if (missing.number() == 0 || !objects.expired().has(missing)) {
            return;
        }
        WalSegment before = new WalSegment(missing.timeline(), missing.number() - 1, missing.size());
        TimelineHistory unknown = TimelineHistory.withoutAncestors(missing.timeline());
        Optional<byte[]> content = objects.history(missing.timeline());
        TimelineHistory history = content.isEmpty()
                ? unknown
                : TimelineHistory.parse(missing.timeline(), new String(content.get(), StandardCharsets.US_ASCII));
        String name = before.on(history.timelineOf(before)).fileName();
        if (objects.header(objects.key(ArchiveFile.parse(name))).isEmpty()) {
            throw new PgAgentException(
                    ErrorKind.OBJECT_MISSING,
                    "the WAL segment " + missing
                            + " was given up by 'pgagent expire'; a recovery that needs it cannot go on",
                    "Restore again: the plan takes a backup from which the WAL is kept.");
        }
    }

    private void requireCluster() throws IOException {
        Optional<ClusterDescription> found = descriptions.find();
        if (found.isEmpty()) {
            throw new PgAgentException(
                    ErrorKind.STORE_MISSING,
                    "there is no cluster of this name in " + objects.describe(),
                    "Check --bucket, --prefix and --cluster in restore_command; 'pgagent show' lists what is there.");
        }
        ClusterDescription cluster = found.get();
        if (!cluster.systemIdentifier().equals(check.cluster())) {
            throw check.foreign("the archive in " + objects.describe(), cluster.systemIdentifier());
        }
        if (!cluster.segmentSize().equals(check.segmentSize())) {
            throw new PgAgentException(
                    ErrorKind.FOREIGN_CLUSTER,
                    "the archive in " + objects.describe() + " has segments of " + cluster.walSegmentSize()
                            + " bytes, this cluster of " + check.segmentSize().bytes(),
                    "The segment size was changed with pg_resetwal: older WAL lies under another name (--cluster).");
        }
    }
}
