package org.pgagent.transfer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.pgagent.postgres.PageVerifier;
import org.pgagent.postgres.RelationFile;

/**
 * Looks for bad pages in the chunks of relation files. What looks bad is read again, because the server may have been
 * writing it; a page that stays the same and bad is reported and kept as it is. For one thread.
 */
public final class PageCheck {
    /** A page that is different each time it is read is being written, and WAL has it. */
    private static final int READS_MAX = 5;

    private final PageVerifier verifier;
    private final int pageSize;
    private final int relationSegmentPages;
    private final WalEnd walEnd;

    /** For a cluster with page checksums; the sizes are the control file's. */
    public PageCheck(PageVerifier verifier, int pageSize, int relationSegmentPages, WalEnd walEnd) {
        this.verifier = verifier;
        this.pageSize = pageSize;
        this.relationSegmentPages = relationSegmentPages;
        this.walEnd = walEnd;
    }

    /**
     * Checks the pages of a chunk, and replaces in it those that a second look finds whole.
     *
     * @param chunk the chunk that was read last, which begins at a page
     * @param chunkOffset where in the file it begins
     * @return block numbers within the fork of the pages that are bad
     */
    List<Long> badPages(RelationFile relation, ChunkReader file, ByteBuffer chunk, long chunkOffset)
            throws IOException {
        long firstBlock = block(relation, chunkOffset);
        List<PageVerifier.BadPage> suspects = verifier.verify(chunk, firstBlock, walEnd.known());
        List<Long> bad = new ArrayList<>(0);
        for (PageVerifier.BadPage suspect : suspects) {
            int inChunk = (int) (suspect.block() - firstBlock) * pageSize;
            ByteBuffer page = chunk.slice(chunk.position() + inChunk, pageSize);
            if (staysBad(file, page, suspect.block(), chunkOffset + inChunk)) {
                bad.add(suspect.block());
            }
        }
        return bad;
    }

    /** The number within the fork of the page that begins at an offset of one of its files. */
    long block(RelationFile relation, long fileOffset) {
        return relation.firstBlock(relationSegmentPages) + fileOffset / pageSize;
    }

    private boolean staysBad(ChunkReader file, ByteBuffer page, long block, long fileOffset) throws IOException {
        for (int reads = 1; reads < READS_MAX; reads++) {
            ByteBuffer again = ByteBuffer.allocate(pageSize);
            file.read(again, fileOffset);
            if (again.hasRemaining()) {
                return false; // truncated meanwhile: replay truncates it, too
            }
            boolean same = again.flip().equals(page);
            page.put(0, again, 0, pageSize);
            if (verifier.verify(page, block, walEnd.now()).isEmpty()) {
                return false;
            }
            if (same) {
                return true;
            }
        }
        return false;
    }
}
