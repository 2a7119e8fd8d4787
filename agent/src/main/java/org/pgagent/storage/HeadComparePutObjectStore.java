package org.pgagent.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Conditional writes on a store that ignores conditions: asks for the object's head, compares, and then writes without
 * condition. Thread-safe.
 *
 * <p><b>What is lost:</b> between the question and the write another writer may write, and the last one wins; neither of
 * the two is told. So of two processes that take the same lease in the same moment both may believe to have it, and of two
 * different archive files of one name pushed in the same moment one overwrites the other. Writers one after the other are
 * kept apart as with real conditions. Where two hosts may write to one repository at the same time, use a store that
 * honours conditions.
 *
 * <p>Costs one or two requests more for each conditional write.
 */
public final class HeadComparePutObjectStore extends ForwardingObjectStore {
    /** Takes over {@code store}: closing this closes it. */
    public HeadComparePutObjectStore(ObjectStore store) {
        super(store);
    }

    private void require(ObjectKey key, WriteCondition condition) throws IOException {
        if (condition instanceof WriteCondition.Always) {
            return;
        }
        Optional<String> etag = head(key).map(ObjectInfo::etag);
        boolean holds = condition instanceof WriteCondition.IfUnchanged unchanged
                ? etag.equals(Optional.of(unchanged.etag()))
                : etag.isEmpty();
        if (!holds) {
            throw new ObjectChangedException(key + " in " + describe(), null);
        }
    }

    @Override
    public ObjectInfo put(ObjectKey key, ByteBuffer content, WriteCondition condition) throws IOException {
        require(key, condition);
        return super.put(key, content, WriteCondition.always());
    }

    @Override
    public MultipartUpload startUpload(ObjectKey key) throws IOException {
        return new HeadCompareUpload(super.startUpload(key));
    }

    private final class HeadCompareUpload implements MultipartUpload {
        private final MultipartUpload upload;
        private boolean conditionHeld;

        private HeadCompareUpload(MultipartUpload upload) {
            this.upload = upload;
        }

        @Override
        public ObjectKey key() {
            return upload.key();
        }

        @Override
        public void uploadPart(int partNumber, ByteBuffer content) throws IOException {
            upload.uploadPart(partNumber, content);
        }

        @Override
        public boolean copyPart(int partNumber, ObjectPart source) throws IOException {
            return upload.copyPart(partNumber, source);
        }

        @Override
        public ObjectInfo complete(WriteCondition condition) throws IOException {
            // Asked once: after a completion whose outcome is unknown, the object in the way may be this one.
            if (!conditionHeld) {
                require(key(), condition);
                conditionHeld = true;
            }
            return upload.complete(WriteCondition.always());
        }

        @Override
        public void close() {
            upload.close();
        }
    }
}
