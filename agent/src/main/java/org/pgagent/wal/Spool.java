package org.pgagent.wal;

import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.FileSystemReason;
import org.pgagent.error.PgAgentException;

/**
 * A directory for WAL segments that were fetched ahead. What was in it when it is opened is removed: only what this process
 * has verified itself is ever handed out. Thread-safe.
 */
public final class Spool {
    private static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rwx------");

    private final Path directory;

    private Spool(Path directory) {
        this.directory = directory;
    }

    /** Makes the directory, for the owner alone, and empties it. Only one process may use it. */
    static Spool open(Path directory) throws PgAgentException {
        try {
            clear(directory);
            Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(PRIVATE));
            return new Spool(directory);
        } catch (IOException e) {
            boolean full = FileSystemReason.saysFull(e);
            throw new PgAgentException(
                    full ? ErrorKind.DISK_FULL : ErrorKind.LOCAL_IO,
                    "the spool " + directory + " cannot be used: " + FileSystemReason.of(e),
                    full
                            ? "Make room on that file system."
                            : "Remove it; it has nothing that is not in the repository.",
                    e);
        }
    }

    /** Removes the directory with all that is in it, if it is there. */
    static void clear(Path directory) throws IOException {
        if (Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            deleteTree(directory);
        }
    }

    private static void deleteTree(Path directory) throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                    deleteTree(entry);
                } else {
                    Files.delete(entry);
                }
            }
        }
        Files.delete(directory);
    }

    /** Where a segment lies or shall lie. */
    Path file(String fileName) {
        return directory.resolve(fileName);
    }

    /** Whether the file system has room for so many bytes more, and as many again for the server. */
    boolean hasRoomFor(long bytes) {
        // Where it is not known, whoever fetches it for good will say what is wrong.
        return FileSystemReason.freeBytes(directory).orElse(0) > 2 * bytes;
    }

    /** Moves a segment to where it was asked for, replacing what is there; it is there whole or not at all. */
    void handOut(String fileName, Path target) throws IOException {
        Path file = file(fileName);
        try {
            Files.setPosixFilePermissions(
                    file, FetchTarget.permissionsIn(target.toAbsolutePath().getParent()));
            Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            try (FetchTarget written = FetchTarget.create(target)) {
                Files.copy(file, written);
                written.publish();
            }
            remove(fileName);
        }
    }

    /** Removes a segment, if it is there. */
    void remove(String fileName) throws IOException {
        Files.deleteIfExists(file(fileName));
    }
}
