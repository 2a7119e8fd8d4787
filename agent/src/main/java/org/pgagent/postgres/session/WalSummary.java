package org.pgagent.postgres.session;

import org.pgagent.postgres.WalRange;

/**
 * What a server has noted of a stretch of WAL: which pages it changes ({@code pg_wal/summaries}, PostgreSQL 17 and later,
 * walsummarizer.c).
 */
public record WalSummary(WalRange wal) {
    /** Is told what a summary says, in no order. */
    public interface Reader {
        /** All files of a database were made or removed. */
        void database(long database);

        /**
         * A relation's main fork was made, removed or cut: every page from this one on counts as changed.
         *
         * @param tablespace as {@link org.pgagent.postgres.RelationFile} has it
         * @param block within the fork
         */
        void limit(long tablespace, long database, long relation, long block);

        /**
         * Pages of a relation's main fork were changed.
         *
         * @param segment which file of the fork
         * @param pages their numbers within the file
         */
        void pages(long tablespace, long database, long relation, int segment, int[] pages);

        /** Whether there is room for more; if not, it has not been told everything. */
        boolean takesMore();
    }
}
