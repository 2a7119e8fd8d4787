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
 * fails, cannot be reached or refuses the credentials; what is thrown besides is said at each method. An exception other
 * than {@link ObjectChangedException} from a write says nothing about whether the write took place.
 */
public interface ObjectStore extends AutoCloseable {
    /** The largest {@code content} of {@link #put} and {@link MultipartUpload#uploadPart}, in bytes. */
    int WRITE_MAX_BYTES = 64 << 20;

    /** The most keys that {@link #delete} takes at once. */
    int DELETE_MAX_KEYS = 1000;

    /**
     * Stores an object whole or not at all, durably when it returns. The store checks the bytes on arrival.
     *
     * @param content the bytes between position and limit of a heap buffer; neither is moved, and the buffer is the
     *     caller's again afterwards
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
     * closing it early is cheap.
     *
     * @throws ObjectMissingException if there is no such object
     */
    InputStream get(ObjectKey key, ByteRange range) throws IOException;

    /**
     * Reads an object that is known to be small, at most {@code sizeMaxBytes}.
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
     * @param from empty for the first page, then {@link ObjectListing#next()}
     */
    ObjectListing list(String prefix, ListDepth depth, Optional<String> from) throws IOException;

    /** Removes up to {@link #DELETE_MAX_KEYS} objects; one that is not there counts as removed. */
    void delete(List<ObjectKey> keys) throws IOException;

    /** Multipart uploads below a prefix that were begun and neither completed nor aborted, at most a thousand. */
    List<UnfinishedUpload> unfinishedUploads(String prefix) throws IOException;

    /** Aborts an upload of which another process, perhaps dead, was the owner; one that is gone counts as aborted. */
    void abort(UnfinishedUpload upload) throws IOException;

    /** What the store is called in messages, such as {@code s3://bucket/prefix}; has no secrets. */
    String describe();

    /** Gives back connections and threads. Streams and uploads must be closed before. */
    @Override
    void close();
}
