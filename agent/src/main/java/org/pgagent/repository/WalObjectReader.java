package org.pgagent.repository;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;
import org.pgagent.chunk.FrameStreams;
import org.pgagent.chunk.RunningHash;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.storage.ByteRange;
import org.pgagent.storage.ObjectInfo;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectMissingException;
import org.pgagent.storage.ObjectStore;

/** One archive file on its way out of the repository: what the object says of itself, then the original bytes. For one thread. */
public final class WalObjectReader implements AutoCloseable {
    private static final int PIECE_BYTES = 256 << 10;

    private final ObjectKey key;
    private final InputStream stored;
    private final WalObjectHeader header;

    private WalObjectReader(ObjectKey key, InputStream stored, WalObjectHeader header) {
        this.key = key;
        this.stored = stored;
        this.header = header;
    }

    /** As {@link WalObjects#open}. */
    static Optional<WalObjectReader> open(ObjectStore store, ObjectKey key, long originalSizeMax) throws IOException {
        if (WalObjectWriter.storedSizeMax(originalSizeMax) <= WalObjectWriter.PUT_MAX_BYTES) {
            byte[] object;
            try {
                object = store.getSmall(key, WalObjectWriter.PUT_MAX_BYTES).bytes();
            } catch (ObjectMissingException e) {
                return Optional.empty();
            }
            return Optional.of(read(key, new ByteArrayInputStream(object), originalSizeMax));
        }
        Optional<ObjectInfo> found = store.head(key);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(open(store, found.get(), originalSizeMax));
    }

    /** Begins to read an object that was found, however long, without holding it whole. */
    static WalObjectReader open(ObjectStore store, ObjectInfo found, long originalSizeMax) throws IOException {
        return read(found.key(), content(store, found), originalSizeMax);
    }

    private static InputStream content(ObjectStore store, ObjectInfo found) throws IOException {
        if (found.sizeBytes() < WalObjectHeader.BYTES) {
            throw WalObjectHeader.notOne(found.key());
        }
        try {
            return store.get(found.key(), new ByteRange(0, found.sizeBytes()));
        } catch (ObjectMissingException e) {
            throw new PgAgentException(
                    ErrorKind.CORRUPTED,
                    found.key() + " was there a moment ago and is gone",
                    "Somebody deletes from the repository while it is read; see whether the file is still needed.",
                    e);
        }
    }

    private static WalObjectReader read(ObjectKey key, InputStream stored, long originalSizeMax) throws IOException {
        try {
            WalObjectHeader header = WalObjectHeader.parse(stored.readNBytes(WalObjectHeader.BYTES), key);
            if (header.size() > originalSizeMax) {
                throw damaged(key, "it says that it has " + header.size() + " bytes, more than " + originalSizeMax);
            }
            return new WalObjectReader(key, stored, header);
        } catch (IOException e) {
            try (stored) {
                throw e;
            }
        }
    }

    /**
     * Reads what an object says of itself, with one request for its first bytes.
     *
     * @throws ObjectMissingException if the store said that there is no such object
     * @throws PgAgentException of kind CORRUPTED if the object is no archive file
     */
    static WalObjectHeader header(ObjectStore store, ObjectKey key) throws IOException {
        try (InputStream first = store.get(key, new ByteRange(0, WalObjectHeader.BYTES))) {
            return WalObjectHeader.parse(first.readNBytes(WalObjectHeader.BYTES), key);
        }
    }

    public WalObjectHeader header() {
        return header;
    }

    /**
     * Copies the original bytes and compares them with what the header says; called once. What was written to
     * {@code target} must be thrown away unless this returns.
     *
     * @throws PgAgentException of kind CORRUPTED if they differ
     */
    public void copyTo(OutputStream target) throws IOException {
        RunningHash hash = new RunningHash();
        byte[] piece = new byte[PIECE_BYTES];
        try (InputStream original = FrameStreams.decoder(stored, header.codec(), key)) {
            for (int got = original.read(piece); got >= 0; got = original.read(piece)) {
                hash.update(piece, 0, got);
                if (hash.size() > header.size()) {
                    throw damaged(key, "it has more than the " + header.size() + " bytes it says");
                }
                target.write(piece, 0, got);
            }
        }
        if (hash.size() != header.size()) {
            throw damaged(key, "it has " + hash.size() + " of the " + header.size() + " bytes it says");
        }
        if (!hash.hash().equals(header.hash())) {
            throw damaged(key, "its bytes have the hash " + hash.hash() + ", not " + header.hash() + " as it says");
        }
    }

    private static PgAgentException damaged(ObjectKey key, String how) {
        return new PgAgentException(
                ErrorKind.CORRUPTED,
                key + " is damaged: " + how,
                "Look into the store for an older version of the object, or restore to a point before it.");
    }

    @Override
    public void close() throws IOException {
        stored.close();
    }
}
