package org.pgagent.repository;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import org.pgagent.chunk.Compression;
import org.pgagent.chunk.FrameStreams;
import org.pgagent.chunk.RunningHash;
import org.pgagent.postgres.SystemIdentifier;
import org.pgagent.storage.MultipartUpload;
import org.pgagent.storage.ObjectChangedException;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.WriteCondition;

/**
 * One archive file on its way into the repository: takes the original bytes in pieces, hashes and compresses them, and
 * publishes the object at the end. For one thread.
 *
 * <p>What fits {@link #PUT_MAX_BYTES} is stored with one put. What is longer goes in parts of that size, of which the first
 * is sent last, because its first bytes are the header with the hash of everything. Memory is at most twice that size,
 * however long the file, and follows what the file shrinks to.
 *
 * <p>Usage: {@link #write} until the file's end, {@link #seal}, {@link #publish}. Closing before that leaves nothing behind.
 */
public final class WalObjectWriter implements AutoCloseable {
    /** A segment of 16 MiB fits, however badly it shrinks. */
    public static final int PUT_MAX_BYTES = 17 << 20;

    private final ObjectStore store;
    private final ObjectKey key;
    private final Compression compression;
    private final long originalSize;
    private final RunningHash hash = new RunningHash();
    private final PartBuffers buffers;
    private final int firstPartMax;
    private ByteBuffer firstPart;
    private int longBuffers;
    private final OutputStream encoder;
    private ByteBuffer part;
    private int partNumber = 1;
    private MultipartUpload upload;
    private WalObjectHeader header;
    private boolean closed;

    /** As {@link WalObjects#create}. */
    WalObjectWriter(WalObjects.Place place, ObjectKey key, Compression compression, long originalSize)
            throws IOException {
        this.store = place.store();
        this.buffers = place.buffers();
        this.key = key;
        this.compression = compression;
        this.originalSize = originalSize;
        this.firstPartMax = (int) Math.min(PUT_MAX_BYTES, storedSizeMax(originalSize));
        this.firstPart = buffers.take(firstPartMax);
        this.part = firstPart.position(WalObjectHeader.BYTES);
        this.encoder = FrameStreams.encoder(new Parts(), compression, originalSize);
    }

    /** The most bytes that the object of a file takes: LZ4 adds 4 bytes to each 1 MiB at worst, zstd 3 to each 128 KiB. */
    static long storedSizeMax(long originalSize) {
        return WalObjectHeader.BYTES + originalSize + originalSize / 1024 + 4096;
    }

    /** Takes the next original bytes. */
    public void write(byte[] original, int offset, int length) throws IOException {
        if (header != null || length > originalSize - hash.size()) {
            throw new IllegalStateException("more than the " + originalSize + " bytes announced for " + key);
        }
        hash.update(original, offset, length);
        encoder.write(original, offset, length);
    }

    /**
     * Ends the content.
     *
     * @param file the name under which PostgreSQL handed the file over
     * @param systemIdentifier of the cluster that wrote it
     * @return what the object will say of itself
     */
    public WalObjectHeader seal(String file, SystemIdentifier systemIdentifier) throws IOException {
        if (hash.size() != originalSize) {
            throw new IllegalStateException(hash.size() + " of the " + originalSize + " bytes announced for " + key);
        }
        encoder.close();
        header = new WalObjectHeader(file, compression.codec(), originalSize, hash.hash(), systemIdentifier);
        return header;
    }

    /**
     * Stores the object, durably when this returns.
     *
     * @throws ObjectChangedException if there is an object under the key already; it stays as it is
     */
    public void publish() throws IOException {
        publish(WriteCondition.ifAbsent());
    }

    /**
     * Stores the object in the place of a damaged one, durably when this returns.
     *
     * @throws ObjectChangedException if it is no longer there; what is there stays as it is
     */
    public void replace(WalObjects.Damaged damaged) throws IOException {
        publish(WriteCondition.ifUnchanged(damaged.etag()));
    }

    private void publish(WriteCondition condition) throws IOException {
        if (header == null) {
            throw new IllegalStateException("not sealed: " + key);
        }
        firstPart.put(0, header.toBytes());
        if (upload == null) {
            store.put(key, firstPart.flip(), condition);
            return;
        }
        upload.uploadPart(partNumber, part.flip());
        upload.uploadPart(1, firstPart.flip());
        upload.complete(condition);
    }

    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        try {
            encoder.close();
        } finally {
            if (upload != null) {
                upload.close();
            }
            if (partNumber > 1) {
                buffers.give(part);
            }
            buffers.give(firstPart);
            buffers.releaseLong(longBuffers);
        }
    }

    /** Gathers stored bytes into parts. After {@link #close} it drops them: closing the encoder ends its frame once more. */
    private final class Parts extends OutputStream {
        @Override
        public void write(int stored) throws IOException {
            write(new byte[] {(byte) stored}, 0, 1);
        }

        @Override
        public void write(byte[] stored, int offset, int length) throws IOException {
            int done = 0;
            while (done < length && !closed) {
                if (!part.hasRemaining()) {
                    makeRoom();
                }
                int now = Math.min(part.remaining(), length - done);
                part.put(stored, offset + done, now);
                done += now;
            }
        }

        private void makeRoom() throws IOException {
            if (upload == null && firstPart.capacity() < firstPartMax) {
                longBuffers = firstPartMax < PUT_MAX_BYTES ? 1 : 2; // a second part may follow
                buffers.reserveLong(longBuffers);
                ByteBuffer longer = buffers.takeLong(firstPartMax).put(firstPart.flip());
                buffers.give(firstPart);
                firstPart = longer;
                part = longer;
                return;
            }
            startNextPart();
        }

        private void startNextPart() throws IOException {
            if (upload == null) {
                if (firstPartMax < PUT_MAX_BYTES) {
                    throw new IllegalStateException(originalSize + " bytes do not fit " + firstPartMax);
                }
                upload = store.startUpload(key);
                part = buffers.takeLong(PUT_MAX_BYTES);
            } else {
                upload.uploadPart(partNumber, part.flip());
                part.clear();
            }
            partNumber++;
        }
    }
}
