package org.pgagent.storage;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * Hands every call on to another store; subclasses change the few that they are about. Those that are about every call, like
 * {@link RetryingObjectStore}, implement the interface itself, so that the compiler tells them of a new one.
 */
public abstract class ForwardingObjectStore implements ObjectStore {
    private final ObjectStore store;

    /** Takes over {@code store}: closing this closes it. */
    protected ForwardingObjectStore(ObjectStore store) {
        this.store = store;
    }

    @Override
    public ObjectInfo put(ObjectKey key, ByteBuffer content, WriteCondition condition) throws IOException {
        return store.put(key, content, condition);
    }

    @Override
    public MultipartUpload startUpload(ObjectKey key) throws IOException {
        return store.startUpload(key);
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
    public String identity() {
        return store.identity();
    }

    @Override
    public void close() {
        store.close();
    }
}
