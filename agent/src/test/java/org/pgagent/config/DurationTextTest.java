package org.pgagent.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DurationTextTest {
    @ParameterizedTest
    @CsvSource({"500ms, PT0.5S", "30s, PT30S", "5m, PT5M", "5min, PT5M", "2 h, PT2H", "7d, PT168H", "0s, PT0S"})
    void reads(String text, Duration duration) {
        assertThat(DurationText.parse(text)).isEqualTo(duration);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "30", "s", "-1s", "1.5h", "1h30m", "PT30S", "1w"})
    void refuses_with_a_good_example(String text) {
        assertThatThrownBy(() -> DurationText.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("30s");
    }

    @ParameterizedTest
    @CsvSource({
        "PT0S, 0s",
        "PT0.04S, 0s",
        "PT0.36S, 0.4s",
        "PT9.94S, 9.9s",
        "PT9.96S, 10s",
        "PT59.4S, 59s",
        "PT59.6S, 1m00s",
        "PT2M5S, 2m05s",
        "PT3H7M59S, 3h07m",
        "PT100H, 100h00m"
    })
    void rounds_for_people(Duration duration, String text) {
        assertThat(DurationText.rounded(duration)).isEqualTo(text);
    }
}
