package org.pgagent.repository;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import org.pgagent.chunk.Compression;
import org.pgagent.chunk.ContentHash;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.ArchiveFile;
import org.pgagent.postgres.Timeline;
import org.pgagent.storage.ObjectInfo;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectMissingException;
import org.pgagent.storage.ObjectStore;

/**
 * The archive files of a cluster as objects, each behind a {@link WalObjectHeader}. Nothing here is ever overwritten but by what
 * it should have been. Thread-safe.
 */
public final class WalObjects {
    /** The longest archive file: a segment can be 1 GiB long, and nothing else comes near. */
    public static final long SIZE_MAX_BYTES = 1L << 30;

    /** Thousands of timelines fit. */
    public static final int HISTORY_MAX_BYTES = 1 << 20;

    private final ObjectStore store;
    private final ClusterKeys keys;
    private final PartBuffers buffers = new PartBuffers();

    public WalObjects(ObjectStore store, ClusterKeys keys) {
        this.store = store;
        this.keys = keys;
    }

    /** Where a writer writes to, and what it borrows for that. */
    record Place(ObjectStore store, PartBuffers buffers) {}

    /** The key of an archive file. It has no suffix for the codec, so that one name is one object. */
    public ObjectKey key(ArchiveFile file) {
        if (file instanceof ArchiveFile.History history) {
            return keys.history(history.timeline());
        }
        return file instanceof ArchiveFile.Opaque ? keys.opaqueFile(file.fileName()) : keys.walFile(file.fileName());
    }

    /**
     * The key of a file whose name another one has taken. Only for files that no recovery reads: two promotions may each
     * leave a {@code .partial} file of one name, and two backups a {@code .backup} file.
     */
    public ObjectKey keyBeside(ArchiveFile file, ContentHash hash) {
        if (file.neededByRecovery()) {
            throw new IllegalArgumentException("there can be only one " + file.fileName());
        }
        return keys.walFile(file.fileName() + "." + hash.toString().substring(0, 16));
    }

    /** Begins to store a file under a key; {@link WalObjectWriter} says what follows. */
    public WalObjectWriter create(ObjectKey key, Compression compression, long originalSize) throws IOException {
        return new WalObjectWriter(new Place(store, buffers), key, compression, originalSize);
    }

    /**
     * What an object says of itself, with one request; empty only if the store said that there is none.
     *
     * @throws org.pgagent.error.PgAgentException of kind CORRUPTED if the object is no archive file
     */
    public Optional<WalObjectHeader> header(ObjectKey key) throws IOException {
        try {
            return Optional.of(WalObjectReader.header(store, key));
        } catch (ObjectMissingException e) {
            return Optional.empty();
        }
    }

    /**
     * An object whose bytes are not those that it says.
     *
     * @param etag of what was read
     * @param why what is wrong with it
     */
    public record Damaged(String etag, String why) {}

    /**
     * Reads an object to its end, with two requests, and never holds it whole.
     *
     * @param originalSize the size that it says
     * @return empty if the bytes are those that it says
     * @throws ObjectMissingException if the store said that there is no such object
     */
    public Optional<Damaged> damaged(ObjectKey key, long originalSize) throws IOException {
        ObjectInfo found =
                store.head(key).orElseThrow(() -> new ObjectMissingException(key + " in " + store.describe(), null));
        try (WalObjectReader reader = WalObjectReader.open(store, found, originalSize)) {
            reader.copyTo(OutputStream.nullOutputStream());
            return Optional.empty();
        } catch (PgAgentException e) {
            if (e.kind() != ErrorKind.CORRUPTED) {
                throw e;
            }
            return Optional.of(new Damaged(found.etag(), e.getMessage()));
        }
    }

    /**
     * Begins to read an object; empty only if the store said that there is none. One request if the file can be no longer
     * than a segment of 16 MiB; otherwise two, and it is never held whole.
     *
     * @param originalSizeMax the file's size at most
     * @throws org.pgagent.error.PgAgentException of kind CORRUPTED if the object is no archive file, or a longer one
     */
    public Optional<WalObjectReader> open(ObjectKey key, long originalSizeMax) throws IOException {
        return WalObjectReader.open(store, key, originalSizeMax);
    }

    /**
     * The bytes of a history file; empty only if the store said that there is none.
     *
     * @throws org.pgagent.error.PgAgentException of kind CORRUPTED if the object is damaged or not what its name says
     */
    public Optional<byte[]> history(Timeline timeline) throws IOException {
        ObjectKey key = keys.history(timeline);
        Optional<WalObjectReader> found = open(key, HISTORY_MAX_BYTES);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        try (WalObjectReader reader = found.get()) {
            reader.header().requireFile(key.name(), key);
            ByteArrayOutputStream content = new ByteArrayOutputStream();
            reader.copyTo(content);
            return Optional.of(content.toByteArray());
        }
    }

    /** What WAL retention has given up, with one request. */
    public ExpiredWal expired() throws IOException {
        return new ExpiredWalNote(store, keys).read();
    }

    /** Where the objects are, for messages. */
    public String describe() {
        return store.describe();
    }
}
