package org.pgagent.catalog;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.pgagent.chunk.ContentHasher;
import org.pgagent.repository.FileContent;
import org.pgagent.repository.PlacedChunk;

/**
 * The chunks that this run has read and found whole, by 64-bit hashes of all that a manifest says of them, so that a chunk
 * which several backups need is read once. When it is full, what comes later is read again. Thread-safe.
 */
final class VerifiedChunks {
    /** 16 MiB, for a million and a half of chunks. */
    private static final int SLOTS_MAX = 1 << 21;

    private static final int SLOTS_FIRST = 1 << 12;

    private final int slotsMax;
    private long[] slots = new long[SLOTS_FIRST];
    private int count;

    VerifiedChunks() {
        this(SLOTS_MAX);
    }

    VerifiedChunks(int slotsMax) {
        this.slotsMax = slotsMax;
    }

    /** Whether the needed pieces of a chunk were read, with those pages where they are in the file. */
    synchronized boolean has(ReadChunk chunk) {
        return has(hash(whole(chunk))) || (!isWhole(chunk.needed()) && has(hash(pieces(chunk))));
    }

    synchronized void add(ReadChunk chunk) {
        if (count >= slots.length / 4 * 3) {
            if (slots.length >= slotsMax) {
                return;
            }
            grow();
        }
        insert(hash(isWhole(chunk.needed()) ? whole(chunk) : pieces(chunk)));
    }

    private boolean has(long hash) {
        return slots[slot(hash)] == hash;
    }

    private void insert(long hash) {
        int slot = slot(hash);
        if (slots[slot] != hash) {
            slots[slot] = hash;
            count++;
        }
    }

    /** Where a hash is, or would be. */
    private int slot(long hash) {
        int mask = slots.length - 1;
        int slot = (int) hash & mask;
        while (slots[slot] != 0 && slots[slot] != hash) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private void grow() {
        long[] before = slots;
        slots = new long[before.length * 2];
        count = 0;
        for (long hash : before) {
            if (hash != 0) {
                insert(hash);
            }
        }
    }

    /** All original bytes of the chunk are needed, in one piece or as the pages that it has. */
    private static boolean isWhole(FileContent.NeededChunk needed) {
        int length = 0;
        for (FileContent.Piece piece : needed.pieces()) {
            length += piece.length();
        }
        return length == needed.chunk().chunk().originalSize();
    }

    private static String whole(ReadChunk chunk) {
        PlacedChunk placed = chunk.needed().chunk();
        String stored = placed.pack() + " " + placed.packOffset() + " " + placed.chunk();
        return chunk.checksPages()
                ? stored + " " + placed.fileOffset() + " " + placed.pages() + " "
                        + chunk.file().path().hex()
                : stored;
    }

    private static String pieces(ReadChunk chunk) {
        return whole(chunk) + " " + chunk.needed().pieces();
    }

    /** Never 0, which is a free slot. */
    private static long hash(String text) {
        long hash = ContentHasher.hash(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)))
                .low();
        return hash == 0 ? 1 : hash;
    }
}
