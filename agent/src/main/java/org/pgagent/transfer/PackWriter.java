package org.pgagent.transfer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.pgagent.chunk.ContentHash;
import org.pgagent.chunk.StoredChunk;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.PackId;
import org.pgagent.repository.PlacedChunk;
import org.pgagent.storage.WriteCondition;

/**
 * Puts chunks one after another into packs, a new one when the one at hand is full. For one thread.
 *
 * <p>{@link #complete} publishes the pack at hand; closing without it gives up that pack and leaves those before.
 */
public final class PackWriter implements AutoCloseable {
    private final PackSeries series;
    private final PackLimits limits;
    private final CRC32C crc = new CRC32C();
    private PackIndex index;
    private PackId pack;
    private PartedObject object;

    public PackWriter(PackSeries series, PackLimits limits) {
        this.series = series;
        this.limits = limits;
    }

    /** Where a chunk went. */
    public record Position(PackId pack, long offset) {}

    /** Where the chunk of some content is already, in a pack of an abandoned backup. */
    Optional<PlacedChunk> abandoned(ContentHash hash, int originalSize) {
        return series.abandoned().find(hash, originalSize);
    }

    /**
     * Appends the stored bytes of one chunk, which may span parts and never packs.
     *
     * @param stored between position and limit; the position moves to the limit
     */
    public Position append(StoredChunk chunk, ByteBuffer stored) throws IOException {
        if (object != null && (object.size() >= limits.packSizeMaxBytes() || index.size() >= PackIndex.CHUNKS_MAX)) {
            complete();
        }
        if (object == null) {
            pack = series.next();
            object = series.begin(pack);
            index = new PackIndex();
            crc.reset();
        }
        Position position = new Position(pack, object.size());
        append(stored);
        index.add(chunk);
        return position;
    }

    private void append(ByteBuffer bytes) throws IOException {
        crc.update(bytes.duplicate());
        object.append(bytes);
    }

    /** Publishes the pack at hand, if there is one. */
    public void complete() throws IOException {
        if (object != null) {
            append(index.toBytes());
            object.complete(WriteCondition.always());
            String sum = HexFormat.of().toHexDigits((int) crc.getValue());
            series.completed(new BackupRecord.Pack(pack.number(), object.size(), sum));
            object = null;
        }
    }

    /** Gives up the pack at hand, unless it was completed. */
    @Override
    public void close() {
        if (object != null) {
            object.close();
            object = null;
        }
    }
}
