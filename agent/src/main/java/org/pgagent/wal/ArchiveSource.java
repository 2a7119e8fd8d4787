package org.pgagent.wal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.FileSystemReason;
import org.pgagent.error.PgAgentException;

/**
 * A file that PostgreSQL hands over for archiving: read from its first byte to its last, and refused if it is not the same
 * file afterwards. For one thread.
 */
final class ArchiveSource implements AutoCloseable {
    private static final int PIECE_BYTES = 256 << 10;

    private final Path file;
    private final BasicFileAttributes atFirst;
    private final FileChannel channel;

    private ArchiveSource(Path file, BasicFileAttributes atFirst, FileChannel channel) {
        this.file = file;
        this.atFirst = atFirst;
        this.channel = channel;
    }

    /** Takes the next bytes of a file. */
    @FunctionalInterface
    interface Sink {
        void write(byte[] bytes, int offset, int length) throws IOException;
    }

    static ArchiveSource open(Path file) throws PgAgentException {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            if (!attributes.isRegularFile()) {
                throw new PgAgentException(
                        ErrorKind.BAD_ARCHIVE_FILE,
                        file + " is a " + (attributes.isDirectory() ? "directory" : "special file")
                                + ", no archive file",
                        "Set archive_command = 'pgagent wal-push %p'.");
            }
            return new ArchiveSource(file, attributes, FileChannel.open(file, StandardOpenOption.READ));
        } catch (PgAgentException e) {
            throw e;
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    long sizeBytes() {
        return atFirst.size();
    }

    /** The first bytes, at most {@code length}; fewer only if the file is shorter. */
    ByteBuffer head(int length) throws PgAgentException {
        ByteBuffer head = ByteBuffer.allocate(length);
        while (head.hasRemaining() && readAt(head, head.position()) > 0) {
            // until the buffer is full or the file ends
        }
        return head.flip();
    }

    /**
     * Hands all bytes to a sink, in order; may be called again.
     *
     * @throws PgAgentException of kind LOCAL_IO if the file cannot be read to its end or is another one at the end
     */
    void copyTo(Sink sink) throws IOException {
        ByteBuffer piece = ByteBuffer.allocate((int) Math.min(PIECE_BYTES, sizeBytes() + 1));
        long done = 0;
        for (int got = readAt(piece, done); got > 0; got = readAt(piece.clear(), done)) {
            if (got > sizeBytes() - done) {
                throw changed("it is longer than " + sizeBytes() + " bytes");
            }
            sink.write(piece.array(), 0, got);
            done += got;
        }
        if (done != sizeBytes()) {
            throw changed("it ended after " + done + " of " + sizeBytes() + " bytes");
        }
        requireUnchanged();
    }

    private void requireUnchanged() throws PgAgentException {
        BasicFileAttributes now;
        try {
            now = Files.readAttributes(file, BasicFileAttributes.class);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
        if (now.size() != atFirst.size()
                || !now.lastModifiedTime().equals(atFirst.lastModifiedTime())
                || (now.fileKey() != null && !now.fileKey().equals(atFirst.fileKey()))) {
            throw changed("somebody wrote to it or put another file in its place");
        }
    }

    private int readAt(ByteBuffer target, long position) throws PgAgentException {
        try {
            return channel.read(target, position);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private PgAgentException changed(String how) {
        return new PgAgentException(
                ErrorKind.LOCAL_IO,
                file + " changed while it was read: " + how,
                "Nothing was stored. PostgreSQL will hand it over again; if this goes on, see who else writes to pg_wal.");
    }

    static PgAgentException unreadable(Path file, IOException cause) {
        if (cause instanceof NoSuchFileException) {
            return new PgAgentException(
                    ErrorKind.LOCAL_IO,
                    "there is no file " + file.toAbsolutePath(),
                    "Give the path that PostgreSQL puts in for %p; it is relative to the data directory.",
                    cause);
        }
        if (cause instanceof AccessDeniedException) {
            return new PgAgentException(
                    ErrorKind.LOCAL_IO,
                    file.toAbsolutePath() + " may not be read",
                    "Run pgagent as the operating system user that runs PostgreSQL.",
                    cause);
        }
        return new PgAgentException(
                ErrorKind.LOCAL_IO,
                file.toAbsolutePath() + " cannot be read: " + FileSystemReason.of(cause),
                "Look at the kernel's log for trouble with the disk.",
                cause);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
