package org.pgagent.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgagent.catalog.SampleArchive.KEYS;
import static org.pgagent.catalog.SampleArchive.backup;
import static org.pgagent.catalog.SampleArchive.childOf;
import static org.pgagent.catalog.SampleArchive.lsn;
import static org.pgagent.catalog.SampleArchive.range;
import static org.pgagent.catalog.SampleArchive.segment;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.pgagent.catalog.RecoveryWindow.Then;
import org.pgagent.catalog.WalInventory.TimelineWal;
import org.pgagent.postgres.SegmentRange;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.repository.ExpiredWal;
import org.pgagent.repository.WalObjectHeader;
import org.pgagent.storage.ObjectKey;

class WalInventoryTest {
    private static final TimelineHistory FIRST = TimelineHistory.withoutAncestors(Timeline.FIRST);
    private static final TimelineHistory SECOND = childOf(FIRST, lsn(10, 3), 2);

    private final SampleArchive archive = new SampleArchive();

    private List<RecoveryWindow> windows(List<SegmentRange> noted, long timeline, long first, long last)
            throws IOException {
        WalInventory inventory = archive.survey();
        return new RecoveryWindows(inventory, inventory.gaps(noted, ExpiredWal.NONE), ExpiredWal.NONE)
                .of(backup(timeline, first, last));
    }

    private static void requireWindow(RecoveryWindow window, long timeline, long lastSegment, Then then) {
        assertThat(window.timeline()).isEqualTo(new Timeline(timeline));
        assertThat(window.end()).isEqualTo(segment(timeline, lastSegment).end());
        assertThat(window.then()).isEqualTo(then);
    }

    @Test
    void an_empty_archive_has_nothing() throws IOException {
        WalInventory inventory = archive.survey();

        assertThat(inventory.timelines()).isEmpty();
        assertThat(inventory.gaps(List.of(range(1, 2, 3)), ExpiredWal.NONE)).isEmpty();
        assertThat(windows(List.of(), 1, 1, 2)).isEmpty();
    }

    @Test
    void counts_segments_and_nothing_else() throws IOException {
        archive.has(1, 62, 65).history(SECOND); // a folder has 64
        String wal = "main/wal/00000001/00000000/";
        archive.put(new ObjectKey(wal + "000000010000000000000010.00000028.backup"), 600)
                .put(new ObjectKey(wal + "000000010000000000000010.partial"), 600)
                .put(new ObjectKey(wal + "000000010000000000000011"), WalObjectHeader.BYTES)
                .put(new ObjectKey(wal + "0000000100000000000000FF"), 600) // none of this size
                .put(new ObjectKey("main/wal/gaps/000000010000000000000020"), 600)
                .put(new ObjectKey("main/wal/other/\u00e4"), 600);

        List<TimelineWal> timelines = archive.survey().timelines();

        assertThat(timelines).hasSize(2);
        TimelineWal first = timelines.get(0);
        assertThat(first.runs()).extracting(WalInventory.Run::range).containsExactly(range(1, 62, 65));
        assertThat(first.segments()).isEqualTo(4);
        assertThat(first.storedBytes()).isEqualTo(4L * (WalObjectHeader.BYTES + 1));
        assertThat(timelines.get(1).history()).isEqualTo(SECOND);
        assertThat(timelines.get(1).last()).isEmpty();
    }

    @Test
    void a_missing_segment_is_a_gap_and_ends_the_window_of_the_backups_before_it() throws IOException {
        archive.has(1, 2, 5).has(1, 8, 9);

        assertThat(archive.survey().gaps(List.of(), ExpiredWal.NONE)).containsExactly(range(1, 6, 7));
        List<RecoveryWindow> before = windows(List.of(), 1, 2, 3);
        assertThat(before).hasSize(1);
        requireWindow(before.get(0), 1, 5, Then.GAP);
        List<RecoveryWindow> after = windows(List.of(), 1, 8, 9);
        assertThat(after).hasSize(1);
        requireWindow(after.get(0), 1, 9, Then.END);
    }

    @Test
    void a_backup_that_lacks_wal_has_no_window() throws IOException {
        archive.has(1, 2, 5).has(1, 7, 9);

        assertThat(windows(List.of(), 1, 1, 2)).as("its first").isEmpty();
        assertThat(windows(List.of(), 1, 5, 7)).as("in between").isEmpty();
        assertThat(windows(List.of(), 1, 9, 10)).as("its last").isEmpty();
    }

