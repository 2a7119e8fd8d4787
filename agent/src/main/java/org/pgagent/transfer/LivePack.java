package org.pgagent.transfer;

import java.io.IOException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Optional;
import org.pgagent.chunk.Crc32c;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.PackId;
import org.pgagent.repository.PlacedChunk;
import org.pgagent.storage.ByteRange;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectPart;
import org.pgagent.storage.ObjectStore;

/** A pack of which somebody needs a few chunks, and, once they were copied, where those are. Not thread-safe. */
public final class LivePack {
    private final PackId id;
    private final ObjectKey key;
    private final long size;
    private final PackIndex index;
    private final BitSet live = new BitSet();
    private PackId target;

    /** Of each row, where in the target its chunk begins if it is live. */
    private long[] moved;

    private LivePack(PackId id, ObjectKey key, long size, PackIndex index) {
        this.id = id;
        this.key = key;
        this.size = size;
        this.index = index;
    }

    /**
     * Reads a pack's index, with two requests.
     *
     * @param size of the object
     * @return empty if the pack has none that fits it
     */
    public static Optional<LivePack> read(ObjectStore store, ClusterKeys keys, PackId id, long size)
            throws IOException {
        ObjectKey key = keys.pack(id);
        return PackIndex.read(store, key, size).map(index -> new LivePack(id, key, size, index));
    }

    /** The pack's name. */
    public PackId id() {
        return id;
    }

    /** Bytes of the object. */
    public long size() {
        return size;
    }

    /** How many chunks it has, needed or not. */
    public int chunks() {
        return index.size();
    }

    /** Says that somebody needs a chunk; false if the pack's index does not know it. */
    public boolean need(PlacedChunk chunk) {
        int row = row(chunk);
        if (row >= 0) {
            live.set(row);
        }
        return row >= 0;
    }

    /** Negative if the index does not know the chunk. */
    private int row(PlacedChunk chunk) {
        int row = index.find(chunk.packOffset());
        return row >= 0 && index.chunk(row).equals(chunk.chunk()) ? row : -1;
    }

    /** How many bytes the chunks have that somebody needs. */
    public long liveBytes() {
        long bytes = 0;
        for (int row = next(0); row >= 0; row = next(row + 1)) {
            bytes += bytes(row);
        }
        return bytes;
    }

    /** Where a chunk is now. */
    PlacedChunk moved(PlacedChunk chunk) throws PgAgentException {
        int row = row(chunk);
        if (row < 0 || moved[row] < 0) {
            throw new PgAgentException(
                    ErrorKind.CORRUPTED,
                    "a manifest needs another chunk of the pack " + key + " than a moment ago, at byte "
                            + chunk.packOffset(),
                    "Nothing was changed. Run the same command again.");
        }
        return new PlacedChunk(target, moved[row], chunk.chunk(), chunk.fileOffset(), chunk.pages());
    }

    /** The chunks that are live go into another pack, one after another from a byte on. */
    void moveTo(PackId pack, long from) {
        target = pack;
        moved = new long[index.size()];
        Arrays.fill(moved, -1);
        long offset = from;
        for (int row = next(0); row >= 0; row = next(row + 1)) {
            moved[row] = offset;
            offset += bytes(row);
        }
    }

    PackIndex index() {
        return index;
    }

    /** The first live row from one on; negative if there is none. */
    int next(int row) {
        return live.nextSetBit(row);
    }

    boolean isLive(int row) {
        return live.get(row);
    }

    /** The end of the live rows that follow one another from one on. */
    int runEnd(int row) {
        return live.nextClearBit(row);
    }

    /** The bytes of one row. */
    long bytes(int row) {
        return bytes(row, row + 1);
    }

    /** The bytes of some rows, live or not. */
    long bytes(int row, int end) {
        return index.offset(end) - index.offset(row);
    }

    ObjectKey key() {
        return key;
    }

    /** Where some rows are. */
    ByteRange range(int row, int end) {
        return new ByteRange(index.offset(row), index.offset(end));
    }

    /** Some rows of the object. */
    ObjectPart part(int row, int end) {
        int crc = 0;
        for (int one = row; one < end; one++) {
            crc = Crc32c.join(crc, index.chunk(one).storedCrc32c(), bytes(one));
        }
        return new ObjectPart(key, range(row, end), crc);
    }
}
