package org.pgagent.storage;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.pgagent.error.PgAgentException;

/**
 * Sends again what failed in a way that is worth it ({@link org.pgagent.error.ErrorKind#worthRetrying()}), a bounded number
 * of times and within a bounded time. The one place for retries: no client below it has its own. Thread-safe.
 *
 * <p><b>Reads</b> go on where they broke, with the rest of their range. That is right only for objects that are never
 * replaced, which all objects are that are read by range; but for a damaged archive file, whose reader compares its hash.
 *
 * <p><b>Conditional puts.</b> A put that is reported as failed may have taken place. The next try is then refused, because
 * the object that is in the way is the one from the first try. So when a put is refused, and only after an earlier try of
 * the same call failed, the object there is read back and compared: the very same bytes count as success, whoever wrote
 * them, any others are {@link ObjectChangedException}. Objects for which it matters who wrote them must therefore name
 * their writer in their content, as {@code lease.json} does. When a third party has replaced the object between the two
 * tries the put is reported as refused although it took place for a moment; that is the safe side.
 *
 * <p><b>Conditional completion</b> of a multipart upload needs no such comparison here, for {@link
 * MultipartUpload#complete} itself recognises its own object when it is called again.
 */
public final class RetryingObjectStore implements ObjectStore {
    private static final int COMPARE_BUFFER_BYTES = 64 << 10;

    private final ObjectStore store;
    private final Retries retries;

    /** Takes over {@code store}: closing this closes it. */
    public RetryingObjectStore(ObjectStore store, Retries retries) {
        this.store = store;
        this.retries = retries;
    }

    /** One request, sent again as often as the budget allows. */
    @FunctionalInterface
    private interface Request<T> {
        T send() throws IOException;
    }

    /** The same for a request without an answer. */
    @FunctionalInterface
    private interface Order {
        void send() throws IOException;
    }

    private <T> T retried(String name, Request<T> request) throws IOException {
        Retries.Budget budget = retries.begin(name);
        while (true) {
            try {
                return request.send();
            } catch (PgAgentException e) {
                budget.afterFailure(e);
            }
        }
    }

    private void retriedOrder(String name, Order order) throws IOException {
        retried(name, () -> {
            order.send();
            return Optional.empty();
        });
    }

    @Override
    public ObjectInfo put(ObjectKey key, ByteBuffer content, WriteCondition condition) throws IOException {
        Retries.Budget budget = retries.begin("put " + key);
        while (true) {
            try {
                return store.put(key, content, condition);
            } catch (ObjectChangedException e) {
                if (!budget.hasFailed()) {
                    throw e;
                }
                return sameContent(key, content).orElseThrow(() -> e);
            } catch (PgAgentException e) {
                budget.afterFailure(e);
            }
        }
    }

    /** The object under the key, if it has just these bytes. */
    private Optional<ObjectInfo> sameContent(ObjectKey key, ByteBuffer content) throws IOException {
        Optional<ObjectInfo> info = head(key);
        if (info.isEmpty() || info.get().sizeBytes() != content.remaining()) {
            return Optional.empty();
        }
        if (!content.hasRemaining()) {
            return info;
        }
        byte[] buffer = new byte[COMPARE_BUFFER_BYTES];
        int at = content.arrayOffset() + content.position();
        try (InputStream there = get(key, new ByteRange(0, content.remaining()))) {
            int read;
            while ((read = there.read(buffer)) >= 0) {
                if (!Arrays.equals(buffer, 0, read, content.array(), at, at + read)) {
                    return Optional.empty();
                }
                at += read;
            }
        } catch (ObjectMissingException e) {
            return Optional.empty();
        }
        return info;
    }

    @Override
    public MultipartUpload startUpload(ObjectKey key) throws IOException {
        return new RetryingUpload(retried("start upload of " + key, () -> store.startUpload(key)));
    }

    @Override
    public InputStream get(ObjectKey key, ByteRange range) throws IOException {
        return ResumingInputStream.open(store, key, range, retries.begin("get " + key));
    }

    @Override
    public ObjectContent getSmall(ObjectKey key, int sizeMaxBytes) throws IOException {
        return retried("get " + key, () -> store.getSmall(key, sizeMaxBytes));
    }

    @Override
    public Optional<ObjectInfo> head(ObjectKey key) throws IOException {
        return retried("head " + key, () -> store.head(key));
    }

    @Override
    public ObjectListing list(String prefix, ListDepth depth, Optional<String> from) throws IOException {
        return retried("list " + prefix, () -> store.list(prefix, depth, from));
    }

    @Override
    public void delete(List<ObjectKey> keys) throws IOException {
        retriedOrder("delete of " + keys.size() + " objects", () -> store.delete(keys));
    }

    @Override
    public List<UnfinishedUpload> unfinishedUploads(String prefix) throws IOException {
        return retried("list of uploads " + prefix, () -> store.unfinishedUploads(prefix));
    }

    @Override
    public void abort(UnfinishedUpload upload) throws IOException {
        retriedOrder("abort of the upload of " + upload.key(), () -> store.abort(upload));
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

    private final class RetryingUpload implements MultipartUpload {
        private final MultipartUpload upload;

        private RetryingUpload(MultipartUpload upload) {
            this.upload = upload;
        }

        @Override
        public ObjectKey key() {
            return upload.key();
        }

        @Override
        public void uploadPart(int partNumber, ByteBuffer content) throws IOException {
            retriedOrder("part " + partNumber + " of " + key(), () -> upload.uploadPart(partNumber, content));
        }

        @Override
        public boolean copyPart(int partNumber, ObjectPart source) throws IOException {
            return retried("copy of part " + partNumber + " of " + key(), () -> upload.copyPart(partNumber, source));
        }

        @Override
        public ObjectInfo complete(WriteCondition condition) throws IOException {
            return retried("completion of " + key(), () -> upload.complete(condition));
        }

        @Override
        public void close() {
            upload.close();
        }
    }
}