    @Test
    void the_segment_of_a_switch_counts_under_the_childs_name() throws IOException {
        archive.has(1, 2, 9).has(2, 10, 12).history(SECOND);

        assertThat(archive.survey().gaps(List.of(), ExpiredWal.NONE)).isEmpty();
        List<RecoveryWindow> windows = windows(List.of(), 1, 2, 3);
        assertThat(windows).as("the first timeline leads nowhere else").hasSize(1);
        requireWindow(windows.get(0), 2, 12, Then.END);
    }

    @Test
    void a_gap_before_a_switch_is_the_parents_and_one_at_it_the_childs() throws IOException {
        archive.has(1, 2, 7).has(2, 11, 12).history(SECOND);

        assertThat(archive.survey().gaps(List.of(), ExpiredWal.NONE)).containsExactly(range(1, 8, 9), range(2, 10, 10));
        List<RecoveryWindow> windows = windows(List.of(), 1, 2, 3);
        assertThat(windows).hasSize(1);
        requireWindow(windows.get(0), 1, 7, Then.GAP);
    }

    @Test
    void a_parent_that_went_on_has_a_window_of_its_own() throws IOException {
        archive.has(1, 2, 14).has(2, 10, 12).history(SECOND);

        List<RecoveryWindow> windows = windows(List.of(), 1, 2, 3);

        assertThat(windows).hasSize(2);
        requireWindow(windows.get(0), 1, 14, Then.END);
        requireWindow(windows.get(1), 2, 12, Then.END);
        assertThat(windows(List.of(), 1, 11, 12))
                .as("taken after the child had left")
                .hasSize(1);
    }

    @Test
    void what_was_expired_is_no_gap() throws IOException {
        archive.has(2, 15, 20).history(SECOND);

        assertThat(archive.survey().gaps(List.of(range(1, 4, 5), range(2, 10, 11)), ExpiredWal.NONE))
                .isEmpty();
    }

    @Test
    void a_noted_gap_after_the_last_segment_is_told_and_a_filled_one_is_not() throws IOException {
        archive.has(1, 2, 9);
        List<SegmentRange> noted = List.of(range(1, 4, 5), range(1, 8, 11), range(1, 12, 13));

        assertThat(archive.survey().gaps(noted, ExpiredWal.NONE)).containsExactly(range(1, 10, 13));
        requireWindow(windows(noted, 1, 2, 3).get(0), 1, 9, Then.GAP);
    }

    @Test
    void a_damaged_history_file_hides_nothing_but_where_the_timeline_comes_from() throws IOException {
        archive.has(1, 2, 9).has(2, 10, 12).history(new Timeline(2), "rubbish\n");

        assertThat(archive.survey().timelines()).hasSize(2);
        requireWindow(windows(List.of(), 1, 2, 3).get(0), 1, 9, Then.END);
        requireWindow(windows(List.of(), 2, 10, 11).get(0), 2, 12, Then.END);
    }

    @Test
    void names_are_those_of_the_repository() {
        assertThat(KEYS.walGap(range(1, 6, 7)).value())
                .isEqualTo("main/wal/gaps/000000010000000000000006-000000010000000000000007.json");
    }

    @Test
    void what_was_expired_is_no_gap_and_ends_a_window_in_its_own_way() throws IOException {
        archive.has(1, 3, 5).has(1, 9, 12).has(1, 14, 20);
        ExpiredWal expired = new ExpiredWal(
                ExpiredWal.FORMAT,
                List.of(new ExpiredWal.Before(Timeline.FIRST, segment(1, 9).fileName())));
        WalInventory inventory = archive.survey();
        List<SegmentRange> gaps = inventory.gaps(List.of(), expired);
        RecoveryWindows windows = new RecoveryWindows(inventory, gaps, expired);

        assertThat(gaps).containsExactly(range(1, 13, 13));
        requireWindow(windows.of(backup(1, 3, 5)).get(0), 1, 5, Then.EXPIRED);
        requireWindow(windows.of(backup(1, 9, 10)).get(0), 1, 12, Then.GAP);
        requireWindow(windows.of(backup(1, 14, 15)).get(0), 1, 20, Then.END);
    }
}
