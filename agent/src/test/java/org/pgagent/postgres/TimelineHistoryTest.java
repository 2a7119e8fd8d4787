package org.pgagent.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.TimelineHistory.Entry;

final class TimelineHistoryTest {
    private static final Timeline ONE = new Timeline(1);
    private static final Timeline TWO = new Timeline(2);
    private static final Timeline THREE = new Timeline(3);
    private static final Timeline FIVE = new Timeline(5);
    private static final WalSegmentSize SIZE = WalSegmentSize.DEFAULT;

    /** 1 until the middle of segment 3, then 3 until exactly the end of segment 5, then 5. */
    private static final TimelineHistory HISTORY = new TimelineHistory(
            FIVE,
            List.of(
                    new Entry(ONE, Lsn.parse("0/3800000"), "no recovery target specified"),
                    new Entry(THREE, Lsn.parse("0/6000000"), "before 2026-11-22 05:55:00+00")));

    private static Lsn lsn(String text) {
        return Lsn.parse(text);
    }

    @ParameterizedTest(name = "PostgreSQL {0}")
    @MethodSource("org.pgagent.postgres.Golden#majors")
    void reads_what_the_server_wrote(int major) throws PgAgentException {
        TimelineHistory history = TimelineHistory.parse(THREE, new Golden(major).text("00000003.history"));

        assertThat(history.timeline()).isEqualTo(THREE);
        assertThat(history.timelines()).containsExactly(ONE, TWO, THREE);
        assertThat(history.ancestors()).extracting(Entry::reason).containsOnly("no recovery target specified");
        assertThat(history.switchPoint(ONE).orElseThrow())
                .isLessThan(history.switchPoint(TWO).orElseThrow());
    }

    @Test
    void reads_comments_blank_lines_and_what_people_type() throws PgAgentException {
        String text = "# by hand\n\n  \n1\t0/3800000\tno recovery target specified\r\n\n  3 0/6000000\n";

        assertThat(TimelineHistory.parse(FIVE, text).ancestors())
                .containsExactly(
                        new Entry(ONE, lsn("0/3800000"), "no recovery target specified"),
                        new Entry(THREE, lsn("0/6000000"), ""));
        assertThat(TimelineHistory.parse(FIVE, "1\t0/3800000").timelines()).containsExactly(ONE, FIVE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\n",
                "# nothing but this\n",
                "1\n",
                "1\t\n",
                "1\t0/3800000x\treason\n",
                "1\t03800000\treason\n",
                "0\t0/3800000\treason\n",
                "x\t0/3800000\treason\n",
                "1\t0/3800000\treason\nnonsense\n",
                "1\t0/3800000\treason\n1\t0/6000000\treason\n",
                "3\t0/3800000\treason\n1\t0/6000000\treason\n",
                "1\t0/6000000\treason\n3\t0/3800000\treason\n",
                "5\t0/3800000\treason\n",
                "6\t0/3800000\treason\n",
                "1\t0/123456789\treason\n",
                "99999999999\t0/3800000\treason\n"
            })
    void refuses_what_is_no_history(String text) {
        assertThat(Refusal.of(ErrorKind.CORRUPTED, () -> TimelineHistory.parse(FIVE, text)))
                .hasMessageContaining("00000005.history");
    }

    @Test
    void the_first_timeline_has_no_ancestors() {
        TimelineHistory first = TimelineHistory.withoutAncestors(ONE);

        assertThat(first.timelines()).containsExactly(ONE);
        assertThat(first.contains(ONE, Lsn.ZERO)).isTrue();
        assertThat(first.reaches(ONE, lsn("FFFFFFFF/FFFFFFFF"))).isTrue();
        assertThat(first.switchPoint(ONE)).isEmpty();
    }

    @Test
    void tells_where_an_ancestor_was_left() {
        assertThat(HISTORY.switchPoint(ONE)).hasValue(lsn("0/3800000"));
        assertThat(HISTORY.switchPoint(THREE)).hasValue(lsn("0/6000000"));
        assertThat(HISTORY.switchPoint(TWO)).isEmpty();
        assertThat(HISTORY.switchPoint(FIVE)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"0/0, 1", "0/37FFFFF, 1", "0/3800000, 3", "0/5FFFFFF, 3", "0/6000000, 5", "80000000/0, 5"})
    void a_byte_at_a_switch_point_is_the_childs(String position, long timeline) {
        assertThat(HISTORY.timelineOf(lsn(position))).isEqualTo(new Timeline(timeline));
        assertThat(HISTORY.contains(new Timeline(timeline), lsn(position))).isTrue();
        assertThat(HISTORY.contains(TWO, lsn(position))).isFalse();
    }

    @Test
    void a_range_may_end_at_the_switch_point_but_not_behind_it() {
        assertThat(HISTORY.reaches(ONE, lsn("0/3800000"))).isTrue();
        assertThat(HISTORY.reaches(ONE, lsn("0/3800001"))).isFalse();
        assertThat(HISTORY.reaches(THREE, lsn("0/3800000"))).isFalse();
        assertThat(HISTORY.reaches(THREE, lsn("0/6000000"))).isTrue();
        assertThat(HISTORY.reaches(FIVE, lsn("0/6000000"))).isFalse();
        assertThat(HISTORY.reaches(FIVE, lsn("0/6000001"))).isTrue();
        assertThat(HISTORY.reaches(TWO, lsn("0/4000000"))).isFalse();
        assertThat(HISTORY.reaches(ONE, Lsn.ZERO)).isTrue();
    }

