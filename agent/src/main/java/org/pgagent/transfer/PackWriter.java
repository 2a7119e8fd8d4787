package org.pgagent.transfer;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.zip.CRC32C;
import org.pgagent.repository.PackId;
import org.pgagent.storage.MultipartUpload;
import org.pgagent.storage.WriteCondition;

/**
 * Puts chunks one after another into packs and sends them in parts. While one part is on its way, the next one fills:
 * two part buffers are all the memory it takes. For one thread.
 *
 * <p>{@link #complete} publishes the pack at hand; closing without it aborts that pack and leaves those before.
 */
public final class PackWriter implements AutoCloseable {
    private final PackSeries series;
    private final PackLimits limits;
    private final CRC32C crc = new CRC32C();

    private ByteBuffer filling;
    private ByteBuffer spare;
    private Future<?> sending;

    private PackId pack;
    private MultipartUpload upload;
    private int partsSent;
    private long size;

    public PackWriter(PackSeries series, PackLimits limits) {
        this.series = series;
        this.limits = limits;
        this.filling = ByteBuffer.allocate(limits.partSizeBytes());
    }

    /** Where a chunk went. */
    public record Position(PackId pack, long offset) {}

    /**
     * Appends the stored bytes of one chunk, which may span parts and never packs.
     *
     * @param stored between position and limit; the position moves to the limit
     */
    public Position append(ByteBuffer stored) throws IOException {
        if (pack != null && size >= limits.packSizeMaxBytes()) {
            complete();
        }
        if (pack == null) {
            pack = series.next();
        }
        Position position = new Position(pack, size);
        crc.update(stored.duplicate());
        size += stored.remaining();
        while (stored.hasRemaining()) {
            if (!filling.hasRemaining()) {
                sendPart();
            }
            int length = Math.min(filling.remaining(), stored.remaining());
            filling.put(filling.position(), stored, stored.position(), length);
            filling.position(filling.position() + length);
            stored.position(stored.position() + length);
        }
        return position;
    }

    /** Publishes the pack at hand, if there is one. */
    public void complete() throws IOException {
        if (pack == null) {
            return;
        }
        if (upload == null) {
            series.store().put(series.key(pack), filling.flip(), WriteCondition.always());
        } else {
            sendPart();
            awaitSender();
            upload.complete(WriteCondition.always());
            upload.close();
        }
        series.completed(pack, size, (int) crc.getValue());
        pack = null;
        upload = null;
        partsSent = 0;
        size = 0;
        crc.reset();
        filling.clear();
    }

    /** Hands the filled buffer to a sender, once the buffer before has arrived, and goes on with the other one. */
    private void sendPart() throws IOException {
        awaitSender();
        if (upload == null) {
            upload = series.store().startUpload(series.key(pack));
        }
        MultipartUpload target = upload;
        int partNumber = ++partsSent;
        ByteBuffer part = filling.flip();
        sending = series.senders().submit(() -> {
            target.uploadPart(partNumber, part);
            return null;
        });
        filling = spare == null ? ByteBuffer.allocate(limits.partSizeBytes()) : spare.clear();
        spare = part;
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
            awaited.cancel(true);
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("interrupted while a part was sent").initCause(e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException world) {
                throw world;
            }
            throw new IllegalStateException("sending a part failed", e.getCause());
        }
    }

    /** Aborts the pack at hand, unless it was completed. */
    @Override
    public void close() {
        if (sending != null) {
            try {
                awaitSender();
            } catch (IOException | IllegalStateException e) {
                sending = null; // the pack is given up; whoever closes knows why
            }
        }
        if (upload != null) {
            upload.close();
            upload = null;
        }
        pack = null;
    }
}
