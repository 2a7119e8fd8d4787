package org.pgagent.backup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.pgagent.kit.MemoryObjectStore;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.BackupSource;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.ClusterName;
import org.pgagent.repository.Manifests;
import org.pgagent.repository.SampleRecord;

/** Backups that cannot be the parent of another one. */
final class ParentSearchTest {
    private static final ClusterKeys KEYS = new ClusterKeys(new ClusterName("main"));
    private static final Timeline FIRST = new Timeline(1);
    private static final Timeline SECOND = new Timeline(2);
    private static final Lsn STOP = Lsn.parse("0/600200");

    private final MemoryObjectStore store = new MemoryObjectStore();
    private final BackupRecord parent =
            SampleRecord.of("20261122T055500Z-F", FIRST, Lsn.parse("0/500028"), STOP, new WalSegmentSize(1 << 20));

    /** The parent's cluster, with pages of another size. */
    private BackupSource ofPages(int size) {
        BackupSource before = parent.source();
        return new BackupSource(
                before.systemIdentifier(),
                before.version(),
                size,
                before.walPageSize(),
                before.walSegmentSize(),
                before.dataChecksums(),
                before.walLogHints(),
                before.serverStartedAt(),
                false,
                Map.of(),
                List.of(),
                Map.of(),
                null);
    }

    private ParentSearch.Found find(BackupSource source, TimelineHistory history) throws IOException {
        BackupRecords records = new BackupRecords(store, KEYS);
        records.create(parent);
        return new ParentSearch(records, new Manifests(store, KEYS)).find(source, history);
    }

    @Test
    void a_backup_with_other_pages_is_no_parent() throws IOException {
        BackupSource source = ofPages(32768);

        ParentSearch.Found found = find(source, TimelineHistory.withoutAncestors(FIRST));

        assertThat(found.parent()).isEmpty();
        assertThat(found.reason()).isEqualTo(parent.id() + " is of another version or page size");
    }

    /** Its LSNs lie in what the new timeline has, too, but they are other WAL's. */
    @Test
    void a_backup_that_ends_behind_the_branch_is_no_parent() throws IOException {
        Lsn before = Lsn.parse("0/600100");
        TimelineHistory history = new TimelineHistory(SECOND, List.of(new TimelineHistory.Entry(FIRST, before, "")));

        ParentSearch.Found found = find(parent.source(), history);

        assertThat(found.parent()).isEmpty();
        assertThat(found.reason()).isEqualTo(parent.id() + " is not on the history of timeline 2");
        assertThat(parent.liesOn(new TimelineHistory(SECOND, List.of(new TimelineHistory.Entry(FIRST, STOP, "")))))
                .isTrue();
    }
}
