package org.pgagent.transfer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

/**
 * Cuts the stream of a GET into stored chunks, reading far more at once than a small chunk is long. One for each thread,
 * used for one stream after another.
 */
final class StoredBytes {
    private static final int CAPACITY_LEAST_BYTES = 256 << 10;

    private byte[] bytes = new byte[CAPACITY_LEAST_BYTES];
    private InputStream in;
    private int begin;
    private int end;

    /** Where in the pack the byte at {@code begin} lies. */
    private long position;

    /** Starts on a stream whose first byte lies at {@code packOffset}; it stays the caller's. */
    void startOn(InputStream stream, long packOffset) {
        in = stream;
        begin = 0;
        end = 0;
        position = packOffset;
    }

    /**
     * The next chunk's bytes, valid until the next call.
     *
     * @param packOffset at or after the end of the chunk before
     */
    ByteBuffer chunk(long packOffset, int size) throws IOException {
        skipTo(packOffset);
        fill(size);
        ByteBuffer chunk = ByteBuffer.wrap(bytes, begin, size);
        begin += size;
        position += size;
        return chunk;
    }

    private void skipTo(long packOffset) throws IOException {
        while (position < packOffset) {
            int step = (int) Math.min(packOffset - position, CAPACITY_LEAST_BYTES);
            fill(step);
            begin += step;
            position += step;
        }
    }

    private void fill(int size) throws IOException {
        if (end - begin >= size) {
            return;
        }
        byte[] target = bytes.length >= size ? bytes : new byte[size];
        System.arraycopy(bytes, begin, target, 0, end - begin);
        bytes = target;
        end -= begin;
        begin = 0;
        while (end < size) {
            int read = in.read(bytes, end, bytes.length - end);
            if (read < 0) {
                throw new PgAgentException(
                        ErrorKind.STORE_FAILED,
                        "the store sent " + (size - end) + " bytes less than it was asked for",
                        "Run the same command again; it goes on where this one stopped.");
            }
            end += read;
        }
    }
}
