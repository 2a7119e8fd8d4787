package org.pgagent.storage;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * A flat store of immutable byte strings under keys, as S3 is one. Thread-safe. Reads see every write that was confirmed
 * before (S3's strong consistency).
 *
 * <p>Every method throws {@link org.pgagent.error.PgAgentException} with one of the {@code STORE_} kinds when the store
 * fails, cannot be reached or refuses the credentials, of kind DISK_FULL when a directory has no room left, of kind
 * CONFIGURATION when a setting such as the region is wrong, and of kind INTERRUPTED when the thread was told to stop; what
 * is thrown besides is said at each method. No other {@link IOException} is thrown, also not by the streams. An exception
 * other than {@link ObjectChangedException} from a write says nothing about whether the write took place.
 */
public interface ObjectStore extends AutoCloseable {
    /** The largest {@code content} of {@link #put} and {@link MultipartUpload#uploadPart}, in bytes. */
    int WRITE_MAX_BYTES = 64 << 20;

    /** The most keys that {@link #delete} takes at once. */
    int DELETE_MAX_KEYS = 1000;

    /**
     * Stores an object whole or not at all, durably when it returns. The store checks the bytes on arrival.
     *
     * @param content the bytes between position and limit of a writable heap buffer, at most {@link #WRITE_MAX_BYTES};
     *     neither is moved, and the buffer is the caller's again afterwards
     * @throws ObjectChangedException if the condition did not hold; nothing was changed then
     */
    ObjectInfo put(ObjectKey key, ByteBuffer content, WriteCondition condition) throws IOException;

    /**
     * Begins an object that arrives in parts. Nothing can be read under the key until the upload is completed.
     *
     * <p>The caller closes the upload; closing one that is not completed aborts it.
     */
    MultipartUpload startUpload(ObjectKey key) throws IOException;

    /**
     * Reads a range of an object. The stream delivers exactly that many bytes or throws; the caller closes it, and
     * closing it early is cheap. Reading it fails with {@link org.pgagent.error.PgAgentException} only.
     *
     * @throws ObjectMissingException if there is no such object
     * @throws org.pgagent.error.PgAgentException of kind CORRUPTED if the object ends before the range does
     */
    InputStream get(ObjectKey key, ByteRange range) throws IOException;

    /**
     * Reads an object that is known to be small, at most {@code sizeMaxBytes}: bytes and ETag of one version, in one
     * request. The only way to read an empty object.
     *
     * @throws ObjectMissingException if there is no such object
     * @throws org.pgagent.error.PgAgentException of kind CORRUPTED if it is larger
     */
    ObjectContent getSmall(ObjectKey key, int sizeMaxBytes) throws IOException;

    /** Size and ETag of an object; empty only if the store said that there is none. */
    Optional<ObjectInfo> head(ObjectKey key) throws IOException;

    /**
     * One page of what lies below a prefix.
     *
     * @param prefix text that the keys begin with, such as {@code main/backups/}; may end within a segment; may be empty
     * @param from empty for the first page, then {@link ObjectListing#next()}; means nothing with another prefix or depth
     */
    ObjectListing list(String prefix, ListDepth depth, Optional<String> from) throws IOException;

    /**
     * Removes up to {@link #DELETE_MAX_KEYS} objects; one that is not there counts as removed. When it throws, some may be
     * removed and others not; calling again is safe.
     */
    void delete(List<ObjectKey> keys) throws IOException;

    /** Multipart uploads below a prefix that were begun and neither completed nor aborted, at most a thousand. */
    List<UnfinishedUpload> unfinishedUploads(String prefix) throws IOException;

    /** Takes a page of a listing. */
    @FunctionalInterface
    interface PageReader {
        void read(ObjectListing page) throws IOException;
    }

    /** Reads a listing to its end, as {@link #list} gives it: one request per thousand names, one page in memory. */
    default void forEachPage(String prefix, ListDepth depth, PageReader reader) throws IOException {
        Optional<String> from = Optional.empty();
        do {
            ObjectListing page = list(prefix, depth, from);
            reader.read(page);
            from = page.next();
        } while (from.isPresent());
    }

    /** Aborts an upload of which another process, perhaps dead, was the owner; one that is gone counts as aborted. */
    void abort(UnfinishedUpload upload) throws IOException;

    /** What the store is called in messages, such as {@code s3://bucket/prefix}; has no secrets. */
    String describe();

    /**
     * What tells this store from every other one, also from one that has the same name at another place, such as
     * {@code s3://bucket/prefix at https://minio.example.com:9000}; has no secrets.
     */
    String identity();

    /** Gives back connections and threads. Streams and uploads must be closed before. */
    @Override
    void close();

    /**
     * What every implementation asks of a {@code content}.
     *
     * @throws IllegalArgumentException if it is not a writable heap buffer, or longer than {@link #WRITE_MAX_BYTES}
     */
    static void requireContent(ByteBuffer content) {
        if (!content.hasArray()) {
            throw new IllegalArgumentException("content must be in a writable heap buffer");
        }
        if (content.remaining() > WRITE_MAX_BYTES) {
            throw new IllegalArgumentException(
                    "content of " + content.remaining() + " bytes; at most " + WRITE_MAX_BYTES + " go at once");
        }
    }

    /**
     * What every implementation asks of the keys to delete.
     *
     * @throws IllegalArgumentException if there are more than {@link #DELETE_MAX_KEYS}
     */
    static void requireDeletable(List<ObjectKey> keys) {
        if (keys.size() > DELETE_MAX_KEYS) {
            throw new IllegalArgumentException(keys.size() + " keys; at most " + DELETE_MAX_KEYS + " go at once");
        }
    }
}
