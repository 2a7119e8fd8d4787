package org.pgagent.transfer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.pgagent.repository.PackId;
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
    private PackId pack;
    private PartedObject object;

    public PackWriter(PackSeries series, PackLimits limits) {
        this.series = series;
        this.limits = limits;
    }

    /** Where a chunk went. */
    public record Position(PackId pack, long offset) {}

    /**
     * Appends the stored bytes of one chunk, which may span parts and never packs.
     *
     * @param stored between position and limit; the position moves to the limit
     */
    public Position append(ByteBuffer stored) throws IOException {
        if (object != null && object.size() >= limits.packSizeMaxBytes()) {
            complete();
        }
        if (object == null) {
            pack = series.next();
            object = series.begin(pack, limits.partSizeBytes());
            crc.reset();
        }
        Position position = new Position(pack, object.size());
        crc.update(stored.duplicate());
        object.append(stored);
        return position;
    }

    /** Publishes the pack at hand, if there is one. */
    public void complete() throws IOException {
        if (object != null) {
            object.complete(WriteCondition.always());
            series.completed(pack, object.size(), (int) crc.getValue());
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
