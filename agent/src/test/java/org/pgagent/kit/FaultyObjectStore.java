package org.pgagent.kit;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.storage.ByteRange;
import org.pgagent.storage.ListDepth;
import org.pgagent.storage.MultipartUpload;
import org.pgagent.storage.ObjectContent;
import org.pgagent.storage.ObjectInfo;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectListing;
import org.pgagent.storage.ObjectPart;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.StoreRequest;
import org.pgagent.storage.UnfinishedUpload;
import org.pgagent.storage.WriteCondition;

/**
 * Fails just one of the calls to a store, for a sweep over all of them: count the calls of a good run with {@link
 * #counting}, then run once for each call and each {@link Fault} that applies to it, and end each run with {@link
 * #requireHit}, for a fault that was never met proves nothing. Thread-safe.
 */
public final class FaultyObjectStore implements ObjectStore {
    private final ObjectStore store;
    private final int failingCall;
    private final Optional<StoreRequest> failingRequest;
    private final Optional<Fault> fault;
    private final List<StoreRequest> calls = new ArrayList<>();
    private boolean dead;

    /** What goes wrong. */
    public enum Fault {
        /** The store does nothing and reports a failure that may pass. */
        FAILED_BEFORE,
        /** The store does what it was asked and reports a failure that may pass. */
        FAILED_AFTER,
        /** The store does nothing and reports a failure that will not pass. */
        DENIED,
        /** Content ends half way, with a failure that may pass. */
        CUT_SHORT,
        /** One byte of the content that is read is another one, and nobody says so. */
        FLIPPED_BYTE,
        /** This call and all after it do nothing and fail, and nothing is aborted: as if the process had been killed. */
        KILLED;

        /** Whether this can happen to a request. */
        public boolean appliesTo(StoreRequest request) {
            return switch (this) {
                case FAILED_BEFORE, FAILED_AFTER, DENIED, KILLED -> true;
                case CUT_SHORT, FLIPPED_BYTE -> request == StoreRequest.GET;
            };
        }
    }

    private FaultyObjectStore(
            ObjectStore store, int failingCall, Optional<StoreRequest> failingRequest, Optional<Fault> fault) {
        this.store = store;
        this.failingCall = failingCall;
        this.failingRequest = failingRequest;
        this.fault = fault;
    }

    /** Lets everything pass, to count. */
    public static FaultyObjectStore counting(ObjectStore store) {
        return new FaultyObjectStore(store, -1, Optional.empty(), Optional.empty());
    }

    /** Fails the call that has the index {@code failingCall} in {@link #calls}, from 0. */
    public static FaultyObjectStore failing(ObjectStore store, int failingCall, Fault fault) {
        return new FaultyObjectStore(store, failingCall, Optional.empty(), Optional.of(fault));
    }

    /**
     * Fails one call among those of one kind, by its index from 0: for work that asks some things as often as it takes, so
     * that the other calls have no fixed place.
     */
    public static FaultyObjectStore failing(ObjectStore store, StoreRequest request, int index, Fault fault) {
        return new FaultyObjectStore(store, index, Optional.of(request), Optional.of(fault));
    }

    /** The calls so far, in their order, the failed one included. */
    public synchronized List<StoreRequest> calls() {
        return List.copyOf(calls);
    }

    /** Whether the fault was met. */
    public synchronized boolean wasHit() {
        return counted() > failingCall;
    }

    private long counted() {
        return failingRequest.isEmpty()
                ? calls.size()
                : calls.stream().filter(failingRequest.get()::equals).count();
    }

    /** Fails the test if the fault was never met. */
    public synchronized void requireHit() {
        if (!wasHit()) {
            throw new AssertionError(fault + " at call " + failingCall + " was never hit, there were " + calls);
        }
    }

    private synchronized Optional<Fault> next(StoreRequest request) {
        boolean now = counted() == failingCall
                && failingRequest.filter(kind -> kind != request).isEmpty();
        calls.add(request);
        if (now && !fault.orElseThrow().appliesTo(request)) {
            throw new AssertionError(fault + " cannot happen to call " + failingCall + ", " + request);
        }
        dead |= now && fault.equals(Optional.of(Fault.KILLED));
        if (dead) {
            return Optional.of(Fault.KILLED);
        }
        return now ? fault : Optional.empty();
    }

    private synchronized boolean isDead() {
        return dead;
    }

    @FunctionalInterface
    private interface Call<T> {
        T run() throws IOException;
    }

    @FunctionalInterface
    private interface Order {
        void run() throws IOException;
    }

    private <T> T call(StoreRequest request, Call<T> call) throws IOException {
        Optional<Fault> now = next(request);
        if (now.isEmpty()) {
            return call.run();
        }
        switch (now.get()) {
            case FAILED_AFTER -> throw failedAfter(request, call);
            case DENIED, KILLED -> throw denied(request);
            case FAILED_BEFORE, CUT_SHORT, FLIPPED_BYTE -> throw failed(request);
        }
        throw new IllegalStateException("no such fault: " + now);
    }

