package org.pgagent.command.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TimeAxisTest {
    private static final Instant END = Instant.parse("2026-11-29T12:34:56Z");

    @ParameterizedTest
    @CsvSource({
        "PT0S, 11:40|11:50|12:00|12:10|12:20|12:30",
        "PT20H, 28 Nov|29 Nov|03:00|06:00|09:00|12:00|18:00|21:00|15:00",
        "P6D, 24 Nov|25 Nov|26 Nov|27 Nov|28 Nov|29 Nov",
        "P40D, 26 Oct|2 Nov|9 Nov|16 Nov|23 Nov",
        "P400D, Jan 2026|Apr 2026|Jul 2026|Oct 2026",
        "P3000D, 2019|2020|2021|2022|2023|2024|2025|2026"
    })
    void times_at_the_axis_are_round(Duration span, String expected) {
        TimeAxis axis = TimeAxis.of(new Span(END.minus(span), END), 0, 700);

        List<String> labels = axis.ticks().stream().map(TimeAxis.Tick::label).toList();

        assertThat(List.of(expected.split("\\|"))).containsAll(labels);
        assertThat(labels).hasSizeGreaterThanOrEqualTo(4);
    }

    @Property
    void no_two_times_at_the_axis_are_too_close(
            @ForAll @LongRange(min = 0, max = 40L * 366 * 86_400) long seconds,
            @ForAll @LongRange(min = 0, max = 4_000_000_000L) long end) {
        Instant to = Instant.ofEpochSecond(end);
        TimeAxis axis = TimeAxis.of(new Span(to.minusSeconds(seconds), to), 60, 1000);

        List<TimeAxis.Tick> ticks = axis.ticks();

        for (int i = 1; i < ticks.size(); i++) {
            assertThat(ticks.get(i).x() - ticks.get(i - 1).x()).isGreaterThan(70);
        }
        assertThat(ticks).allMatch(tick -> tick.x() >= 60 && tick.x() <= 1000).isNotEmpty();
    }

    @Property
    void whatever_the_time_it_lies_on_the_axis(@ForAll long seconds) {
        TimeAxis axis = TimeAxis.of(new Span(END.minusSeconds(86_400), END), 60, 1000);
        Instant time = Instant.ofEpochSecond(Math.floorMod(seconds, 8_000_000_000L));

        assertThat(axis.x(time)).isBetween(60.0, 1000.0);
        assertThat(axis.column(time, 10)).isBetween(0, 93);
        assertThat(axis.x(END.minusSeconds(43_200))).isCloseTo(530, within(0.01));
    }
}
