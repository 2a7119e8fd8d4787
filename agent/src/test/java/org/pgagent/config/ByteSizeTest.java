package org.pgagent.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ByteSizeTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "67108864, 67108864",
        "64MiB, 67108864",
        "64M, 67108864",
        "64MB, 67108864",
        "64 mib, 67108864",
        "1k, 1024",
        "1kB, 1024",
        "3G, 3221225472",
        "8T, 8796093022208",
        "7B, 7"
    })
    void reads(String text, long bytes) {
        assertThat(ByteSize.parse(text).bytes()).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "M", "-1", "1.5G", "5q", "1 M iB", "9999999999999999T", "0x10", "64MiB "})
    void refuses_with_a_good_example(String text) {
        assertThatThrownBy(() -> ByteSize.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("64MiB");
    }

    @Property
    void reads_what_it_prints(@ForAll @LongRange(min = 0, max = 999_999_999_999_999_999L) long bytes) {
        assertThat(ByteSize.parse(new ByteSize(bytes).toString()).bytes()).isEqualTo(bytes);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0 B",
        "1023, 1023 B",
        "1024, 1.00 KiB",
        "1536, 1.50 KiB",
        "10239, 10.0 KiB",
        "1048575, 1.00 MiB",
        "123456789, 118 MiB",
        "1299227607, 1.21 GiB",
        "1099511627776, 1.00 TiB",
        "9223372036854775807, 8192 PiB"
    })
    void rounds_to_three_digits(long bytes, String text) {
        assertThat(new ByteSize(bytes).rounded()).isEqualTo(text);
    }
}
