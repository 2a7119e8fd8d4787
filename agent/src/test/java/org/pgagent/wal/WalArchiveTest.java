package org.pgagent.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.pgagent.wal.SampleWal.KEYS;
import static org.pgagent.wal.SampleWal.SMALL;
import static org.pgagent.wal.SampleWal.segment;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.pgagent.error.ErrorKind;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.repository.WalArchive;
import org.pgagent.repository.WalObjectHeader;
import org.pgagent.repository.WalObjects;

class WalArchiveTest {
    private static final WalSegmentSize LARGE = new WalSegmentSize(64 << 20);

    private final TestRepository repository = TestRepository.inMemory();
    private final WalArchive archive = new WalArchive(repository.store(), KEYS);

    private void put(WalSegment segment) throws IOException {
        repository.overwrite(KEYS.walFile(segment.fileName()).value(), new byte[WalObjectHeader.BYTES + 1]);
    }

    private void put(String name) throws IOException {
        repository.overwrite("main/wal/" + name, "1\t0/3000000\tx\n".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    private void putRange(long first, long last, WalSegmentSize size) throws IOException {
        for (long number = first; number <= last; number++) {
            put(segment(number, size));
        }
    }

    @Test
    void knows_which_segments_are_there() throws IOException {
        put(segment(3, SMALL));
        put("00000001/00000000/000000010000000000000004.partial");
        assertThat(archive.firstMissing(List.of(segment(3, SMALL)))).isEmpty();
        assertThat(archive.firstMissing(List.of(segment(4, SMALL)))).contains(segment(4, SMALL));
        WalSegment onAnother = segment(3, SMALL).on(new Timeline(2));
        assertThat(archive.firstMissing(List.of(onAnother))).contains(onAnother);
    }

    @Test
    void an_object_too_short_for_its_own_description_is_no_segment() throws IOException {
        putRange(3, 5, SMALL);
        repository.overwrite(KEYS.walFile(segment(4, SMALL).fileName()).value(), new byte[WalObjectHeader.BYTES]);
        assertThat(archive.firstMissing(row(3, 5))).contains(segment(4, SMALL));
        assertThat(archive.lastContiguous(segment(3, SMALL))).contains(segment(3, SMALL));
    }

    @Test
    void reads_histories() throws IOException {
        WalObjects objects = new WalObjects(repository.store(), KEYS);
        SampleWal.storeHistory(objects, new Timeline(2), "1\t0/3000000\tx\n");
        SampleWal.storeHistory(objects, new Timeline(3), "junk");
        SampleWal.storeHistory(objects, new Timeline(4), "1\t0/3000000\tx\n");
        repository.overwrite("main/wal/00000005.history", repository.bytes("main/wal/00000002.history"));
        repository.overwrite("main/wal/00000006.history", new byte[0]);
        byte[] damaged = repository.bytes("main/wal/00000004.history");
        damaged[WalObjectHeader.BYTES + 4] ^= 1;
        repository.overwrite("main/wal/00000004.history", damaged);
        assertThat(archive.history(new Timeline(2)).orElseThrow().ancestors()).hasSize(1);
        assertThat(archive.history(new Timeline(1))).isEmpty();
        for (long malformedRottenRenamedOrEmpty = 3;
                malformedRottenRenamedOrEmpty <= 6;
                malformedRottenRenamedOrEmpty++) {
            Timeline timeline = new Timeline(malformedRottenRenamedOrEmpty);
            assertThatThrownBy(() -> archive.history(timeline))
                    .extracting("kind")
                    .isEqualTo(ErrorKind.CORRUPTED);
        }
    }

    @Test
    void lists_the_timelines_that_have_any_file() throws IOException {
        assertThat(archive.timelines()).isEmpty();
        put(segment(3, SMALL));
        put(segment(4, SMALL));
        put(segment(4, SMALL).on(new Timeline(0xA)));
        put("00000002.history");
        put("0000000A.history");
        put("FFFFFFFF.history");
        put("other/strange");
        put("other/00000007.history");
        put("00000000.history");
        put("00000009.history.bak");
        put("x".repeat(100));
        assertThat(archive.timelines())
                .containsExactly(new Timeline(1), new Timeline(2), new Timeline(0xA), new Timeline(0xFFFF_FFFFL));
    }

    @Test
    void lists_thousands_of_timelines() throws IOException {
        for (long id = 2; id < 2502; id++) {
            put(new Timeline(id).hex() + ".history");
        }
        assertThat(archive.timelines()).hasSize(2500);
    }

    @Test
    void finds_the_newest_timeline_as_the_server_does() throws IOException {
        assertThat(archive.newestTimeline(new Timeline(1))).isEqualTo(new Timeline(1));
        put("00000002.history");
        put("00000003.history");
        put("00000005.history");
        assertThat(archive.newestTimeline(new Timeline(1))).isEqualTo(new Timeline(3));
        assertThat(archive.newestTimeline(new Timeline(2))).isEqualTo(new Timeline(3));
        assertThat(archive.newestTimeline(new Timeline(4))).isEqualTo(new Timeline(5));
        put("FFFFFFFF.history");
        assertThat(archive.newestTimeline(new Timeline(0xFFFF_FFFEL))).isEqualTo(new Timeline(0xFFFF_FFFFL));
    }

    @Test
    void finds_the_end_of_an_unbroken_row() throws IOException {
        assertThat(archive.lastContiguous(segment(3, SMALL))).isEmpty();
        putRange(3, 3, SMALL);
        assertThat(archive.lastContiguous(segment(3, SMALL))).contains(segment(3, SMALL));
        putRange(4, 9, SMALL);
        putRange(11, 12, SMALL);
        put("00000001/00000000/000000010000000000000005.00000028.backup");
        put("00000001/00000000/00000001000000000000000A.partial");
        put("00000001/00000000/junk");
        put(segment(10, SMALL).on(new Timeline(2)));
        assertThat(archive.lastContiguous(segment(3, SMALL))).contains(segment(9, SMALL));
        assertThat(archive.lastContiguous(segment(7, SMALL))).contains(segment(9, SMALL));
        assertThat(archive.lastContiguous(segment(10, SMALL))).isEmpty();
        assertThat(archive.lastContiguous(segment(2, SMALL))).isEmpty();
    }

    @Test
    void follows_a_row_over_pages_and_folders() throws IOException {
        // 4096 segments of 1 MiB to a folder of 4 GiB: five pages
        putRange(100, 9000, SMALL);
        assertThat(archive.lastContiguous(segment(100, SMALL))).contains(segment(9000, SMALL));
        long before = repository.requests();
        assertThat(archive.lastContiguous(segment(5000, SMALL))).contains(segment(9000, SMALL));
        assertThat(repository.requests() - before).isLessThan(20);
        repository.delete(KEYS.walFile(segment(8191, SMALL).fileName()).value());
        assertThat(archive.lastContiguous(segment(100, SMALL))).contains(segment(8190, SMALL));
        repository.delete(KEYS.walFile(segment(4096, SMALL).fileName()).value());
        assertThat(archive.lastContiguous(segment(100, SMALL))).contains(segment(4095, SMALL));
    }

    @Test
    void follows_a_long_row_with_few_requests() throws IOException {
        WalSegmentSize usual = new WalSegmentSize(16 << 20);
        putRange(100, 100_000, usual);
        put("00000001/00000000/zzz-junk");
        put("00000001/00000010/zzz-junk");
        long before = repository.requests();

        assertThat(archive.lastContiguous(segment(100, usual))).contains(segment(100_000, usual));

        assertThat(repository.requests() - before).isLessThan(150);
        before = repository.requests();
        assertThat(archive.lastContiguous(segment(99_999, usual))).contains(segment(100_000, usual));
        assertThat(archive.lastContiguous(segment(256 * 256, usual).next().next()))
                .contains(segment(100_000, usual));
        assertThat(repository.requests() - before).isLessThan(75);
        before = repository.requests();
        repository.delete(KEYS.walFile(segment(50_000, usual).fileName()).value());
        assertThat(archive.lastContiguous(segment(49_998, usual))).contains(segment(49_999, usual));
        assertThat(archive.lastContiguous(segment(49_152, usual))).contains(segment(49_999, usual));
        assertThat(repository.requests() - before).isLessThan(5);
    }

    @Test
    void follows_a_row_of_large_segments_past_the_end_of_a_log_id() throws IOException {
        putRange(60, 70, LARGE);
        assertThat(archive.lastContiguous(segment(60, LARGE))).contains(segment(70, LARGE));
        assertThat(archive.lastContiguous(segment(63, LARGE))).contains(segment(70, LARGE));
    }

    @Test
    void finds_the_first_that_is_missing() throws IOException {
        assertThat(archive.firstMissing(List.of())).isEmpty();
        putRange(3, 9, SMALL);
        putRange(4090, 4100, SMALL);
        assertThat(archive.firstMissing(row(3, 9))).isEmpty();
        assertThat(archive.firstMissing(row(2, 9))).contains(segment(2, SMALL));
        assertThat(archive.firstMissing(row(3, 12))).contains(segment(10, SMALL));
        assertThat(archive.firstMissing(row(4090, 4100))).isEmpty();
        assertThat(archive.firstMissing(row(4090, 4101))).contains(segment(4101, SMALL));
        assertThat(archive.firstMissing(List.of(segment(9, SMALL), segment(3, SMALL), segment(9, SMALL))))
                .isEmpty();
        assertThat(archive.firstMissing(
                        List.of(segment(9, SMALL), segment(9, SMALL).on(new Timeline(2)))))
                .contains(segment(9, SMALL).on(new Timeline(2)));
    }

    @Test
    void finds_the_newest_segment_of_a_timeline() throws IOException {
        assertThat(archive.newest(new Timeline(1), SMALL)).isEmpty();
        put("00000001/00000000/000000010000000000000003.partial");
        assertThat(archive.newest(new Timeline(1), SMALL)).isEmpty();
        putRange(3, 1500, SMALL);
        assertThat(archive.newest(new Timeline(1), SMALL)).contains(segment(1500, SMALL));
        put(segment(4095, SMALL));
        put("00000001/00000001/000000010000000100000000.partial");
        put(segment(9000, SMALL).on(new Timeline(2)));
        assertThat(archive.newest(new Timeline(1), SMALL)).contains(segment(4095, SMALL));
        put(segment(4096, SMALL));
        put("00000001/00000001/000000010000000100000000.00000028.backup");
        assertThat(archive.newest(new Timeline(1), SMALL)).contains(segment(4096, SMALL));
        assertThat(archive.newest(new Timeline(2), SMALL))
                .contains(segment(9000, SMALL).on(new Timeline(2)));
    }

    @Test
    void agrees_with_a_look_at_each_segment_alone() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        TreeSet<Long> there = new TreeSet<>();
        for (int i = 0; i < 3000; i++) {
            long number = 4000L + random.nextInt(3100);
            there.add(number);
            put(segment(number, SMALL));
        }
        for (int i = 0; i < 200; i++) {
            long first = 3990L + random.nextInt(3200);
            long last = first + random.nextInt(20);
            long missing = first;
            while (missing <= last && there.contains(missing)) {
                missing++;
            }
            var expected = missing > last ? java.util.Optional.empty() : java.util.Optional.of(segment(missing, SMALL));
            assertThat(archive.firstMissing(row(first, last)))
                    .describedAs("seed " + seed)
                    .isEqualTo(expected);
            long end = first;
            while (there.contains(end)) {
                end++;
            }
            var lastThere = end == first ? java.util.Optional.empty() : java.util.Optional.of(segment(end - 1, SMALL));
            assertThat(archive.lastContiguous(segment(first, SMALL)))
                    .describedAs("seed " + seed)
                    .isEqualTo(lastThere);
        }
    }

    private static List<WalSegment> row(long first, long last) {
        List<WalSegment> row = new ArrayList<>();
        for (long number = first; number <= last; number++) {
            row.add(segment(number, SMALL));
        }
        return row;
    }
}
