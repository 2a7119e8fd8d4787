package org.pgagent.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgagent.wal.SampleServer.segment;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.ManualClock;
import org.pgagent.postgres.SegmentRange;

/** An alarm is on until somebody has looked and found nothing, and off only then. */
class ArchiveStatisticsTest {
    private final ArchiveStatistics statistics = new ArchiveStatistics(new ManualClock());

    private static HealResult found(List<SegmentRange> gaps, Optional<Instant> lastBackup) {
        return new HealResult(true, List.of(), List.of(), List.of(), Optional.of(gaps), lastBackup);
    }

    @Test
    void before_the_first_look_nothing_is_known() {
        assertThat(statistics.gaps()).isEmpty();
        assertThat(statistics.lastBackup()).isEmpty();
    }

    @Test
    void what_was_seen_stands_as_long_as_nobody_looks_again() {
        Instant backup = Instant.parse("2026-11-22T05:56:10Z");
        statistics.seen(found(List.of(SegmentRange.of(segment(3))), Optional.of(backup)));

        statistics.seen(HealResult.NOT_LOOKED);

        assertThat(statistics.gaps()).contains(1);
        assertThat(statistics.lastBackup()).contains(backup);
    }

    @Test
    void gaps_are_not_known_where_another_servers_wal_cannot_be_judged() {
        Instant backup = Instant.parse("2026-11-22T05:56:10Z");
        statistics.seen(found(List.of(SegmentRange.of(segment(3))), Optional.empty()));

        statistics.seen(new HealResult(true, List.of(), List.of(), List.of(), Optional.empty(), Optional.of(backup)));

        assertThat(statistics.gaps()).isEmpty();
        assertThat(statistics.lastBackup()).contains(backup);
    }

    @Test
    void a_look_that_finds_nothing_ends_the_alarm() {
        statistics.seen(found(List.of(SegmentRange.of(segment(3))), Optional.empty()));

        statistics.seen(found(List.of(), Optional.empty()));

        assertThat(statistics.gaps()).contains(0);
    }

    @Test
    void a_file_that_the_archive_does_not_take_is_a_refusal() {
        PgAgentException reason = new PgAgentException(ErrorKind.ARCHIVE_CONFLICT, "other bytes", "Look.");

        statistics.seen(new HealResult(
                true,
                List.of(),
                List.of(new HealResult.Refused("000000010000000000000003", reason)),
                List.of(),
                Optional.empty(),
                Optional.empty()));

        assertThat(statistics.refusals()).isOne();
        assertThat(statistics.lastFailure().orElseThrow().what()).isEqualTo("other bytes");
    }
}
