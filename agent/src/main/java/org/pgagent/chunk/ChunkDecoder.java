package org.pgagent.chunk;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

/** Turns stored bytes back into the original ones and lets none through that differ. For one thread. */
public final class ChunkDecoder implements AutoCloseable {
    private final CRC32C crc = new CRC32C();
    private final LZ4SafeDecompressor lz4 = LZ4Factory.fastestInstance().safeDecompressor();
    private ZstdDecompressCtx zstd;

    /**
     * Decodes one chunk.
     *
     * @param stored the chunk's stored bytes between position and limit of a heap buffer; neither is moved
     * @param target a heap buffer of a capacity of at least the original size; flipped around the original bytes on
     *     return
     * @throws PgAgentException of kind CORRUPTED if the bytes are not those that were stored
     */
    public void decode(StoredChunk chunk, ByteBuffer stored, ByteBuffer target) throws PgAgentException {
        crc.reset();
        crc.update(stored.duplicate());
        if (stored.remaining() != chunk.storedSize() || (int) crc.getValue() != chunk.storedCrc32c()) {
            throw damaged("its stored bytes have another CRC-32C", null);
        }
        target.clear().limit(chunk.originalSize());
        try {
            switch (chunk.codec()) {
                case NONE -> target.put(stored.duplicate());
                case LZ4 -> Lz4Frame.decode(stored, lz4, target);
                case ZSTD -> decodeZstd(stored, target);
            }
        } catch (LZ4Exception | ZstdException | java.nio.BufferOverflowException e) {
            throw damaged("it cannot be decompressed", e);
        }
        target.flip();
        if (target.remaining() != chunk.originalSize()
                || !ContentHasher.hash(target).equals(chunk.contentHash())) {
            throw damaged("its original bytes have another hash", null);
        }
    }

    private void decodeZstd(ByteBuffer stored, ByteBuffer target) {
        if (zstd == null) {
            zstd = new ZstdDecompressCtx();
        }
        int original = zstd.decompressByteArray(
                target.array(),
                target.arrayOffset(),
                target.limit(),
                stored.array(),
                stored.arrayOffset() + stored.position(),
                stored.remaining());
        target.position(original);
    }

    private static PgAgentException damaged(String how, Exception cause) {
        return new PgAgentException(
                ErrorKind.CORRUPTED,
                "a chunk is damaged: " + how,
                "Restore from another backup ('pgagent show' lists them) and look into the store.",
                cause);
    }

    @Override
    public void close() {
        if (zstd != null) {
            zstd.close();
        }
    }
}
