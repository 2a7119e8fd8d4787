package org.pgagent.chunk;

import com.github.luben.zstd.ZstdCompressCtx;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Factory;

/**
 * Turns the original bytes of a chunk into its stored bytes. For one thread; closing frees native memory.
 *
 * <p>A chunk that does not shrink is stored as it is, and says so in its description.
 */
public final class ChunkEncoder implements AutoCloseable {
    private final Compression compression;
    private final CRC32C crc = new CRC32C();
    private final LZ4Compressor lz4;
    private final ZstdCompressCtx zstd;

    public ChunkEncoder(Compression compression) {
        this.compression = compression;
        this.lz4 = compression.codec() == Codec.LZ4 ? lz4(compression.level()) : null;
        this.zstd = compression.codec() == Codec.ZSTD
                ? new ZstdCompressCtx().setLevel(compression.level()).setContentSize(true)
                : null;
    }

    static LZ4Compressor lz4(int level) {
        LZ4Factory factory = LZ4Factory.fastestInstance();
        return level < 3 ? factory.fastCompressor() : factory.highCompressor(level);
    }

    /** The room that {@link #encode} needs for a chunk of that many original bytes. */
    public static int storedSizeMax(int originalSize) {
        int zstdMore = 64; // zstd's bound is n + n/256 + at most 64 (ZSTD_COMPRESSBOUND in zstd.h)
        return Lz4Frame.sizeMax(originalSize) + zstdMore;
    }

    /**
     * Encodes one chunk.
     *
     * @param original the bytes between position and limit of a heap buffer, at least one; neither is moved
     * @param target a heap buffer with a capacity of at least {@link #storedSizeMax}; flipped around the stored bytes
     *     on return
     */
    public StoredChunk encode(ByteBuffer original, ByteBuffer target) {
        return encode(original, ContentHasher.hash(original), target);
    }

    /** The same for bytes of which the caller has the hash already. */
    public StoredChunk encode(ByteBuffer original, ContentHash hash, ByteBuffer target) {
        int originalSize = original.remaining();
        Codec codec = compression.codec();
        switch (codec) {
            case NONE -> storePlain(original, target);
            case LZ4 -> Lz4Frame.encode(original, lz4, target);
            case ZSTD -> encodeZstd(original, target);
        }
        if (codec != Codec.NONE && target.remaining() >= originalSize) {
            codec = Codec.NONE;
            storePlain(original, target);
        }
        return new StoredChunk(codec, originalSize, target.remaining(), crc32c(target), hash);
    }

    private static void storePlain(ByteBuffer original, ByteBuffer target) {
        target.clear()
                .put(0, original, original.position(), original.remaining())
                .limit(original.remaining());
    }

    private void encodeZstd(ByteBuffer original, ByteBuffer target) {
        int stored = zstd.compressByteArray(
                target.array(),
                target.arrayOffset(),
                target.capacity(),
                original.array(),
                original.arrayOffset() + original.position(),
                original.remaining());
        target.clear().limit(stored);
    }

    private int crc32c(ByteBuffer stored) {
        crc.reset();
        crc.update(stored.duplicate());
        return (int) crc.getValue();
    }

    @Override
    public void close() {
        if (zstd != null) {
            zstd.close();
        }
    }
}
