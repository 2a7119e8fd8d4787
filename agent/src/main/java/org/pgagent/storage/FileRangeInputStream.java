package org.pgagent.storage;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Objects;
import java.util.function.Function;
import org.pgagent.error.PgAgentException;

/** Exactly so many bytes of a file, from the channel's position on. Owns the channel. */
final class FileRangeInputStream extends InputStream {
    private final FileChannel channel;
    private final Function<IOException, PgAgentException> translation;
    private long remaining;

    FileRangeInputStream(FileChannel channel, long length, Function<IOException, PgAgentException> translation) {
        this.channel = channel;
        this.remaining = length;
        this.translation = translation;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, buffer.length);
        if (length == 0) {
            return 0;
        }
        if (remaining == 0) {
            return -1;
        }
        try {
            int read = channel.read(ByteBuffer.wrap(buffer, offset, (int) Math.min(length, remaining)));
            if (read < 0) {
                throw new EOFException("the file was cut while it was read");
            }
            remaining -= read;
            return read;
        } catch (IOException e) {
            throw translation.apply(e);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } catch (IOException e) {
            throw translation.apply(e);
        }
    }
}
