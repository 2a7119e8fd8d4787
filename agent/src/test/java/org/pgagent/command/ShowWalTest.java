package org.pgagent.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.CapturedProgram;
import org.pgagent.CapturedProgram.Outcome;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.SegmentRange;
import org.pgagent.postgres.SystemIdentifier;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.ClusterDescription;
import org.pgagent.repository.ClusterDescriptions;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.ClusterName;
import org.pgagent.repository.RepositoryJson;
import org.pgagent.repository.SampleRecord;
import org.pgagent.repository.WalGap;
import org.pgagent.repository.WalGaps;
import org.pgagent.repository.WalObjectHeader;
import org.pgagent.repository.WalObjects;
import org.pgagent.storage.FileObjectStore;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.WriteCondition;
import org.pgagent.wal.SampleWal;

final class ShowWalTest {
    private static final WalSegmentSize SIZE = WalSegmentSize.DEFAULT;
    private static final ClusterKeys KEYS = new ClusterKeys(new ClusterName("main"));

    @TempDir
    private Path bucket;

    private ObjectStore store;

    @BeforeEach
    void open() throws IOException {
        store = FileObjectStore.open(bucket, new SplittableRandom());
    }

    @AfterEach
    void close() {
        store.close();
    }

    private CapturedProgram program() {
        return new CapturedProgram().with("PGAGENT_BUCKET", "file://" + bucket);
    }

    private static WalSegment segment(long timeline, long number) {
        return new WalSegment(new Timeline(timeline), number, SIZE);
    }

    private void put(ObjectKey key, byte[] bytes) throws IOException {
        store.put(key, ByteBuffer.wrap(bytes), WriteCondition.ifAbsent());
    }

    private void archive(long timeline, long first, long last) throws IOException {
        for (long number = first; number <= last; number++) {
            put(KEYS.walFile(segment(timeline, number).fileName()), new byte[WalObjectHeader.BYTES + 100]);
        }
    }

    private void backup(String id, long timeline, long first) throws IOException {
        Lsn start = segment(timeline, first).start().plus(40);
        new BackupRecords(store, KEYS)
                .create(SampleRecord.of(id, new Timeline(timeline), start, start.plus(SIZE.bytes()), SIZE));
    }

    private void describe() throws IOException {
        new ClusterDescriptions(store, KEYS)
                .claim(new ClusterDescription(
                        1,
                        SystemIdentifier.parse("7386812345678901234"),
                        17,
                        SIZE.bytes(),
                        Instant.parse("2026-11-22T05:55:00Z"),
                        null));
    }

    /** Two timelines with large numbers, a gap on the second, and a backup before it. */
    private void gapOnSecondTimeline() throws IOException {
        describe();
        long begin = 0x5ABC00;
        archive(1, begin, begin + 9);
        SampleWal.storeHistory(new WalObjects(store, KEYS), new Timeline(0x10), "1\t5ABC/A000000\tx\n");
        archive(0x10, begin + 10, begin + 12);
        archive(0x10, begin + 15, begin + 16);
        SegmentRange gap = new SegmentRange(segment(0x10, begin + 13), segment(0x10, begin + 14));
        new WalGaps(store, KEYS).record(gap, WalGap.of(gap, Instant.parse("2026-11-25T06:07:08Z"), "db1"));
        backup("20261122T055500Z-F", 1, begin + 1);
        backup("20261121T055500Z-F", 1, begin - 1);
    }

    @Test
    void three_tables_tell_what_there_is_what_is_missing_and_what_can_be_recovered() throws IOException {
        gapOnSecondTimeline();

        Outcome shown = program().run("show", "--wal");

        assertThat(shown.status()).as(shown.err()).isZero();
        assertThat(shown.out().lines()).allMatch(line -> line.length() <= 80);
        assertThat(shown.out().replaceAll("20[0-9-]{8} [0-9:]{5} {2}gap", "(stored)  gap"))
                .contains("TLI  First segment             Last segment              Segments      Size")
                .contains("  1  0000000100005ABC00000000  0000000100005ABC00000009        10")
                .contains(" 16  0000001000005ABC0000000A  0000001000005ABC00000010         5")
                .contains("0000001000005ABC0000000D  0000001000005ABC0000000E         2  2026-11-25 06:07")
                .contains("20261122T055500Z-F   16  2026-11-22 05:56  5ABC/D000000  (stored)  gap")
                .contains("Backup 20261121T055500Z-F cannot be restored: WAL that it needs is missing")
                .contains("Take a backup now");
    }

