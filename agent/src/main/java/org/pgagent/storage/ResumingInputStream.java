package org.pgagent.storage;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.Optional;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

/**
 * A range of an object that survives broken connections: asks for the rest of the range where the last stream ended.
 *
 * <p>One budget for the whole range: the number of tries is not renewed by progress, or a connection that breaks after
 * every few bytes would never come to an end. The time is, because a reader may be slow for its own reasons.
 */
final class ResumingInputStream extends InputStream {
    private final ObjectStore store;
    private final ObjectKey key;
    private final long end;
    private final Retries.Budget budget;
    private long position;
    private Optional<InputStream> current = Optional.empty();
    private boolean closed;

    private ResumingInputStream(ObjectStore store, ObjectKey key, ByteRange range, Retries.Budget budget) {
        this.store = store;
        this.key = key;
        this.position = range.start();
        this.end = range.end();
        this.budget = budget;
    }

    /** Opens at once, so that a missing object is told here and not at the first read. */
    static InputStream open(ObjectStore store, ObjectKey key, ByteRange range, Retries.Budget budget)
            throws IOException {
        ResumingInputStream stream = new ResumingInputStream(store, key, range, budget);
        while (true) {
            try {
                stream.connected();
                return stream;
            } catch (PgAgentException e) {
                budget.afterFailure(e);
            }
        }
    }

    private InputStream connected() throws IOException {
        if (current.isEmpty()) {
            current = Optional.of(store.get(key, new ByteRange(position, end)));
        }
        return current.get();
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, buffer.length);
        if (closed) {
            throw new IllegalStateException("read after close of " + key);
        }
        if (length == 0) {
            return 0;
        }
        while (position < end) {
            try {
                int read = connected().read(buffer, offset, length);
                if (read < 0) {
                    throw new PgAgentException(
                            ErrorKind.STORE_FAILED,
                            "the store sent " + (end - position) + " bytes too few of " + key,
                            "Run the command again.");
                }
                position += read;
                budget.progressed();
                return read;
            } catch (PgAgentException e) {
                disconnect(e);
                budget.afterFailure(e);
            }
        }
        return -1;
    }

    private void disconnect(PgAgentException reason) {
        try {
            closeCurrent();
        } catch (IOException e) {
            reason.addSuppressed(e);
        }
    }

    @Override
    public void close() throws IOException {
        closed = true;
        closeCurrent();
    }

    private void closeCurrent() throws IOException {
        if (current.isPresent()) {
            InputStream stream = current.get();
            current = Optional.empty();
            stream.close();
        }
    }
}
