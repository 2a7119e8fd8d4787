package org.pgagent.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TimelineTest {
    @Test
    void is_decimal_in_text_and_hexadecimal_in_file_names() {
        Timeline ten = Timeline.parse("10");

        assertThat(ten.hex()).isEqualTo("0000000A");
        assertThat(ten).hasToString("10").isEqualTo(Timeline.parseHex("0000000A"));
        assertThat(Timeline.parse("0xA")).isEqualTo(ten);
        assertThat(Timeline.parse("0Xa")).isEqualTo(ten);
    }

    @Property
    void every_timeline_survives_printing(@ForAll @LongRange(min = 1, max = 0xFFFF_FFFFL) long id) {
        Timeline timeline = new Timeline(id);

        assertThat(Timeline.parse(timeline.toString())).isEqualTo(timeline);
        assertThat(Timeline.parseHex(timeline.hex())).isEqualTo(timeline);
        assertThat(Timeline.parse("0x" + timeline.hex())).isEqualTo(timeline);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "0", "-1", "+1", "1.0", " 1", "latest", "0x", "0x0", "010", "4294967296", "99999999999", "١"
            })
    void refuses_what_is_no_timeline(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Timeline.parse(text))
                .withMessageContaining("not a timeline");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "00000000", "1", "0000000a", "000000001", "0000000G"})
    void refuses_what_no_file_name_has(String digits) {
        assertThatIllegalArgumentException().isThrownBy(() -> Timeline.parseHex(digits));
    }
}
