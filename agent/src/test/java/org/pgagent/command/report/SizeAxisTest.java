package org.pgagent.command.report;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SizeAxisTest {
    @ParameterizedTest
    @CsvSource({
        "0, '0|1 B'",
        "3, '0|1 B|2 B|3 B'",
        "1500, '0|500 B|1000 B|1500 B'",
        "90000000000, '0|50 GiB|100 GiB'",
        "5497558138880, '0|2 TiB|4 TiB|6 TiB'"
    })
    void sizes_at_the_axis_are_round(long bytes, String expected) {
        SizeAxis axis = SizeAxis.upTo(bytes, 0, 100);

        assertThat(axis.ticks().stream().map(SizeAxis.Tick::label)).containsExactly(expected.split("\\|"));
    }

    @Property
    void whatever_the_size_it_fits(@ForAll @LongRange(min = 0, max = 1L << 60) long bytes) {
        SizeAxis axis = SizeAxis.upTo(bytes, 20, 120);

        assertThat(axis.topBytes()).isGreaterThanOrEqualTo(bytes);
        assertThat(axis.y(bytes)).isBetween(20.0, 120.0);
        assertThat(axis.ticks()).hasSizeBetween(2, 6);
    }
}
