package org.pgagent.repository;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class BackupIdTest {
    private static final BackupId NEWEST = new BackupId("20261122T055500Z-I");

    @ParameterizedTest
    @CsvSource({
        "2026-11-22T05:55:00Z, 2026-11-22T05:55:01Z",
        "2026-11-22T05:55:00.999Z, 2026-11-22T05:55:01Z",
        "2026-11-22T05:55:01Z, 2026-11-22T05:55:01Z",
        "2026-11-22T05:55:01.001Z, 2026-11-22T05:55:01.001Z",
        "2026-11-22T05:54:52Z, 2026-11-22T05:55:01Z",
        "2026-11-22T05:54:50Z, 2026-11-22T05:54:50Z",
        "2026-11-23T00:00:00Z, 2026-11-23T00:00:00Z"
    })
    void the_next_backup_has_a_later_second_unless_the_clock_was_far_ahead(String now, String next) {
        assertThat(NEWEST.nextStart(Instant.parse(now))).isEqualTo(Instant.parse(next));
    }

    @Test
    void a_full_backup_in_the_second_of_an_incremental_one_sorts_after_it() {
        Instant now = Instant.parse("2026-11-22T05:55:00.5Z");

        assertThat(BackupId.of(now, BackupKind.FULL)).isLessThan(NEWEST);
        assertThat(BackupId.of(NEWEST.nextStart(now), BackupKind.FULL)).isGreaterThan(NEWEST);
    }

    @Test
    void digits_that_are_no_time_are_no_start() {
        BackupId odd = new BackupId("20261399T995500Z-F");
        Instant now = Instant.parse("2026-11-22T05:55:00Z");

        assertThat(odd.startedAt()).isEmpty();
        assertThat(odd.nextStart(now)).isEqualTo(now);
    }
}
