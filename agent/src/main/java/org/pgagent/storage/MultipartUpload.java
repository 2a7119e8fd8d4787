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
     * Sends one part. Sending a number again replaces that part. All parts but the last have at least
     * {@link #PART_MIN_BYTES}.
     *
     * @param partNumber 1 to {@link #PART_NUMBER_MAX}; the object is made of the parts in the order of their numbers,
     *     which must be without gaps when it is completed
     * @param content as in {@link ObjectStore#put}
     */
    void uploadPart(int partNumber, ByteBuffer content) throws IOException;

    /**
     * Has the store take a part from another object, so that its bytes do not come here.
     *
     * @param partNumber as in {@link #uploadPart}
     * @param source of at least {@link #PART_MIN_BYTES}, in the same store, which compares the CRC if it can
     * @return false if the store does not know such a request; nothing has happened then
     * @throws ObjectMissingException if there is no such object
     */
    boolean copyPart(int partNumber, ObjectPart source) throws IOException;

    /**
     * Publishes the object.
     *
     * <p>After a failure that is worth retrying, and only then, it may be called again with the same condition. It then
     * finds out by itself whether the earlier call took place after all, and counts that as success; so a caller never
     * has to ask whether an object that is in the way is its own.
     *
     * @throws ObjectChangedException if the condition did not hold; nothing was published then
     * @throws IllegalStateException without parts, with a gap in their numbers, with one too small before the last, or
     *     after a call that succeeded
     */
    ObjectInfo complete(WriteCondition condition) throws IOException;

    /** Aborts the upload unless it was completed. What cannot be aborted is logged. */
    @Override
    void close();
}
