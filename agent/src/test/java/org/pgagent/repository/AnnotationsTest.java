package org.pgagent.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AnnotationsTest {
    @Test
    void a_value_may_have_anything_that_can_be_printed() {
        assertThat(Annotations.parse(List.of("ticket/4711=before a=b", "empty=", "who=Zoë"))
                        .byKey())
                .isEqualTo(Map.of("ticket/4711", "before a=b", "empty", "", "who", "Zoë"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "=", "no equals", "=value", "a b=c", "a=b\nc", "-a=b"})
    void what_is_none_is_refused(String text) {
        assertThatThrownBy(() -> Annotations.parse(List.of(text))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_key_comes_once() {
        assertThatThrownBy(() -> Annotations.parse(List.of("a=1", "a=2"))).hasMessage("there are two annotations a");
    }

    @Test
    void a_value_has_an_end() {
        assertThat(Annotations.parse(List.of("a=" + "x".repeat(500))).byKey()).hasSize(1);
        assertThatThrownBy(() -> Annotations.parse(List.of("a=" + "x".repeat(501))))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
