package org.pgagent.repository;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.pgagent.storage.ByteRange;
import org.pgagent.storage.ListDepth;
import org.pgagent.storage.MultipartUpload;
import org.pgagent.storage.ObjectContent;
import org.pgagent.storage.ObjectInfo;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectListing;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.UnfinishedUpload;
import org.pgagent.storage.WriteCondition;

/** A store in front of which somebody else is quicker, once: when the first put is asked for. For one thread. */
final class BeforeFirstPut implements ObjectStore {
    private final ObjectStore store;
    private final Action somebodyElse;
    private boolean done;

    /** What somebody else does. */
    @FunctionalInterface
    interface Action {
        void run() throws IOException;
    }

    BeforeFirstPut(ObjectStore store, Action somebodyElse) {
        this.store = store;
        this.somebodyElse = somebodyElse;
    }

    @Override
    public ObjectInfo put(ObjectKey key, ByteBuffer content, WriteCondition condition) throws IOException {
        if (!done) {
            done = true;
            somebodyElse.run();
        }
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
    public void close() {
        store.close();
    }
}
