package org.pgagent.storage;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/** A store that takes conditions and ignores them, as some S3 servers do. */
public final class ConditionIgnoringStore implements ObjectStore {
    private final ObjectStore store;

    public ConditionIgnoringStore(ObjectStore store) {
        this.store = store;
    }

    @Override
    public ObjectInfo put(ObjectKey key, ByteBuffer content, WriteCondition condition) throws IOException {
        return store.put(key, content, WriteCondition.always());
    }

    @Override
    public MultipartUpload startUpload(ObjectKey key) throws IOException {
        MultipartUpload upload = store.startUpload(key);
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
            public ObjectInfo complete(WriteCondition condition) throws IOException {
                return upload.complete(WriteCondition.always());
            }

            @Override
            public void close() {
                upload.close();
            }
        };
    }

    @Override
    public InputStream get(ObjectKey key, ByteRange range) throws IOException {
        return store.get(key, range);
    }

    @Override
    public ObjectContent getSmall(ObjectKey key, int sizeMaxBytes) throws IOException {
        return store.getSmall(key, sizeMaxBytes);
    }

    @Override
    public Optional<ObjectInfo> head(ObjectKey key) throws IOException {
        return store.head(key);
    }

    @Override
    public ObjectListing list(String prefix, ListDepth depth, Optional<String> from) throws IOException {
        return store.list(prefix, depth, from);
    }

    @Override
    public void delete(List<ObjectKey> keys) throws IOException {
        store.delete(keys);
    }

    @Override
    public List<UnfinishedUpload> unfinishedUploads(String prefix) throws IOException {
        return store.unfinishedUploads(prefix);
    }

    @Override
    public void abort(UnfinishedUpload upload) throws IOException {
        store.abort(upload);
    }

    @Override
    public String describe() {
        return store.describe();
    }

    @Override
    public void close() {
        store.close();
    }
}
