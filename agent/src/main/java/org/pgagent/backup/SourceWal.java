package org.pgagent.backup;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.Optional;
import org.pgagent.chunk.ContentHash;
import org.pgagent.chunk.RunningHash;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.SystemIdentifier;
import org.pgagent.postgres.WalSegment;
import org.pgagent.repository.WalObjectHeader;

/**
 * The {@code pg_wal} of the server that is backed up, which may be a link, as the server keeps it: the segments, and beside
 * them what it still has to archive (xlogarchive.c). Asks for single names and never lists, because a server whose archiving
 * fails has many thousands of them. Thread-safe.
 */
final class SourceWal implements OwnWal {
    private static final int PIECE_BYTES = 1 << 20;

    private final Path directory;
    private final SystemIdentifier cluster;

    SourceWal(Path dataDirectory, SystemIdentifier cluster) {
        this.directory = dataDirectory.resolve("pg_wal");
        this.cluster = cluster;
    }

    /**
     * Whether the server has finished a segment and archive_command has not yet succeeded with it. The server notes that a
     * segment is to be archived before a switch to the next one returns, and takes the note away only after a success.
     *
     * @throws PgAgentException of kind LOCAL_IO if that cannot be seen
     */
    @Override
    public boolean awaitsArchiving(WalSegment segment) throws PgAgentException {
        Path notes = directory.resolve("archive_status");
        if (SourceEntries.attributes(notes.resolve(segment.fileName() + ".ready"))
                .isPresent()) {
            return true;
        }
        // Without the directory, the absence of a note says nothing.
        if (SourceEntries.attributes(notes).isEmpty()) {
            throw SourceEntries.unreadable(notes, new NoSuchFileException(notes.toString()));
        }
        return false;
    }

    /**
     * Whether an archive file can be this server's segment: certain as long as the server still has the segment.
     *
     * @throws PgAgentException of kind LOCAL_IO if the segment cannot be read
     */
    @Override
    public boolean canBe(WalSegment segment, WalObjectHeader stored) throws PgAgentException {
        return isOfCluster(segment, stored)
                && contentHash(segment).map(stored.hash()::equals).orElse(true);
    }

    /** Whether an archive file is a segment of that name of this cluster, whoever has written it. */
    boolean isOfCluster(WalSegment segment, WalObjectHeader stored) {
        return stored.file().equals(segment.fileName())
                && stored.size() == segment.size().bytes()
                && stored.systemIdentifier().equals(cluster);
    }

    /** The hash of a segment; empty if the server has removed it or made a later one of its file. */
    private Optional<ContentHash> contentHash(WalSegment segment) throws PgAgentException {
        Path file = directory.resolve(segment.fileName());
        Optional<PosixFileAttributes> before = SourceEntries.attributes(file);
        RunningHash hash = new RunningHash();
        byte[] piece = new byte[PIECE_BYTES];
        try (InputStream content = Files.newInputStream(file)) {
            for (int got = content.read(piece); got >= 0; got = content.read(piece)) {
                hash.update(piece, 0, got);
            }
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw SourceEntries.unreadable(file, e);
        }
        // The server gives an old segment its new name before it writes to it.
        boolean stillThere = before.isPresent()
                && SourceEntries.attributes(file)
                        .map(PosixFileAttributes::fileKey)
                        .equals(before.map(PosixFileAttributes::fileKey));
        return stillThere ? Optional.of(hash.hash()) : Optional.empty();
    }
}
