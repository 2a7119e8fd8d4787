package org.pgagent.backup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.pgagent.kit.MemoryObjectStore;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupSource;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.ClusterName;
import org.pgagent.repository.SampleRecord;
import org.pgagent.repository.WalArchive;
import org.pgagent.repository.WalObjectHeader;
import org.pgagent.storage.WriteCondition;

/** When the LSNs of pages tell what has changed since a parent. */
final class PageLsnConditionTest {
    private static final ClusterKeys KEYS = new ClusterKeys(new ClusterName("main"));
    private static final WalSegmentSize SIZE = new WalSegmentSize(1 << 20);
    private static final Timeline FIRST = new Timeline(1);
    private static final Lsn START = Lsn.parse("0/500028");
    private static final Lsn STOP = Lsn.parse("0/600200");
    private static final Lsn NOW = Lsn.parse("0/900028");

    private final MemoryObjectStore store = new MemoryObjectStore();
    private final BackupRecord parent = SampleRecord.of("20261122T055500Z-F", FIRST, START, STOP, SIZE)
            .withContent(new BackupRecord.Totals(1, 1, 0, 1, 1, 1, 0, "lz4", 1 << 20), List.of(), List.of());

    @BeforeEach
    void archiveAllBetween() throws IOException {
        for (long number = 5; number <= 8; number++) {
            archive(number);
        }
    }

    private void archive(long number) throws IOException {
        String name = new WalSegment(FIRST, number, SIZE).fileName();
        store.put(KEYS.walFile(name), ByteBuffer.wrap(new byte[WalObjectHeader.BYTES + 1]), WriteCondition.always());
    }

    /** The parent's cluster, otherwise. */
    private BackupSource source(int walSegmentSize, Instant serverStartedAt) {
        BackupSource before = parent.source();
        return new BackupSource(
                before.systemIdentifier(),
                before.version(),
                before.pageSize(),
                before.walPageSize(),
                walSegmentSize,
                before.dataChecksums(),
                before.walLogHints(),
                serverStartedAt,
                false,
                Map.of(),
                List.of(),
                Map.of(),
                null);
    }

    private Optional<String> obstacle(BackupSource source, Lsn start) throws IOException {
        return new PageLsnCondition(parent, source)
                .obstacle(start, TimelineHistory.withoutAncestors(FIRST), new WalArchive(store, KEYS));
    }

    @Test
    void a_bad_page_may_have_been_mended_by_one_that_is_older() throws IOException {
        BackupRecord bad =
                parent.withContent(new BackupRecord.Totals(1, 1, 0, 1, 1, 1, 1, "lz4", 1 << 20), List.of(), List.of());

        assertThat(new PageLsnCondition(bad, bad.source())
                        .obstacle(NOW, TimelineHistory.withoutAncestors(FIRST), new WalArchive(store, KEYS)))
                .hasValueSatisfying(reason -> assertThat(reason).contains("the parent has bad pages"));
    }

    @Test
    void lsns_tell_if_nothing_speaks_against_them() throws IOException {
        assertThat(obstacle(parent.source(), NOW)).isEmpty();
    }

    @Test
    void lsns_that_were_given_twice_do_not_tell() throws IOException {
        assertThat(obstacle(parent.source(), STOP))
                .hasValueSatisfying(why -> assertThat(why).contains("0/600200").contains("LSNs were given twice"));
    }

    @Test
    void without_some_wal_between_they_do_not_tell() throws IOException {
        store.delete(List.of(KEYS.walFile(new WalSegment(FIRST, 7, SIZE).fileName())));

        assertThat(obstacle(parent.source(), NOW))
                .hasValueSatisfying(why -> assertThat(why).contains("no WAL segment 000000010000000000000007"));
    }

    @Test
    void after_a_restart_or_with_another_size_of_segments_they_do_not_tell() throws IOException {
        Instant started = parent.source().serverStartedAt();

        assertThat(obstacle(source(SIZE.bytes(), started.plusSeconds(1)), NOW))
                .hasValueSatisfying(why -> assertThat(why).contains("started anew"));
        assertThat(obstacle(source(16 << 20, started), NOW))
                .hasValueSatisfying(why -> assertThat(why).contains("size of WAL segments"));
    }
}
