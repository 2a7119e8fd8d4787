package org.pgagent.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ObjectKeyTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "x",
                "main/backups/20261122T055500Z-F/manifest.json.gz",
                "...",
                "a b/c+d&e?f#g%h'\"i",
                "\u00a0",
                "größe/日本/\uD83D\uDE00",
                "\uFFFD"
            })
    void text_is_a_key(String text) {
        assertThat(ObjectKey.isLegal(text)).isTrue();
        assertThat(new ObjectKey(text).value()).isEqualTo(text);
    }

    static Stream<String> longest() {
        return Stream.of("x".repeat(900), "é".repeat(450), "日".repeat(300), "\uD83D\uDE00".repeat(225));
    }

    @ParameterizedTest
    @MethodSource("longest")
    void it_has_900_bytes_at_most(String longest) {
        assertThat(ObjectKey.isLegal(longest)).isTrue();
        assertThat(ObjectKey.isLegal(longest + "x")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "/a",
                "a/",
                "a//b",
                ".",
                "..",
                "a/.",
                "a/../b",
                "a\0b",
                "a\nb",
                "\u007f",
                "\u0085",
                "\uD83D",
                "a\uDE00b",
                "\uDE00\uD83D"
            })
    void text_is_none(String text) {
        assertThat(ObjectKey.isLegal(text)).isFalse();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ObjectKey(text))
                .withMessageContaining("object key");
    }
}
