package org.pgagent.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LsnTest {
    @ParameterizedTest
    @CsvSource({
        "0/0, 0",
        "0/1, 1",
        "16/B374D848, 16B374D848",
        "0/FFFFFFFF, FFFFFFFF",
        "1/0, 100000000",
        "FFFFFFFF/FFFFFFFF, FFFFFFFFFFFFFFFF",
        "80000000/0, 8000000000000000"
    })
    void prints_two_halves_without_padding(String text, String hex) {
        Lsn lsn = new Lsn(Long.parseUnsignedLong(hex, 16));

        assertThat(lsn).hasToString(text);
        assertThat(Lsn.parse(text)).isEqualTo(lsn);
    }

    @Test
    void reads_lower_case_and_padded_halves() {
        assertThat(Lsn.parse("0000000a/00b374d8")).isEqualTo(Lsn.parse("A/B374D8"));
    }

    @Property
    void every_position_survives_printing(@ForAll long value) {
        assertThat(Lsn.parse(new Lsn(value).toString())).isEqualTo(new Lsn(value));
    }

    @Property
    void order_is_that_of_unsigned_numbers(@ForAll long one, @ForAll long other) {
        Lsn lsn = new Lsn(one);

        assertThat(lsn.isBefore(new Lsn(other))).isEqualTo(Long.compareUnsigned(one, other) < 0);
        assertThat(lsn.isAfter(new Lsn(other))).isEqualTo(Long.compareUnsigned(one, other) > 0);
        assertThat(lsn.plus(other - one)).isEqualTo(new Lsn(other));
    }

    @Test
    void the_upper_half_of_all_positions_is_after_the_lower() {
        assertThat(Lsn.parse("80000000/0")).isGreaterThan(Lsn.parse("7FFFFFFF/FFFFFFFF"));
        assertThat(Lsn.parse("A/0")).isGreaterThan(Lsn.parse("9/FFFFFFFF"));
        assertThat(Lsn.parse("10/0").isBefore(Lsn.parse("9/0"))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "0",
                "0/",
                "/0",
                "0/0/0",
                "123456789/0",
                "0/123456789",
                "-1/0",
                "+1/0",
                "0/ 1",
                " 0/1",
                "0x1/0",
                "G/0",
                "١/٢",
                "０/１"
            })
    void refuses_what_is_no_position(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Lsn.parse(text))
                .withMessageContaining("'" + text + "'")
                .withMessageContaining("16/B374D848");
    }
}
