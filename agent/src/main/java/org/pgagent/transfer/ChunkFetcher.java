package org.pgagent.transfer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.function.BooleanSupplier;
import org.pgagent.chunk.ChunkDecoder;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.repository.FileContent;
import org.pgagent.storage.ByteRange;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectMissingException;
import org.pgagent.storage.ObjectStore;

/**
 * The work of one thread of a download: one GET, then chunk by chunk check, decode and hand on. Reuses its buffers. Owns the
 * sink.
 */
final class ChunkFetcher<F> implements AutoCloseable {
    private static final int ORIGINAL_LEAST_BYTES = 1 << 20;
    private static final String MISSING_HINT =
            "If 'pgagent compact' ran meanwhile, run the same command again; else restore from another backup ('pgagent show'"
                    + " lists them, --backup chooses).";

    private final ObjectStore store;
    private final ChunkSink<F> sink;
    private final BooleanSupplier stopped;
    private final ChunkDecoder decoder = new ChunkDecoder();
    private final StoredBytes storedBytes = new StoredBytes();
    private ByteBuffer original = ByteBuffer.allocate(ORIGINAL_LEAST_BYTES);

    ChunkFetcher(ObjectStore store, ChunkSink<F> sink, BooleanSupplier stopped) {
        this.store = store;
        this.sink = sink;
        this.stopped = stopped;
    }

    /** Leaves the bytes of a placement's chunk in {@code original}; says how many GETs that took besides the first one. */
    private interface Decoding<F> {
        int decode(ChunkPlacement<F> placement) throws IOException;
    }

    /** Reads the range; ends early, without an error, once the download has stopped. Returns how many GETs that took. */
    int fetch(RangeRead<F> read) throws IOException {
        InputStream in;
        try {
            in = store.get(read.pack(), read.range());
        } catch (ObjectMissingException e) {
            return 1
                    + handOn(read, placement -> {
                        throw missing(read.pack(), placement, e);
                    });
        } catch (PgAgentException e) {
            if (e.kind() != ErrorKind.CORRUPTED) {
                throw e;
            }
            // The pack ends within the range: what lies before its end may be whole.
            return 1 + handOn(read, placement -> decodeAgain(read.pack(), placement, e));
        }
        try (in) {
            storedBytes.startOn(in, read.range().start());
            return 1 + handOn(read, placement -> decode(read.pack(), placement));
        }
    }

    private int handOn(RangeRead<F> read, Decoding<F> decoding) throws IOException {
        int gets = 0;
        ChunkPlacement<F> before = null;
        PgAgentException damage = null;
        for (ChunkPlacement<F> placement : read.placements()) {
            if (stopped.getAsBoolean()) {
                break;
            }
            if (before == null
                    || !placement.chunk().equals(before.chunk())
                    || placement.packOffset() != before.packOffset()) {
                damage = null;
                before = placement;
                try {
                    gets += decoding.decode(placement);
                } catch (PgAgentException e) {
                    if (e.kind() != ErrorKind.CORRUPTED) {
                        throw e;
                    }
                    damage = e;
                }
            }
            if (damage == null) {
                write(placement);
            } else {
                sink.damaged(placement.file(), damage);
            }
        }
        return gets;
    }

    private static PgAgentException missing(ObjectKey pack, ChunkPlacement<?> placement, ObjectMissingException e) {
        return new PgAgentException(
                ErrorKind.CORRUPTED,
                "the pack " + pack + " is missing, which " + placement.file() + " needs",
                MISSING_HINT,
                e);
    }

    private void write(ChunkPlacement<F> placement) throws IOException {
        for (FileContent.Piece piece : placement.needed().pieces()) {
            ByteBuffer bytes = original.duplicate().position(piece.chunkOffset());
            sink.write(placement.file(), piece.fileOffset(), bytes.limit(piece.chunkOffset() + piece.length()));
        }
    }

    private void makeRoom(ChunkPlacement<F> placement) {
        if (original.capacity() < placement.chunk().originalSize()) {
            original = ByteBuffer.allocate(placement.chunk().originalSize());
        }
    }

    private int decode(ObjectKey pack, ChunkPlacement<F> placement) throws IOException {
        makeRoom(placement);
        ByteBuffer stored =
                storedBytes.chunk(placement.packOffset(), placement.chunk().storedSize());
        try {
            decoder.decode(placement.chunk(), stored, original);
            return 0;
        } catch (PgAgentException e) {
            if (e.kind() != ErrorKind.CORRUPTED) {
                throw e;
            }
            return decodeAgain(pack, placement, e);
        }
    }

    /** What was damaged on the way is whole when it is fetched once more; what is damaged in the store is not. */
    private int decodeAgain(ObjectKey pack, ChunkPlacement<F> placement, PgAgentException first) throws IOException {
        makeRoom(placement);
        ByteRange range = new ByteRange(placement.packOffset(), placement.packEnd());
        try (InputStream in = store.get(pack, range)) {
            StoredBytes alone = new StoredBytes();
            alone.startOn(in, range.start());
            decoder.decode(placement.chunk(), alone.chunk(range.start(), (int) range.length()), original);
            return 1;
        } catch (ObjectMissingException e) {
            throw missing(pack, placement, e);
        } catch (PgAgentException e) {
            if (e.kind() != ErrorKind.CORRUPTED) {
                throw e;
            }
            e.addSuppressed(first);
            throw new PgAgentException(
                    ErrorKind.CORRUPTED,
                    e.getMessage() + " (" + placement.file() + " at "
                            + placement.needed().pieces().get(0).fileOffset() + ", in " + pack
                            + " at bytes " + range.start() + " to " + range.end() + ", fetched twice)",
                    "Look into the store. Another backup ('pgagent show' lists them, --backup chooses) is restored into an"
                            + " empty directory.",
                    e);
        }
    }

    @Override
    public void close() throws IOException {
        decoder.close();
        sink.close();
    }
}