    @Test
    void after_a_new_backup_nothing_is_to_be_done() throws IOException {
        gapOnSecondTimeline();
        backup("20261125T070000Z-F", 0x10, 0x5ABC00 + 15);

        Outcome shown = program().run("show", "--wal");

        assertThat(shown.out())
                .contains("20261125T070000Z-F   16  2026-11-25 07:01  5ABC/11000000")
                .doesNotContain("Take a backup now");
    }

    @Test
    void json_has_the_same_facts() throws IOException {
        gapOnSecondTimeline();

        Outcome shown = program().run("show", "--wal", "--json");

        var json = RepositoryJson.mapper().readTree(shown.out());
        assertThat(json.get("timelines")).hasSize(2);
        assertThat(json.at("/timelines/1/parent").asInt()).isEqualTo(1);
        assertThat(json.at("/timelines/1/switch_point").asText()).isEqualTo("5ABC/A000000");
        assertThat(json.at("/timelines/0/segments").asInt()).isEqualTo(10);
        assertThat(json.at("/gaps/0/first").asText()).isEqualTo("0000001000005ABC0000000D");
        assertThat(json.at("/gaps/0/found_by").asText()).isEqualTo("db1");
        assertThat(json.at("/windows/0/end_lsn").asText()).isEqualTo("5ABC/D000000");
        assertThat(json.at("/windows/0/then").asText()).isEqualTo("gap");
        assertThat(json.at("/without_wal/0").asText()).isEqualTo("20261121T055500Z-F");
    }

    @Test
    void a_whole_archive_has_nothing_missing() throws IOException {
        describe();
        archive(1, 1, 5);
        backup("20261122T055500Z-F", 1, 2);

        Outcome shown = program().run("show", "--wal");

        assertThat(shown.out())
                .contains("No segment is missing")
                .contains("  end\n")
                .doesNotContain("Take a backup");
    }

    @Test
    void the_recovery_map_puts_backups_together_that_lead_to_one_end() throws IOException {
        gapOnSecondTimeline();
        backup("20261122T065500Z-F", 1, 0x5ABC00 + 3);
        backup("20261125T070000Z-F", 0x10, 0x5ABC00 + 15);

        Outcome shown = program().run("show", "--recovery");

        assertThat(shown.status()).as(shown.err()).isZero();
        assertThat(shown.out().lines()).allMatch(line -> line.length() <= 80);
        assertThat(shown.out())
                .containsPattern(" 16  2026-11-22 05:56:00 .*  5ABC/D000000 +2  gap")
                .containsPattern(" 16  2026-11-25 07:01:00 .* 5ABC/11000000 +1  end")
                .contains("Backup 20261121T055500Z-F cannot be restored");

        var json = RepositoryJson.mapper()
                .readTree(program().run("show", "--recovery", "--json").out());
        assertThat(json.get("cluster").asText()).isEqualTo("main");
        assertThat(json.at("/intervals/0/backups/1").asText()).isEqualTo("20261122T065500Z-F");
        assertThat(json.at("/intervals/0/from_lsn").asText()).startsWith("5ABC/2");
        assertThat(json.at("/intervals/1/then").asText()).isEqualTo("end");
        assertThat(json.at("/backups_without_wal/0").asText()).isEqualTo("20261121T055500Z-F");
        assertThat(program().run("show", "--recovery", "--wal").status()).isEqualTo(2);
    }

    @Test
    void an_archive_that_does_not_exist_is_an_error_and_so_is_the_wal_of_one_backup() {
        assertThat(program().run("show", "--wal").status()).isEqualTo(21);
        assertThat(program().run("show", "--wal", "20261122T055500Z-F").status())
                .isEqualTo(2);
    }
}
