package org.pgagent.storage;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * An object on its way in parts. {@link #uploadPart} may be called from several threads; {@link #complete} once, after all
 * of those calls have returned.
 */
public interface MultipartUpload extends AutoCloseable {
    /** The smallest part but the last, in bytes. */
    int PART_MIN_BYTES = 5 << 20;

    /** The highest part number. */
    int PART_NUMBER_MAX = 10_000;

    ObjectKey key();

    /**
     * Sends one part. Sending a number again replaces that part.
     *
     * @param partNumber 1 to {@link #PART_NUMBER_MAX}; the object is made of the parts in the order of their numbers,
     *     which must be without gaps when it is completed
     * @param content as in {@link ObjectStore#put}
     */
    void uploadPart(int partNumber, ByteBuffer content) throws IOException;

    /**
     * Publishes the object.
     *
     * @throws ObjectChangedException if the condition did not hold
     * @throws IllegalStateException without parts, or when called twice
     */
    ObjectInfo complete(WriteCondition condition) throws IOException;

    /** Aborts the upload unless it was completed. What cannot be aborted is logged, and {@code purge} finds it. */
    @Override
    void close();
}
