package org.pgagent.storage;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;

/** Counts requests and bytes, for summaries, metrics and tests. Thread-safe. */
public final class CountingObjectStore implements ObjectStore {
    private final ObjectStore store;
    private final Map<StoreRequest, LongAdder> requests = new EnumMap<>(StoreRequest.class);
    private final LongAdder writtenBytes = new LongAdder();
    private final LongAdder readBytes = new LongAdder();

    /** Takes over {@code store}: closing this closes it. */
    public CountingObjectStore(ObjectStore store) {
        this.store = store;
        for (StoreRequest kind : StoreRequest.values()) {
            requests.put(kind, new LongAdder());
        }
    }

    /** What was counted so far; requests under way are counted already, their bytes perhaps not. */
    public StoreCounts counts() {
        Map<StoreRequest, Long> sums = new EnumMap<>(StoreRequest.class);
        requests.forEach((kind, count) -> sums.put(kind, count.sum()));
        return new StoreCounts(sums, writtenBytes.sum(), readBytes.sum());
    }

    private void count(StoreRequest kind) {
        requests.get(kind).increment();
    }

    @Override
    public ObjectInfo put(ObjectKey key, ByteBuffer content, WriteCondition condition) throws IOException {
        count(StoreRequest.PUT);
        writtenBytes.add(content.remaining());
        return store.put(key, content, condition);
    }

    @Override
    public MultipartUpload startUpload(ObjectKey key) throws IOException {
        count(StoreRequest.START_UPLOAD);
        return new CountingUpload(store.startUpload(key));
    }

    @Override
    public InputStream get(ObjectKey key, ByteRange range) throws IOException {
        count(StoreRequest.GET);
        return new CountingStream(store.get(key, range), readBytes);
    }

    @Override
    public ObjectContent getSmall(ObjectKey key, int sizeMaxBytes) throws IOException {
        count(StoreRequest.GET);
        ObjectContent content = store.getSmall(key, sizeMaxBytes);
        readBytes.add(content.bytes().length);
        return content;
    }

    @Override
    public Optional<ObjectInfo> head(ObjectKey key) throws IOException {
        count(StoreRequest.HEAD);
        return store.head(key);
    }

    @Override
    public ObjectListing list(String prefix, ListDepth depth, Optional<String> from) throws IOException {
        count(StoreRequest.LIST);
        return store.list(prefix, depth, from);
    }

    @Override
    public void delete(List<ObjectKey> keys) throws IOException {
        count(StoreRequest.DELETE);
        store.delete(keys);
    }

    @Override
    public List<UnfinishedUpload> unfinishedUploads(String prefix) throws IOException {
        count(StoreRequest.LIST_UPLOADS);
        return store.unfinishedUploads(prefix);
    }

    @Override
    public void abort(UnfinishedUpload upload) throws IOException {
        count(StoreRequest.ABORT_UPLOAD);
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

    private final class CountingUpload implements MultipartUpload {
        private final MultipartUpload upload;
        private boolean completed;

        private CountingUpload(MultipartUpload upload) {
            this.upload = upload;
        }

        @Override
        public ObjectKey key() {
            return upload.key();
        }

        @Override
        public void uploadPart(int partNumber, ByteBuffer content) throws IOException {
            count(StoreRequest.UPLOAD_PART);
            writtenBytes.add(content.remaining());
            upload.uploadPart(partNumber, content);
        }

        @Override
        public boolean copyPart(int partNumber, ObjectPart source) throws IOException {
            count(StoreRequest.COPY_PART);
            return upload.copyPart(partNumber, source);
        }

        @Override
        public ObjectInfo complete(WriteCondition condition) throws IOException {
            count(StoreRequest.COMPLETE_UPLOAD);
            ObjectInfo info = upload.complete(condition);
            completed = true;
            return info;
        }

        @Override
        public void close() {
            if (!completed) {
                count(StoreRequest.ABORT_UPLOAD);
            }
            upload.close();
        }
    }

    private static final class CountingStream extends FilterInputStream {
        private final LongAdder readBytes;

        private CountingStream(InputStream stream, LongAdder readBytes) {
            super(stream);
            this.readBytes = readBytes;
        }

        @Override
        public int read() throws IOException {
            int read = super.read();
            if (read >= 0) {
                readBytes.increment();
            }
            return read;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int read = super.read(buffer, offset, length);
            if (read > 0) {
                readBytes.add(read);
            }
            return read;
        }
    }
}
