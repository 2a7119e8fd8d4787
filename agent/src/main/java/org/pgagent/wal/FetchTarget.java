package org.pgagent.wal;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;
import java.util.UUID;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.FileSystemReason;
import org.pgagent.error.PgAgentException;

/**
 * A file that is written beside its place and moved there once it is whole. For one thread.
 *
 * <p>{@link #publish} moves it, closing without it removes it. What a killed fetch left behind is removed by the next one
 * for the same target, or much later by an agent that starts ({@link AbandonedFetches}). It is not flushed to disk: after a crash PostgreSQL asks for the file again.
 */
final class FetchTarget extends OutputStream {
    /** The end of the name of a file that is being written. */
    static final String SUFFIX = ".pgagent-fetch";

    private final Path target;
    private final Path written;
    private final OutputStream out;
    private final ByteBuffer head = ByteBuffer.allocate(SegmentCheck.HEAD_BYTES);
    private boolean published;

    private FetchTarget(Path target, Path written, OutputStream out) {
        this.target = target;
        this.written = written;
        this.out = out;
    }

    static FetchTarget create(Path target) throws PgAgentException {
        Path absolute = target.toAbsolutePath();
        Path directory = absolute.getParent();
        if (directory == null || Files.isDirectory(absolute)) {
            throw new PgAgentException(
                    ErrorKind.LOCAL_IO,
                    absolute + " is a directory; a file was to be written there",
                    "Set restore_command = 'pgagent wal-fetch %f %p'.");
        }
        Path written = directory.resolve(absolute.getFileName() + "." + UUID.randomUUID() + SUFFIX);
        try {
            removeLeftovers(absolute, directory);
            Files.createFile(written, PosixFilePermissions.asFileAttribute(permissionsIn(directory)));
            return new FetchTarget(absolute, written, Files.newOutputStream(written, StandardOpenOption.WRITE));
        } catch (IOException e) {
            throw unwritable(absolute, e);
        }
    }

    private static void removeLeftovers(Path target, Path directory) throws IOException {
        String begin = target.getFileName() + ".";
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, entry -> {
            String name = entry.getFileName().toString();
            return name.startsWith(begin) && name.endsWith(SUFFIX);
        })) {
            for (Path leftover : entries) {
                Files.deleteIfExists(leftover);
            }
        }
    }

    /** As the server's own files in a data directory with or without access for its group. */
    static Set<PosixFilePermission> permissionsIn(Path directory) throws IOException {
        Set<PosixFilePermission> permissions =
                EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
        if (Files.getPosixFilePermissions(directory).contains(PosixFilePermission.GROUP_READ)) {
            permissions.add(PosixFilePermission.GROUP_READ);
        }
        return permissions;
    }

    /** The first bytes that were written, at most {@link SegmentCheck#HEAD_BYTES}. */
    ByteBuffer head() {
        return head.duplicate().flip();
    }

    @Override
    public void write(int oneByte) throws IOException {
        write(new byte[] {(byte) oneByte}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        head.put(bytes, offset, Math.min(length, head.remaining()));
        try {
            out.write(bytes, offset, length);
        } catch (IOException e) {
            throw unwritable(target, e);
        }
    }

    /** Moves the file to its place, replacing what is there, and closes it. */
    void publish() throws PgAgentException {
        try {
            out.close();
            Files.move(written, target, StandardCopyOption.ATOMIC_MOVE);
            published = true;
        } catch (IOException e) {
            throw unwritable(target, e);
        }
    }

    @Override
    public void close() throws IOException {
        if (published) {
            return;
        }
        try {
            out.close();
        } finally {
            Files.deleteIfExists(written);
        }
    }

    static PgAgentException unwritable(Path target, IOException cause) {
        Path directory = target.getParent();
        if (FileSystemReason.isFull(cause, directory)) {
            return new PgAgentException(
                    ErrorKind.DISK_FULL,
                    "no room left in " + directory + " for " + target.getFileName(),
                    "Make room in the file system of " + directory + "; recovery goes on where it stopped.",
                    cause);
        }
        if (cause instanceof NoSuchFileException) {
            return new PgAgentException(
                    ErrorKind.LOCAL_IO,
                    "there is no directory " + directory + ", or the file that was being written there was removed",
                    "Give the path that PostgreSQL puts in for %p; it is relative to the data directory.",
                    cause);
        }
        return new PgAgentException(
                ErrorKind.LOCAL_IO,
                target + " cannot be written: " + FileSystemReason.of(cause),
                "Run pgagent as the operating system user that runs PostgreSQL, and look at the kernel's log.",
                cause);
    }
}
