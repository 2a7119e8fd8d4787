package org.pgagent.chunk;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import net.jpountz.lz4.LZ4FrameInputStream;
import net.jpountz.lz4.LZ4FrameOutputStream;
import net.jpountz.xxhash.XXHashFactory;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

/**
 * One standard frame of any length, written and read in pieces, for what is too long to be one chunk. Memory is a few
 * MiB, whatever the length.
 *
 * <p>The frames have no checksums of their own: their user keeps a {@link ContentHash} of the original bytes.
 */
public final class FrameStreams {
    private static final LZ4FrameOutputStream.FLG.Bits[] LZ4_FEATURES = {
        LZ4FrameOutputStream.FLG.Bits.BLOCK_INDEPENDENCE, LZ4FrameOutputStream.FLG.Bits.CONTENT_SIZE
    };

    private FrameStreams() {}

    /**
     * A stream that takes original bytes and gives {@code sink} the stored ones. Closing it ends the frame, frees native
     * memory and closes {@code sink}.
     *
     * @param originalSize how many bytes will be written, exactly
     */
    public static OutputStream encoder(OutputStream sink, Compression compression, long originalSize)
            throws IOException {
        return switch (compression.codec()) {
            case NONE -> sink;
            case LZ4 ->
                new LZ4FrameOutputStream(
                        sink,
                        LZ4FrameOutputStream.BLOCKSIZE.SIZE_256KB,
                        originalSize,
                        ChunkEncoder.lz4(compression.level()),
                        XXHashFactory.fastestInstance().hash32(),
                        LZ4_FEATURES);
            case ZSTD -> new ZstdOutputStreamNoFinalizer(sink, compression.level());
        };
    }

    /**
     * A stream of the original bytes. Closing it frees native memory and closes {@code stored}.
     *
     * <p>Damage shows as a {@link PgAgentException} of kind CORRUPTED or as other bytes, so the caller compares a hash.
     * What {@code stored} throws of that type is passed on as it is.
     *
     * @param what is decoded, for the message
     */
    public static InputStream decoder(InputStream stored, Codec codec, Object what) throws IOException {
        return switch (codec) {
            case NONE -> stored;
            case LZ4, ZSTD -> new Decoded(stored, codec, what);
        };
    }

    /** The decompressing streams of the libraries, with one exception for all that they throw on damaged input. */
    private static final class Decoded extends InputStream {
        private final InputStream frame;
        private final Object what;

        Decoded(InputStream stored, Codec codec, Object what) throws IOException {
            this.what = what;
            try {
                frame = codec == Codec.LZ4 ? new LZ4FrameInputStream(stored) : new ZstdInputStreamNoFinalizer(stored);
            } catch (PgAgentException e) {
                throw e;
            } catch (IOException | RuntimeException e) {
                throw damaged(e);
            }
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            try {
                return frame.read(bytes, offset, length);
            } catch (PgAgentException e) {
                throw e;
            } catch (IOException | RuntimeException e) {
                throw damaged(e);
            }
        }

        @Override
        public void close() throws IOException {
            frame.close();
        }

        private PgAgentException damaged(Exception cause) {
            return new PgAgentException(
                    ErrorKind.CORRUPTED,
                    what + " is damaged: its compressed bytes cannot be decompressed",
                    "Look into the store for an older version of the object, or restore to a point before it.",
                    cause);
        }
    }
}