    /** Whatever the store said, also a refusal, is lost. */
    private static PgAgentException failedAfter(StoreRequest request, Call<?> call) throws IOException {
        PgAgentException failure = failed(request);
        try {
            call.run();
        } catch (PgAgentException e) {
            failure.addSuppressed(e);
        }
        return failure;
    }

    private void order(StoreRequest request, Order order) throws IOException {
        call(request, () -> {
            order.run();
            return Optional.empty();
        });
    }

    private static PgAgentException failed(StoreRequest request) {
        return new PgAgentException(ErrorKind.STORE_FAILED, "a test made " + request + " fail", "Try again.");
    }

    private static PgAgentException denied(StoreRequest request) {
        return new PgAgentException(ErrorKind.STORE_DENIED, "a test refused " + request, "Give up.");
    }

    @Override
    public ObjectInfo put(ObjectKey key, ByteBuffer content, WriteCondition condition) throws IOException {
        return call(StoreRequest.PUT, () -> store.put(key, content, condition));
    }

    @Override
    public MultipartUpload startUpload(ObjectKey key) throws IOException {
        return new FaultyUpload(call(StoreRequest.START_UPLOAD, () -> store.startUpload(key)));
    }

    @Override
    public InputStream get(ObjectKey key, ByteRange range) throws IOException {
        Optional<Fault> now = next(StoreRequest.GET);
        if (now.isEmpty()) {
            return store.get(key, range);
        }
        return switch (now.get()) {
            case CUT_SHORT -> new CutStream(store.get(key, range), range.length() / 2);
            case FLIPPED_BYTE -> flipped(key, range);
            case FAILED_BEFORE, FAILED_AFTER -> throw failed(StoreRequest.GET);
            case DENIED, KILLED -> throw denied(StoreRequest.GET);
        };
    }

    private InputStream flipped(ObjectKey key, ByteRange range) throws IOException {
        try (InputStream stream = store.get(key, range)) {
            byte[] bytes = stream.readAllBytes();
            bytes[bytes.length / 2] ^= 0x10;
            return new ByteArrayInputStream(bytes);
        }
    }

    @Override
    public ObjectContent getSmall(ObjectKey key, int sizeMaxBytes) throws IOException {
        Optional<Fault> now = next(StoreRequest.GET);
        if (now.isEmpty() || now.get() == Fault.FLIPPED_BYTE) {
            ObjectContent content = store.getSmall(key, sizeMaxBytes);
            if (now.isPresent() && content.bytes().length > 0) {
                content.bytes()[content.bytes().length / 2] ^= 0x10;
            }
            return content;
        }
        throw now.get() == Fault.DENIED || now.get() == Fault.KILLED
                ? denied(StoreRequest.GET)
                : failed(StoreRequest.GET);
    }

    @Override
    public Optional<ObjectInfo> head(ObjectKey key) throws IOException {
        return call(StoreRequest.HEAD, () -> store.head(key));
    }

    @Override
    public ObjectListing list(String prefix, ListDepth depth, Optional<String> from) throws IOException {
        return call(StoreRequest.LIST, () -> store.list(prefix, depth, from));
    }

    @Override
    public void delete(List<ObjectKey> keys) throws IOException {
        order(StoreRequest.DELETE, () -> store.delete(keys));
    }

    @Override
    public List<UnfinishedUpload> unfinishedUploads(String prefix) throws IOException {
        return call(StoreRequest.LIST_UPLOADS, () -> store.unfinishedUploads(prefix));
    }

    @Override
    public void abort(UnfinishedUpload upload) throws IOException {
        order(StoreRequest.ABORT_UPLOAD, () -> store.abort(upload));
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

    private static final class CutStream extends FilterInputStream {
        private long remaining;

        private CutStream(InputStream stream, long length) {
            super(stream);
            this.remaining = length;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            if (remaining == 0) {
                throw failed(StoreRequest.GET);
            }
            int read = super.read(buffer, offset, (int) Math.min(length, remaining));
            remaining -= Math.max(read, 0);
            return read;
        }
    }

    private final class FaultyUpload implements MultipartUpload {
        private final MultipartUpload upload;
        /** Present after a completion that was done but reported as failed: the next call finds that out. */
        private Optional<ObjectInfo> completed = Optional.empty();

        private FaultyUpload(MultipartUpload upload) {
            this.upload = upload;
        }

        @Override
        public ObjectKey key() {
            return upload.key();
        }

        @Override
        public void uploadPart(int partNumber, ByteBuffer content) throws IOException {
            order(StoreRequest.UPLOAD_PART, () -> upload.uploadPart(partNumber, content));
        }

        @Override
        public boolean copyPart(int partNumber, ObjectPart source) throws IOException {
            return call(StoreRequest.COPY_PART, () -> upload.copyPart(partNumber, source));
        }

        @Override
        public ObjectInfo complete(WriteCondition condition) throws IOException {
            return call(StoreRequest.COMPLETE_UPLOAD, () -> {
                if (completed.isEmpty()) {
                    completed = Optional.of(upload.complete(condition));
                }
                return completed.get();
            });
        }

        @Override
        public void close() {
            if (!isDead()) {
                upload.close();
            }
        }
    }
}
