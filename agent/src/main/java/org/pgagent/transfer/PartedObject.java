package org.pgagent.transfer;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.pgagent.storage.MultipartUpload;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectPart;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.WriteCondition;

/**
 * One object that is written from its beginning to its end without its size being known. While one part is on its way, the
 * next one fills. What fits into one part is stored with one request. For one thread.
 *
 * <p>{@link #complete} publishes; closing without it leaves nothing.
 */
final class PartedObject implements AutoCloseable {
    private final ObjectStore store;
    private final ObjectKey key;
    private final PartSenders senders;

    private ByteBuffer filling;
    private Future<?> sending;
    private MultipartUpload upload;
    private int partsSent;
    private long size;

    /** Begins an object; the first request is sent when a part is full. */
    PartedObject(ObjectStore store, ObjectKey key, PartSenders senders) {
        this.store = store;
        this.key = key;
        this.senders = senders;
    }

    /** Bytes appended so far. */
    long size() {
        return size;
    }

    /** Appends the bytes between position and limit; the position moves to the limit. */
    void append(ByteBuffer bytes) throws IOException {
        size += bytes.remaining();
        while (bytes.hasRemaining()) {
            if (filling != null && !filling.hasRemaining()) {
                sendPart();
            }
            if (filling == null) {
                filling = senders.take();
            }
            int length = Math.min(filling.remaining(), bytes.remaining());
            filling.put(filling.position(), bytes, bytes.position(), length);
            filling.position(filling.position() + length);
            bytes.position(bytes.position() + length);
        }
    }

    /** Bytes that are in no part yet. */
    int pendingBytes() {
        return filling == null ? 0 : filling.position();
    }

    /** Whether what is pending is nothing, or enough for a part. */
    boolean takesCopies() {
        return pendingBytes() == 0 || pendingBytes() >= MultipartUpload.PART_MIN_BYTES;
    }

    /**
     * Has the store append bytes of another object; only if it {@link #takesCopies}.
     *
     * @return false if the store does not know such a request; nothing was appended then
     */
    boolean copy(ObjectPart part) throws IOException {
        if (pendingBytes() > 0) {
            sendPart();
        }
        if (upload == null) {
            upload = store.startUpload(key);
        }
        if (!upload.copyPart(partsSent + 1, part)) {
            return false;
        }
        partsSent++;
        size += part.range().length();
        return true;
    }

    /**
     * Publishes the object, under the condition.
     *
     * @throws org.pgagent.storage.ObjectChangedException if the condition did not hold
     */
    void complete(WriteCondition condition) throws IOException {
        if (upload == null) {
            store.put(key, filling == null ? ByteBuffer.allocate(0) : filling.flip(), condition);
            giveBack();
            return;
        }
        if (filling != null) {
            sendPart();
        }
        awaitSender();
        upload.complete(condition);
        upload.close();
        upload = null;
    }

    /** Hands the filled buffer over, once the part before has arrived. */
    private void sendPart() throws IOException {
        awaitSender();
        if (upload == null) {
            upload = store.startUpload(key);
        }
        MultipartUpload target = upload;
        int partNumber = ++partsSent;
        ByteBuffer part = filling.flip();
        filling = null;
        sending = senders.send(part, () -> {
            target.uploadPart(partNumber, part);
            return null;
        });
    }

    private void giveBack() {
        if (filling != null) {
            senders.giveBack(filling);
            filling = null;
        }
    }

    private void awaitSender() throws IOException {
        if (sending == null) {
            return;
        }
        Future<?> awaited = sending;
        sending = null;
        try {
            awaited.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("interrupted while a part was sent").initCause(e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException world) {
                throw world;
            }
            throw new IllegalStateException("sending a part failed", e.getCause());
        }
    }

    /** Gives the object up, unless it was completed. */
    @Override
    public void close() {
        try {
            awaitSender(); // a part that arrives after the abort would stay in the store for ever
        } catch (IOException | IllegalStateException e) {
            sending = null; // the object is given up; whoever closes without completing knows a better reason
        }
        giveBack();
        if (upload != null) {
            upload.close();
            upload = null;
        }
    }
}
