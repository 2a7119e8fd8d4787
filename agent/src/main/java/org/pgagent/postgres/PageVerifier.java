package org.pgagent.postgres;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Says which pages of a relation file are bad, while the server may be writing them. A page is good if it is all zeros,
 * if its checksum is right, or if it was changed since the backup's start, because then WAL has it whole and replay
 * restores it.
 *
 * <p>A bad page may have been read while it was written: the caller reads such pages once more and asks again. An
 * instance belongs to one thread.
 */
public final class PageVerifier {
    private final int pageSize;
    private final Lsn backupStart;
    private final PageChecksum checksum;

    /**
     * A bad page.
     *
     * @param block its number within the whole fork
     */
    public record BadPage(long block, PageFault fault) {}

    /** For a cluster with page checksums and a backup that started at {@code backupStart}. */
    public PageVerifier(int pageSize, Lsn backupStart) {
        this.pageSize = pageSize;
        this.backupStart = backupStart;
        this.checksum = new PageChecksum(pageSize);
    }

    /**
     * The bad ones among some pages, in their order. Bytes after the last whole page are not looked at.
     *
     * @param pages pages from position to limit, neither of which is moved
     * @param firstBlock the number of the first page within the whole fork ({@link RelationFile#firstBlock})
     * @param walEnd how far WAL had been written (on a standby: received) after the pages were read, or later
     */
    public List<BadPage> verify(ByteBuffer pages, long firstBlock, Lsn walEnd) {
        ByteBuffer view = pages.slice().order(ByteOrder.LITTLE_ENDIAN);
        IntBuffer words = view.asIntBuffer();
        List<BadPage> bad = new ArrayList<>(0);
        long block = firstBlock;
        for (int offset = 0; view.limit() - offset >= pageSize; offset += pageSize) {
            if (PageHeader.upper(view, offset) == 0) {
                if (!isZero(view, offset)) {
                    bad.add(new BadPage(block, PageFault.NEW_PAGE_NOT_EMPTY));
                }
            } else {
                Lsn lsn = PageHeader.lsn(view, offset);
                boolean beyondWal = lsn.isAfter(walEnd);
                boolean replayed = !lsn.isBefore(backupStart) && !beyondWal;
                int stored = PageHeader.checksum(view, offset);
                if (!replayed && stored != checksum.compute(words, offset / Integer.BYTES, block)) {
                    bad.add(new BadPage(block, beyondWal ? PageFault.LSN_BEYOND_WAL : PageFault.CHECKSUM_MISMATCH));
                }
            }
            block++;
        }
        return bad;
    }

    private boolean isZero(ByteBuffer pages, int offset) {
        for (int i = offset; i < offset + pageSize; i += Long.BYTES) {
            if (pages.getLong(i) != 0) {
                return false;
            }
        }
        return true;
    }
}
