package org.pgagent.transfer;

import java.util.BitSet;
import org.pgagent.postgres.Lsn;

/** How a backup tells what of a file has changed since its parent. */
public sealed interface ChangeRule {
    /** Whether a file of a size can be told about: by pages only if it has nothing but whole ones. */
    default boolean fits(long sizeBytes) {
        return true;
    }

    /** A chunk has changed if its hash has. Everything is read; always right. */
    record ByContent() implements ChangeRule {}

    /**
     * A page has changed if its LSN is at or after the parent's start. Everything is read. Only for main forks of a cluster in
     * which each change of a page moves its LSN.
     */
    record ByPageLsn(Lsn since, int pageSize) implements ChangeRule {
        @Override
        public boolean fits(long sizeBytes) {
            return sizeBytes % pageSize == 0;
        }
    }

    /**
     * A page has changed if it is listed. Only what changed is read.
     *
     * @param pages by their numbers in the file; not changed by anybody any more
     */
    record Listed(BitSet pages, int pageSize) implements ChangeRule {
        @Override
        public boolean fits(long sizeBytes) {
            return sizeBytes % pageSize == 0;
        }
    }
}
