package org.pgagent.transfer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.zip.CRC32C;
import org.pgagent.chunk.Crc32c;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.PackId;
import org.pgagent.storage.ByteRange;
import org.pgagent.storage.MultipartUpload;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectPart;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.WriteCondition;

/**
 * Writes what is still needed of packs into new ones. Long stretches are copied within the store, if it can do that; the others
 * come here and go back, neighbours with one request. What was written is read back once, and its CRC compared with that of the
 * chunks that it was made of. For one thread.
 *
 * <p>{@link #complete} publishes the pack at hand; closing without it gives that one up and leaves those before.
 */
public final class PackCompactor implements AutoCloseable {
    /** As much as a store copies well within the time of a request. */
    private static final long COPY_MAX_BYTES = 64 << 20;

    private static final long READ_MAX_BYTES = 32 << 20;

    /** What lies between is read as well: it takes as long as another request. */
    private static final long GAP_MAX_BYTES = 1 << 20;

    private static final int BUFFER_BYTES = 64 << 10;
    private static final String LOOK_DEEP =
            "Nothing was changed. Run 'pgagent validate --deep --all': it says which backups are damaged,"
                    + " and a compaction leaves alone what those need.";

    private final ObjectStore store;
    private final PackSeries series;
    private final PackLimits limits;
    private final Watch watch;
    private PackId id;
    private PartedObject object;
    private PackIndex index;
    private int crc;
    private boolean storeCopies = true;

    /** Asked every second or so whether it is still worth going on. */
    @FunctionalInterface
    public interface Watch {
        void check() throws IOException;
    }

    /** @param series gives the packs their numbers */
    public PackCompactor(ObjectStore store, PackSeries series, PackLimits limits, Watch watch) {
        this.store = store;
        this.series = series;
        this.limits = limits;
        this.watch = watch;
    }

    /** Copies the live chunks of a pack into the one at hand, or into a new one if that is full. */
    public void move(LivePack pack) throws IOException {
        if (object != null
                && (object.size() + pack.liveBytes() > limits.packSizeMaxBytes()
                        || index.size() + pack.chunks() > PackIndex.CHUNKS_MAX)) {
            complete();
        }
        if (object == null) {
            id = series.next();
            object = series.begin(id);
            index = new PackIndex();
            crc = 0;
        }
        pack.moveTo(id, object.size());
        for (int row = pack.next(0); row >= 0; ) {
            watch.check();
            int end = copyEnd(pack, row);
            if (end > row) {
                copy(pack, row, end);
            } else {
                end = readEnd(pack, row);
                read(pack, row, end);
            }
            row = pack.next(end);
        }
    }

    /** Up to where the store may copy from a live row on; that row if it may not. */
    private int copyEnd(LivePack pack, int row) {
        if (!storeCopies || !object.takesCopies()) {
            return row;
        }
        int end = row;
        int runEnd = pack.runEnd(row);
        while (end < runEnd && pack.bytes(row, end + 1) <= COPY_MAX_BYTES) {
            end++;
        }
        return pack.bytes(row, end) >= MultipartUpload.PART_MIN_BYTES ? end : row;
    }

    private void copy(LivePack pack, int row, int end) throws IOException {
        ObjectPart part = pack.part(row, end);
        if (object.copy(part)) {
            account(pack, row, end);
        } else {
            storeCopies = false;
            read(pack, row, end);
        }
    }

    /** Up to where to read from a live row on: over short gaps, and until the store may copy a long stretch. */
    private int readEnd(LivePack pack, int row) {
        int end = row + 1;
        while (true) {
            int next = pack.next(end);
            if (next < 0
                    || pack.bytes(end, next) > GAP_MAX_BYTES
                    || pack.bytes(row, next) >= READ_MAX_BYTES
                    || mayCopy(pack, row, next)) {
                return end;
            }
            end = next + 1;
        }
    }

    /** Whether a part is full enough once the rows before are in it, and what follows is worth a part of its own. */
    private boolean mayCopy(LivePack pack, int row, int next) {
        return storeCopies
                && object.pendingBytes() + pack.bytes(row, next) >= MultipartUpload.PART_MIN_BYTES
                && pack.bytes(next, pack.runEnd(next)) >= MultipartUpload.PART_MIN_BYTES;
    }

    private void read(LivePack pack, int row, int end) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        try (InputStream in = store.get(pack.key(), pack.range(row, end))) {
            for (int one = row; one < end; one++) {
                if (pack.isLive(one)) {
                    append(in, buffer, pack, one);
                    account(pack, one, one + 1);
                } else {
                    in.skipNBytes(pack.bytes(one));
                }
            }
        }
    }

    private void append(InputStream in, byte[] buffer, LivePack pack, int row) throws IOException {
        CRC32C crcRead = new CRC32C();
        for (long rest = pack.bytes(row); rest > 0; ) {
            int read = in.readNBytes(buffer, 0, (int) Math.min(rest, buffer.length));
            if (read == 0) {
                throw new PgAgentException(
                        ErrorKind.STORE_FAILED, "the store sent less than it was asked for", "Run the command again.");
            }
            crcRead.update(buffer, 0, read);
            object.append(ByteBuffer.wrap(buffer, 0, read));
            rest -= read;
        }
        if ((int) crcRead.getValue() != pack.index().chunk(row).storedCrc32c()) {
            throw new PgAgentException(
                    ErrorKind.CORRUPTED,
                    "a chunk of the pack " + pack.key() + " is damaged, at byte "
                            + pack.range(row, row + 1).start(),
                    LOOK_DEEP);
        }
    }

    private void account(LivePack pack, int row, int end) {
        for (int one = row; one < end; one++) {
            index.add(pack.index().chunk(one));
            crc = Crc32c.join(crc, pack.index().chunk(one).storedCrc32c(), pack.bytes(one));
        }
    }

    /**
     * Publishes the pack at hand, if there is one, and reads it back.
     *
     * @throws PgAgentException of kind CORRUPTED if it has not what it should have
     */
    public void complete() throws IOException {
        if (object == null) {
            return;
        }
        ByteBuffer end = index.toBytes();
        CRC32C endCrc = new CRC32C();
        endCrc.update(end.duplicate());
        crc = Crc32c.join(crc, (int) endCrc.getValue(), end.remaining());
        object.append(end);
        object.complete(WriteCondition.ifAbsent());
        BackupRecord.Pack stored =
                new BackupRecord.Pack(id.number(), object.size(), HexFormat.of().toHexDigits(crc));
        object = null;
        requireStored(series.key(id), stored);
        series.completed(stored);
    }

    private void requireStored(ObjectKey key, BackupRecord.Pack pack) throws IOException {
        CRC32C read = new CRC32C();
        byte[] buffer = new byte[BUFFER_BYTES];
        try (InputStream in = store.get(key, new ByteRange(0, pack.size()))) {
            for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
                watch.check();
                read.update(buffer, 0, length);
            }
        }
        if (!HexFormat.of().toHexDigits((int) read.getValue()).equals(pack.crc32c())) {
            throw new PgAgentException(
                    ErrorKind.CORRUPTED,
                    "the pack " + key
                            + " is not what it was copied from: either a chunk was damaged in the store before,"
                            + " or the store does not copy right",
                    LOOK_DEEP);
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
