package org.pgagent.storage;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;

/**
 * An object that is read piece by piece, each with a request of its own and at once, for a reader that takes hours: no store
 * keeps a connection for one who reads nothing for minutes. Holds one piece. For one thread.
 */
public final class PiecewiseInputStream extends InputStream {
    private final ObjectStore store;
    private final ObjectKey key;
    private final long size;
    private final int pieceBytes;
    private byte[] piece = {};
    private int at;
    /** Where the piece ends in the object. */
    private long position;

    private PiecewiseInputStream(ObjectStore store, ObjectKey key, long size, int pieceBytes) {
        this.store = store;
        this.key = key;
        this.size = size;
        this.pieceBytes = pieceBytes;
    }

    /**
     * Reads the first piece.
     *
     * @param size of the object, which is never replaced
     * @throws ObjectMissingException if there is none
     */
    public static InputStream open(ObjectStore store, ObjectKey key, long size, int pieceBytes) throws IOException {
        PiecewiseInputStream stream = new PiecewiseInputStream(store, key, size, pieceBytes);
        stream.nextPiece();
        return stream;
    }

    private void nextPiece() throws IOException {
        long end = Math.min(size, position + pieceBytes);
        try (InputStream content = store.get(key, new ByteRange(position, end))) {
            piece = content.readAllBytes();
        }
        at = 0;
        position = end;
    }

    /** Whether there is a byte to read. */
    private boolean hasNext() throws IOException {
        while (at == piece.length && position < size) {
            nextPiece();
        }
        return at < piece.length;
    }

    @Override
    public int read() throws IOException {
        return hasNext() ? piece[at++] & 0xff : -1;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, buffer.length);
        if (length == 0) {
            return 0;
        }
        if (!hasNext()) {
            return -1;
        }
        int count = Math.min(length, piece.length - at);
        System.arraycopy(piece, at, buffer, offset, count);
        at += count;
        return count;
    }
}
