package org.pgagent.restore;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.pgagent.chunk.ContentHash;
import org.pgagent.chunk.ContentHasher;
import org.pgagent.postgres.DataPath;

/**
 * Which paths were added, in some twenty bytes each: remembers 64 bits of a hash of each. That two of a million paths share
 * those is as likely as one in tens of millions.
 */
final class PathSet {
    private static final long FREE = 0;

    private long[] slots = new long[1 << 10];
    private int count;

    /** Adds a path and the directories above it. */
    void add(DataPath path) {
        for (DataPath each = path; !each.equals(DataPath.ROOT); each = each.parent()) {
            long hash = hash(each);
            int slot = slotOf(hash);
            if (slots[slot] != FREE) {
                return;
            }
            slots[slot] = hash;
            count++;
            if (count > slots.length / 2) {
                grow();
            }
        }
    }

    private void grow() {
        long[] before = slots;
        slots = new long[2 * before.length];
        Arrays.stream(before).filter(hash -> hash != FREE).forEach(hash -> slots[slotOf(hash)] = hash);
    }

    boolean has(DataPath path) {
        return slots[slotOf(hash(path))] != FREE;
    }

    /** Where the hash is, or would go. */
    private int slotOf(long hash) {
        int slot = (int) hash & (slots.length - 1);
        while (slots[slot] != FREE && slots[slot] != hash) {
            slot = (slot + 1) & (slots.length - 1);
        }
        return slot;
    }

    private static long hash(DataPath path) {
        ContentHash hash = ContentHasher.hash(ByteBuffer.wrap(path.bytes()));
        return hash.low() == FREE ? 1 : hash.low();
    }
}
