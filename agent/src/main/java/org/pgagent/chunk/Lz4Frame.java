package org.pgagent.chunk;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4SafeDecompressor;
import net.jpountz.xxhash.XXHash32;
import net.jpountz.xxhash.XXHashFactory;

/**
 * The LZ4 frame of one chunk (lz4_Frame_format.md of the LZ4 project): independent blocks of up to 4 MiB, the content size
 * in the header, no checksums of its own.
 *
 * <p>lz4-java's frame streams would do the same, but make megabytes of buffers for every frame, however small the file;
 * hence the layout is written here, and the compression of blocks is the library's.
 */
final class Lz4Frame {
    /** Magic, two bytes of flags, content size, header checksum; and the mark at the end. */
    private static final int OVERHEAD_BYTES = 4 + 2 + 8 + 1 + 4;

    private static final int MAGIC = 0x184D2204;
    private static final byte FLAGS = 0b0110_1000; // version 1, independent blocks, content size present
    private static final int BLOCK_MAX_BYTES = 4 << 20;
    private static final int STORED_PLAIN = 1 << 31;
    private static final XXHash32 XXH32 = XXHashFactory.fastestInstance().hash32();

    private Lz4Frame() {}

    /** The most bytes that a frame of {@code originalSize} bytes takes. */
    static int sizeMax(int originalSize) {
        int blocks = (originalSize + BLOCK_MAX_BYTES - 1) / BLOCK_MAX_BYTES;
        return OVERHEAD_BYTES + blocks * 4 + originalSize + originalSize / 255 + blocks * 16;
    }

    /** Writes a frame of what lies between {@code original}'s position and limit, and leaves it flipped in {@code target}. */
    static void encode(ByteBuffer original, LZ4Compressor compressor, ByteBuffer target) {
        target.clear().order(ByteOrder.LITTLE_ENDIAN);
        int blockMax = original.remaining() <= 1 << 20 ? 1 << 20 : BLOCK_MAX_BYTES;
        byte blockSizeCode = (byte) (blockMax == BLOCK_MAX_BYTES ? 7 << 4 : 6 << 4);
        target.putInt(MAGIC).put(FLAGS).put(blockSizeCode).putLong(original.remaining());
        target.put(headerChecksum(target));
        for (int at = original.position(); at < original.limit(); at += blockMax) {
            int length = Math.min(blockMax, original.limit() - at);
            int block = target.position() + 4;
            int stored = compressor.compress(original, at, length, target, block, target.capacity() - block);
            if (stored < length) {
                target.putInt(stored).position(block + stored);
            } else {
                target.putInt(length | STORED_PLAIN)
                        .put(block, original, at, length)
                        .position(block + length);
            }
        }
        target.putInt(0).flip();
    }

    /** Checksum of flags and content size: the second byte of their xxHash-32. */
    private static byte headerChecksum(ByteBuffer frame) {
        return (byte) (XXH32.hash(frame, 4, 10, 0) >>> 8);
    }

    /**
     * Reads a frame that {@link #encode} wrote into {@code target}, from its position to its limit.
     *
     * @throws LZ4Exception if it is no such frame, or not of exactly as many bytes as {@code target} has room for
     */
    static void decode(ByteBuffer frame, LZ4SafeDecompressor decompressor, ByteBuffer target) {
        ByteBuffer in = frame.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        if (in.remaining() < OVERHEAD_BYTES || in.getInt() != MAGIC || in.get() != FLAGS) {
            throw new LZ4Exception("not an LZ4 frame of pgagent's");
        }
        in.get();
        if (in.getLong() != target.remaining()) {
            throw new LZ4Exception("frame of another content size");
        }
        in.get();
        for (int word = nextWord(in); word != 0; word = nextWord(in)) {
            int length = word & ~STORED_PLAIN;
            if (length > in.remaining()) {
                throw new LZ4Exception("block reaches beyond the frame");
            }
            if ((word & STORED_PLAIN) != 0) {
                copyPlain(in, length, target);
            } else {
                int original = decompressor.decompress(
                        in, in.position(), length, target, target.position(), target.remaining());
                target.position(target.position() + original);
            }
            in.position(in.position() + length);
        }
        if (target.hasRemaining() || in.hasRemaining()) {
            throw new LZ4Exception("frame is not as long as it says");
        }
    }

    private static int nextWord(ByteBuffer in) {
        if (in.remaining() < 4) {
            throw new LZ4Exception("frame ends without its mark");
        }
        return in.getInt();
    }

    private static void copyPlain(ByteBuffer in, int length, ByteBuffer target) {
        if (length > target.remaining()) {
            throw new LZ4Exception("block is longer than the content");
        }
        target.put(target.position(), in, in.position(), length).position(target.position() + length);
    }
}
