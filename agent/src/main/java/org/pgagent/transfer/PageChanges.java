package org.pgagent.transfer;

import java.nio.ByteBuffer;
import java.util.BitSet;
import org.pgagent.postgres.PageHeader;

/** Which pages of a window have changed since the parent. */
final class PageChanges {
    private PageChanges() {}

    /**
     * Those whose LSN says so, and those of which it says nothing: pages that are new, or were never logged, or have a header
     * that makes no sense.
     *
     * @param window whole pages between position and limit
     */
    static BitSet byLsn(ByteBuffer window, ChangeRule.ByPageLsn rule) {
        int pages = window.remaining() / rule.pageSize();
        BitSet changed = new BitSet(pages);
        for (int page = 0; page < pages; page++) {
            PageHeader header = PageHeader.parse(window, window.position() + page * rule.pageSize());
            boolean older = header.isSound(rule.pageSize()) && header.lsn().isBefore(rule.since());
            changed.set(page, !older);
        }
        return changed;
    }

    /** Those that are listed. */
    static BitSet listed(long windowOffset, int pages, ChangeRule.Listed rule) {
        int first = Math.toIntExact(windowOffset / rule.pageSize());
        return rule.pages().get(first, first + pages);
    }
}
