package org.pgagent.command.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgagent.command.report.SampleContent.NOW;
import static org.pgagent.command.report.SampleContent.backup;
import static org.pgagent.command.report.SampleContent.lsn;
import static org.pgagent.command.report.SampleContent.range;
import static org.pgagent.command.report.SampleContent.window;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.pgagent.catalog.RecoveryInterval;
import org.pgagent.catalog.RecoveryWindow;
import org.pgagent.catalog.RecoveryWindow.Then;
import org.pgagent.catalog.WalInventory.Run;
import org.pgagent.catalog.WalInventory.TimelineWal;
import org.pgagent.postgres.SegmentRange;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.repository.BackupRecord;

final class TimelineLanesTest {
    private static final Timeline ONE = new Timeline(1);
    private static final Timeline TWO = new Timeline(2);

    private static Instant hoursAgo(int hours) {
        return NOW.minus(Duration.ofHours(hours));
    }

    private static TimelineWal first(Run... runs) {
        return new TimelineWal(TimelineHistory.withoutAncestors(ONE), null, List.of(runs), 10, 10);
    }

    private static List<TimelineLane> lanes(
            List<TimelineWal> wal, List<RecoveryWindow> windows, List<SegmentRange> gaps) {
        List<BackupRecord> backups =
                windows.stream().map(RecoveryWindow::backup).distinct().toList();
        return TimelineLanes.of(SampleContent.of(backups, wal, windows, gaps), RecoveryInterval.of(windows));
    }

    @Test
    void what_begins_on_one_timeline_and_goes_on_to_another_has_a_part_in_both_lanes() {
        Run run = new Run(range(2, 12, 20), hoursAgo(1));
        TimelineHistory history =
                new TimelineHistory(TWO, List.of(new TimelineHistory.Entry(ONE, lsn(12).plus(8), "x")));
        TimelineWal second = new TimelineWal(history, hoursAgo(5), List.of(run), 9, 9);
        BackupRecord backup = backup(hoursAgo(9), 1, 7);

        List<TimelineLane> lanes = lanes(
                List.of(first(new Run(range(1, 7, 11), hoursAgo(6))), second),
                List.of(window(backup, TWO, run, Then.END)),
                List.of());

        assertThat(lanes).extracting(TimelineLane::timeline).containsExactly(ONE, TWO);
        assertThat(lanes.get(0).recoverable())
                .containsExactly(new Span(backup.stop().time(), hoursAgo(5)));
        assertThat(lanes.get(1).recoverable()).containsExactly(new Span(hoursAgo(5), hoursAgo(1)));
        assertThat(lanes.get(1).origin()).contains(new TimelineLane.Origin(ONE, lsn(12).plus(8), hoursAgo(5)));
        assertThat(lanes).allMatch(lane -> lane.holes().isEmpty());
    }

    @Test
    void a_hole_reaches_from_the_lost_wal_to_the_next_backup() {
        Run before = new Run(range(1, 7, 9), hoursAgo(7));
        Run after = new Run(range(1, 12, 20), hoursAgo(1));
        BackupRecord old = backup(hoursAgo(9), 1, 7);
        BackupRecord next = backup(hoursAgo(3), 1, 14);

        List<TimelineLane> lanes = lanes(
                List.of(first(before, after)),
                List.of(window(next, ONE, after, Then.END), window(old, ONE, before, Then.GAP)),
                List.of(range(1, 10, 11)));

        assertThat(lanes.get(0).holes()).singleElement().satisfies(hole -> {
            assertThat(hole.span()).isEqualTo(new Span(hoursAgo(7), next.stop().time()));
            assertThat(hole.why()).isEqualTo(TimelineLane.Why.LOST);
            assertThat(hole.words()).contains("2 WAL segments missing, from 00000001000000000000000A");
        });
    }

    @Test
    void without_a_backup_after_it_a_hole_has_no_end_yet() {
        Run before = new Run(range(1, 7, 9), hoursAgo(7));
        BackupRecord old = backup(hoursAgo(9), 1, 7);

        List<TimelineLane> lanes = lanes(
                List.of(first(before, new Run(range(1, 12, 20), hoursAgo(1)))),
                List.of(window(old, ONE, before, Then.GAP)),
                List.of(range(1, 10, 11)));

        assertThat(lanes.get(0).holes())
                .extracting(TimelineLane.Hole::span)
                .containsExactly(new Span(hoursAgo(7), NOW));
    }

    @Test
    void what_retention_has_given_up_is_no_loss() {
        Run own = new Run(range(1, 7, 7), hoursAgo(8));
        Run rest = new Run(range(1, 14, 20), hoursAgo(1));
        BackupRecord old = backup(hoursAgo(9), 1, 7);
        BackupRecord next = backup(hoursAgo(3), 1, 14);

        List<TimelineLane> lanes = lanes(
                List.of(first(own, rest)),
                List.of(window(next, ONE, rest, Then.END), window(old, ONE, own, Then.EXPIRED)),
                List.of());

        assertThat(lanes.get(0).recoverable()).hasSize(2);
        assertThat(lanes.get(0).holes()).extracting(TimelineLane.Hole::why).containsExactly(TimelineLane.Why.EXPIRED);
    }

    @Test
    void a_store_whose_clock_is_ahead_or_behind_changes_nothing_but_the_drawing() {
        Run run = new Run(range(1, 7, 9), NOW.plusSeconds(300));
        Run early = new Run(range(1, 14, 14), hoursAgo(4));
        BackupRecord old = backup(hoursAgo(9), 1, 7);
        BackupRecord skewed = backup(hoursAgo(3), 1, 14);

        List<TimelineLane> lanes = lanes(
                List.of(first(run, early)),
                List.of(window(skewed, ONE, early, Then.END), window(old, ONE, run, Then.GAP)),
                List.of(range(1, 10, 11)));

        assertThat(lanes.get(0).recoverable()).allMatch(span -> !span.to().isAfter(NOW));
    }
}
