package org.pgagent.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class SettingTest {
    static List<Setting<?>> settings() {
        return Setting.ALL;
    }

    @Test
    void the_table_has_every_setting_once() {
        List<Object> constants = Arrays.stream(Setting.class.getFields())
                .filter(field -> Modifier.isStatic(field.getModifiers()) && field.getType() == Setting.class)
                .map(SettingTest::value)
                .toList();

        assertThat(Setting.ALL).doesNotHaveDuplicates();
        assertThat(constants).containsExactlyElementsOf(Setting.ALL);
    }

    private static Object value(java.lang.reflect.Field field) {
        try {
            return field.get(null);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @MethodSource("settings")
    void its_default_and_its_example_are_good_values(Setting<?> setting) {
        assertThatCode(() -> setting.parse(setting.example())).doesNotThrowAnyException();
        setting.defaultText()
                .ifPresent(text -> assertThatCode(() -> setting.parse(text)).doesNotThrowAnyException());
    }

    @ParameterizedTest
    @MethodSource("settings")
    void its_meaning_is_one_sentence(Setting<?> setting) {
        assertThat(setting.meaning()).matches("[A-Z][^\\n]*\\.").hasSizeLessThan(100);
    }

    @Test
    void short_options_are_those_of_libpq_and_of_make() {
        assertThat(Setting.ALL.stream()
                        .flatMap(setting -> setting.optionNames().stream())
                        .filter(name -> name.length() == 2))
                .containsExactlyInAnyOrder("-D", "-h", "-p", "-U", "-d", "-j");
    }
}
