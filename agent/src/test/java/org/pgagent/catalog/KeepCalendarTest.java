package org.pgagent.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeepCalendarTest {
    @Test
    void reads_and_prints_all_of_its_periods() {
        String all = "last=3,hourly=24,daily=7,weekly=4,monthly=12,yearly=3";

        assertThat(KeepCalendar.parse(all)).hasToString(all);
        assertThat(KeepCalendar.parse("yearly=1, daily=2")).hasToString("daily=2,yearly=1");
        assertThat(KeepCalendar.NONE).hasToString("");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "daily", "daily=", "daily=0", "daily=-1", "daily=1000000", "day=1", "daily=1,daily=2", "=3"})
    void refuses_anything_else(String text) {
        assertThatThrownBy(() -> KeepCalendar.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "HOURLY,  2026-11-22T05:59:59Z, 2026-11-22T05:00:00Z, 2026-11-22T06:00:00Z",
        "DAILY,   2026-11-22T23:59:59Z, 2026-11-22T00:00:00Z, 2026-11-23T00:00:00Z",
        // 2026 has 53 weeks: the last one begins on Monday, 28 December, and ends on Sunday, 3 January 2027.
        "WEEKLY,  2026-12-28T00:00:00Z, 2027-01-03T23:59:59Z, 2027-01-04T00:00:00Z",
        "WEEKLY,  2026-11-22T23:59:59Z, 2026-11-16T00:00:00Z, 2026-11-23T00:00:00Z",
        "MONTHLY, 2026-11-30T23:59:59Z, 2026-11-01T00:00:00Z, 2026-12-01T00:00:00Z",
        "YEARLY,  2026-12-31T23:59:59Z, 2026-01-01T00:00:00Z, 2027-01-01T00:00:00Z"
    })
    void a_period_has_its_moments_and_no_others(KeepCalendar.Period period, Instant one, Instant same, Instant other) {
        assertThat(period.containing(one)).isEqualTo(period.containing(same)).isNotEqualTo(period.containing(other));
    }
}
