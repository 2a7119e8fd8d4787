package org.pgagent.backup;

import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.pgagent.postgres.RelationFile;
import org.pgagent.postgres.session.WalSummary;
import org.pgagent.transfer.ChangeRule;

/**
 * Which pages of main forks a server's WAL summaries list. The order in which they are read does not matter: a page counts as
 * changed if any of them says so, although a relation was cut and grew again between them.
 */
final class SummarizedChanges implements WalSummary.Reader {
    /** As much as the pages of 2 TiB take if some of each GiB have changed, or more than a hundred thousand relations. */
    private static final long BYTES_MAX = 32 << 20;

    private static final int BYTES_OF_RELATION = 280;

    private final int segmentPages;
    private final int pageSize;
    private long bitBytes;
    private final Set<Long> databases = new HashSet<>();
    private final Map<Relation, Long> limits = new HashMap<>();
    private final Map<Relation, Map<Integer, BitSet>> pages = new HashMap<>();

    private record Relation(long tablespace, long database, long relation) {}

    SummarizedChanges(int segmentPages, int pageSize) {
        this.segmentPages = segmentPages;
        this.pageSize = pageSize;
    }

    @Override
    public void database(long database) {
        databases.add(database);
    }

    @Override
    public void limit(long tablespace, long database, long relation, long block) {
        limits.merge(new Relation(tablespace, database, relation), block, Math::min);
    }

    @Override
    public void pages(long tablespace, long database, long relation, int segment, int[] changed) {
        BitSet known = pages.computeIfAbsent(new Relation(tablespace, database, relation), any -> new HashMap<>())
                .computeIfAbsent(segment, any -> new BitSet());
        bitBytes -= known.size() / Byte.SIZE;
        for (int page : changed) {
            known.set(page);
        }
        bitBytes += known.size() / Byte.SIZE;
    }

    @Override
    public boolean takesMore() {
        return bitBytes + (long) BYTES_OF_RELATION * (limits.size() + pages.size()) <= BYTES_MAX;
    }

    /** How to tell what of a file of a main fork has changed. */
    ChangeRule rule(RelationFile file) {
        Relation relation = new Relation(file.tablespace(), file.database(), file.relation());
        long first = (long) file.segment() * segmentPages;
        long limit = limits.getOrDefault(relation, Long.MAX_VALUE);
        if (databases.contains(file.database()) || limit <= first) {
            return new ChangeRule.ByContent();
        }
        BitSet changed = (BitSet) pages.getOrDefault(relation, Map.of())
                .getOrDefault(file.segment(), new BitSet())
                .clone();
        if (limit < first + segmentPages) {
            changed.set((int) (limit - first), segmentPages);
        }
        return new ChangeRule.Listed(changed, pageSize);
    }
}