    @Test
    void the_segment_of_a_switch_is_the_childs() {
        assertThat(HISTORY.segments(lsn("0/2000028"), ONE, lsn("0/6000100"), SIZE))
                .extracting(WalSegment::fileName)
                .containsExactly(
                        "000000010000000000000002",
                        "000000030000000000000003",
                        "000000030000000000000004",
                        "000000030000000000000005",
                        "000000050000000000000006");
    }

    @Test
    void a_switch_between_two_segments_leaves_the_earlier_to_the_parent() {
        assertThat(HISTORY.segments(lsn("0/5000000"), THREE, lsn("0/6000001"), SIZE))
                .extracting(WalSegment::fileName)
                .containsExactly("000000030000000000000005", "000000050000000000000006");
    }

    @Test
    void an_end_on_a_boundary_needs_no_further_segment() {
        assertThat(HISTORY.segments(lsn("0/4000000"), THREE, lsn("0/5000000"), SIZE))
                .extracting(WalSegment::fileName)
                .containsExactly("000000030000000000000004");
    }

    @Test
    void a_backup_that_started_on_the_parent_in_the_segment_of_the_switch_needs_the_childs() {
        assertThat(HISTORY.segments(lsn("0/3000028"), ONE, lsn("0/3800000"), SIZE))
                .extracting(WalSegment::fileName)
                .containsExactly("000000030000000000000003");
    }

    @Test
    void two_switches_in_one_segment_leave_it_to_the_youngest() {
        TimelineHistory history = new TimelineHistory(
                THREE, List.of(new Entry(ONE, lsn("0/3000100"), ""), new Entry(TWO, lsn("0/3000200"), "")));

        assertThat(history.segments(lsn("0/2000028"), ONE, lsn("0/4000000"), SIZE))
                .extracting(WalSegment::fileName)
                .containsExactly("000000010000000000000002", "000000030000000000000003");
    }

    @Test
    void segments_cross_four_gibibytes_without_a_gap() {
        assertThat(TimelineHistory.withoutAncestors(ONE)
                        .segments(lsn("0/F8000000"), ONE, lsn("1/4000001"), new WalSegmentSize(64 << 20)))
                .extracting(WalSegment::fileName)
                .containsExactly(
                        "00000001000000000000003E",
                        "00000001000000000000003F",
                        "000000010000000100000000",
                        "000000010000000100000001");
    }

    @Test
    void refuses_a_start_that_is_not_in_the_history_and_a_range_without_wal() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HISTORY.segments(lsn("0/3800000"), ONE, lsn("0/6000000"), SIZE));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HISTORY.segments(lsn("0/3000000"), TWO, lsn("0/6000000"), SIZE));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HISTORY.segments(lsn("0/3000000"), ONE, lsn("0/3000000"), SIZE));
    }

    @Test
    void ranges_are_cut_at_the_switch_points() {
        assertThat(HISTORY.ranges(lsn("0/2000028"), lsn("0/6000100")))
                .containsExactly(
                        new WalRange(ONE, lsn("0/2000028"), lsn("0/3800000")),
                        new WalRange(THREE, lsn("0/3800000"), lsn("0/6000000")),
                        new WalRange(FIVE, lsn("0/6000000"), lsn("0/6000100")));
        assertThat(HISTORY.ranges(lsn("0/2000028"), lsn("0/3800000")))
                .containsExactly(new WalRange(ONE, lsn("0/2000028"), lsn("0/3800000")));
        assertThat(HISTORY.ranges(lsn("0/3800000"), lsn("0/4000000")))
                .containsExactly(new WalRange(THREE, lsn("0/3800000"), lsn("0/4000000")));
    }

    @Test
    void ranges_tell_which_segments_a_replay_along_them_needs() {
        List<WalRange> ranges = HISTORY.ranges(lsn("0/2000028"), lsn("0/7000100"));

        TimelineHistory along = TimelineHistory.along(ranges);

        assertThat(along.timelines()).isEqualTo(HISTORY.timelines());
        assertThat(along.segments(lsn("0/2000028"), ONE, lsn("0/7000100"), SIZE))
                .isEqualTo(HISTORY.segments(lsn("0/2000028"), ONE, lsn("0/7000100"), SIZE));
        assertThat(TimelineHistory.along(HISTORY.ranges(lsn("0/4000000"), lsn("0/5000000"))))
                .isEqualTo(TimelineHistory.withoutAncestors(THREE));
    }

    @Test
    void a_parent_that_was_left_where_it_began_has_no_range() {
        TimelineHistory history = new TimelineHistory(
                THREE, List.of(new Entry(ONE, lsn("0/3000100"), ""), new Entry(TWO, lsn("0/3000100"), "")));

        assertThat(history.ranges(lsn("0/2000028"), lsn("0/4000000")))
                .containsExactly(
                        new WalRange(ONE, lsn("0/2000028"), lsn("0/3000100")),
                        new WalRange(THREE, lsn("0/3000100"), lsn("0/4000000")));
    }
}
