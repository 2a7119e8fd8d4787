package org.pgagent.postgres;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;

/**
 * PostgreSQL's 16-bit checksum of a page (checksum_impl.h): 32 lanes of a multiplying hash over the rows of 32 words,
 * folded with the block number. Keeps working memory for one page: an instance belongs to one thread.
 */
public final class PageChecksum {
    private static final int LANES = 32;
    private static final int PRIME = 16777619;

    private static final int[] LANE_START = {
        0x5B1F36E9, 0xB8525960, 0x02AB50AA, 0x1DE66D2A, 0x79FF467A, 0x9BB9F8A3, 0x217E7CD2, 0x83E13D2C,
        0xF8D4474F, 0xE39EB970, 0x42C6AE16, 0x993216FA, 0x7B093B5D, 0x98DAFF3C, 0xF718902A, 0x0B1C9CDB,
        0xE58F764B, 0x187636BC, 0x5D7B3BB1, 0xE73DE7DE, 0x92BEC979, 0xCCA6C0B2, 0x304A0979, 0x85AA43D4,
        0x783125BB, 0x6CA8EAA2, 0xE407EAC6, 0x4B5CFC3E, 0x9FBF8C76, 0x15CA20BE, 0xF2CA9FD3, 0x959BD756
    };

    private final int pageSize;

    /** The words of a page, and at the end the lanes after each of its rows. */
    private final int[] words;

    public PageChecksum(int pageSize) {
        if (pageSize < 1 << 10 || pageSize > 1 << 15 || Integer.bitCount(pageSize) != 1) {
            throw new IllegalArgumentException("not a page size: " + pageSize + " (a good one: 8192)");
        }
        this.pageSize = pageSize;
        this.words = new int[pageSize / Integer.BYTES];
    }

    /**
     * The checksum that a page should carry, from 1 to 65535. The one that it carries counts as 0.
     *
     * @param pages holds the whole page; its position, limit and byte order are not changed
     * @param offset where in {@code pages} the page begins
     * @param blockNumber of the page within the whole fork, not within the file
     */
    public int compute(ByteBuffer pages, int offset, long blockNumber) {
        IntBuffer page =
                pages.slice(offset, pageSize).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer();
        return compute(page, 0, blockNumber);
    }

    /** As above, from a little-endian view, with the offset in words. */
    int compute(IntBuffer pages, int wordOffset, long blockNumber) {
        pages.get(wordOffset, words);
        words[PageHeader.CHECKSUM_OFFSET / Integer.BYTES] &= 0xFFFF_0000;
        mixFirstRow(words);
        mixFurtherRows(words);
        int folded = 0;
        for (int i = words.length - LANES; i < words.length; i++) {
            folded ^= mixed(mixed(words[i], 0), 0);
        }
        return Integer.remainderUnsigned(folded ^ (int) blockNumber, 65535) + 1;
    }

    private static void mixFirstRow(int[] words) {
        for (int i = 0; i < LANES; i++) {
            words[i] = mixed(LANE_START[i], words[i]);
        }
    }

    /** Overwrites each word with its lane after that row: a flat loop, which HotSpot turns into vector instructions. */
    private static void mixFurtherRows(int[] words) {
        for (int i = LANES; i < words.length; i++) {
            words[i] = mixed(words[i - LANES], words[i]);
        }
    }

    private static int mixed(int lane, int word) {
        int t = lane ^ word;
        return (t * PRIME) ^ (t >>> 17);
    }
}
