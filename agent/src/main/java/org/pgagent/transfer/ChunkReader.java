package org.pgagent.transfer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.FileSystemReason;
import org.pgagent.error.PgAgentException;

/**
 * Reads a file of a running cluster from its beginning, chunk by chunk, up to the size that it had when it was opened: what
 * is added later comes from WAL, and a file that shrinks meanwhile just ends earlier. For one thread.
 */
final class ChunkReader implements AutoCloseable {
    private final Path file;
    private final ReadRate rate;
    private final FileChannel channel;
    private final long size;
    private long offset;

    /**
     * Opens a file.
     *
     * @param rate how fast it is read
     * @throws java.nio.file.NoSuchFileException if it is gone, which is no error in a running cluster
     */
    ChunkReader(Path file, ReadRate rate) throws IOException {
        this.file = file;
        this.rate = rate;
        this.channel = FileChannel.open(file, StandardOpenOption.READ);
        this.size = channel.size();
    }

    /** How long the file was when it was opened. */
    long size() {
        return size;
    }

    /** Where in the file the next chunk begins; at the end, how many bytes were read. */
    long offset() {
        return offset;
    }

    /**
     * Reads the next chunk, as much of it as the buffer has room for.
     *
     * @return false at the end of the file; the buffer is flipped around what was read otherwise
     */
    boolean next(ByteBuffer target) throws IOException {
        target.clear().limit((int) Math.min(target.capacity(), size - offset));
        read(target, offset);
        offset += target.flip().remaining();
        return target.hasRemaining();
    }

    /**
     * Reads some bytes of the file, whether they were read before or not.
     *
     * @param target filled from its position to its limit, or to the end of the file if that comes first
     */
    void read(ByteBuffer target, long from) throws IOException {
        rate.read(fill(target, from));
    }

    private long fill(ByteBuffer target, long from) throws IOException {
        long at = from;
        try {
            while (target.hasRemaining()) {
                int length = channel.read(target, at);
                if (length < 0) {
                    break;
                }
                at += length;
            }
        } catch (IOException e) {
            throw new PgAgentException(
                    ErrorKind.LOCAL_IO,
                    "cannot read " + file + " at byte " + at + ": " + FileSystemReason.of(e),
                    "Look into the kernel's log for errors of the disk.",
                    e);
        }
        return at - from;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
