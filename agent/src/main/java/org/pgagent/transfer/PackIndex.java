package org.pgagent.transfer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.pgagent.chunk.Codec;
import org.pgagent.chunk.ContentHash;
import org.pgagent.chunk.StoredChunk;
import org.pgagent.storage.ByteRange;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectStore;

/**
 * What stands at the end of a pack: which chunks are in it, so that a pack is of use without the manifest that was never
 * written. {@code docs/repository-format.md}, "Packs", has the format. Not thread-safe.
 */
final class PackIndex {
    private static final long MAGIC = 0x5047_4150_4143_4B31L; // PGAPACK1
    /** By the numbers that stand for them. */
    private static final List<Codec> CODECS = List.of(Codec.NONE, Codec.LZ4, Codec.ZSTD);

    private static final int ROW_BYTES = 32;

    /** The most chunks of a pack: 2 MiB of index, which each writer holds. */
    static final int CHUNKS_MAX = 1 << 16;

    private static final int END_BYTES = 16;

    private ByteBuffer rows = ByteBuffer.allocate(64 * ROW_BYTES);
    private long[] offsets;

    /** Adds the chunk that comes next. */
    void add(StoredChunk chunk) {
        if (!rows.hasRemaining()) {
            rows = ByteBuffer.wrap(Arrays.copyOf(rows.array(), 2 * rows.capacity()))
                    .position(rows.position());
        }
        rows.putLong(chunk.contentHash().high()).putLong(chunk.contentHash().low());
        rows.putInt(chunk.originalSize()).putInt(chunk.storedSize()).putInt(chunk.storedCrc32c());
        rows.putInt(CODECS.indexOf(chunk.codec()));
    }

    int size() {
        return rows.position() / ROW_BYTES;
    }

    StoredChunk chunk(int row) {
        int at = row * ROW_BYTES;
        return new StoredChunk(
                CODECS.get(rows.getInt(at + 28)),
                rows.getInt(at + 16),
                rows.getInt(at + 20),
                rows.getInt(at + 24),
                hash(row));
    }

    ContentHash hash(int row) {
        return new ContentHash(rows.getLong(row * ROW_BYTES), rows.getLong(row * ROW_BYTES + 8));
    }

    /** Where in the pack a chunk begins, or, behind the last one, where that ends; only of an index that was read. */
    long offset(int row) {
        return offsets[row];
    }

    /** The row of the chunk that begins at an offset; negative if none does; only of an index that was read. */
    int find(long offset) {
        return Arrays.binarySearch(offsets, 0, size(), offset);
    }

    /** What is to be appended to the pack. */
    ByteBuffer toBytes() {
        int length = rows.position();
        ByteBuffer bytes = ByteBuffer.allocate(length + END_BYTES);
        bytes.put(rows.array(), 0, length);
        bytes.putLong(MAGIC).putInt(size()).putInt(crc32c(rows.array(), length));
        return bytes.flip();
    }

    private static int crc32c(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }

    /**
     * Reads the index of a pack, with two requests.
     *
     * @param packSize of the object
     * @return empty if there is none, or one that does not fit the pack
     */
    static Optional<PackIndex> read(ObjectStore store, ObjectKey pack, long packSize) throws IOException {
        if (packSize < END_BYTES) {
            return Optional.empty();
        }
        ByteBuffer end = ByteBuffer.wrap(read(store, pack, new ByteRange(packSize - END_BYTES, packSize)));
        boolean isIndex = end.getLong() == MAGIC;
        long length = (long) end.getInt() * ROW_BYTES;
        if (!isIndex || length <= 0 || length > packSize - END_BYTES || length > (long) CHUNKS_MAX * ROW_BYTES) {
            return Optional.empty();
        }
        byte[] rows = read(store, pack, new ByteRange(packSize - END_BYTES - length, packSize - END_BYTES));
        PackIndex index = new PackIndex();
        index.rows = ByteBuffer.wrap(rows).position(rows.length);
        index.findOffsets();
        return crc32c(rows, rows.length) == end.getInt() && index.offset(index.size()) + length + END_BYTES == packSize
                ? Optional.of(index)
                : Optional.empty();
    }

    private static byte[] read(ObjectStore store, ObjectKey pack, ByteRange range) throws IOException {
        try (InputStream in = store.get(pack, range)) {
            return in.readAllBytes();
        }
    }

    private void findOffsets() {
        offsets = new long[size() + 1];
        for (int row = 0; row < size(); row++) {
            offsets[row + 1] = offsets[row] + rows.getInt(row * ROW_BYTES + 20);
        }
    }
}
