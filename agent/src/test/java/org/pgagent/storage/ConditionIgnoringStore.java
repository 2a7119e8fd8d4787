package org.pgagent.storage;

import java.io.IOException;
import java.nio.ByteBuffer;

/** A store that takes conditions and ignores them, as some S3 servers do. */
public final class ConditionIgnoringStore extends ForwardingObjectStore {
    public ConditionIgnoringStore(ObjectStore store) {
        super(store);
    }

    @Override
    public ObjectInfo put(ObjectKey key, ByteBuffer content, WriteCondition condition) throws IOException {
        return super.put(key, content, WriteCondition.always());
    }

    @Override
    public MultipartUpload startUpload(ObjectKey key) throws IOException {
        MultipartUpload upload = super.startUpload(key);
        return new MultipartUpload() {
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
                return upload.complete(WriteCondition.always());
            }

            @Override
            public void close() {
                upload.close();
            }
        };
    }
}
