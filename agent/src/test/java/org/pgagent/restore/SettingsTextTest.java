package org.pgagent.restore;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class SettingsTextTest {
    private static final int LONG = 1 << 20;

    private static Map<String, String> values(String text) {
        return SettingsText.of(text.getBytes(StandardCharsets.UTF_8)).values();
    }

    @Test
    void values_of_any_length_are_read() {
        for (String value : new String[] {"a", "'", "\\", "\\'", "a'\\", "ä"}) {
            String full = value.repeat(LONG / value.length());

            assertThat(values("before = 1\n" + SettingsText.line("app.keys", full) + "\nafter = 2\n"))
                    .as("full of " + value)
                    .isEqualTo(Map.of("before", "1", "app.keys", full, "after", "2"));
        }
    }

    @Test
    void a_long_value_whose_quote_is_never_closed_is_none() {
        for (String value : new String[] {"a", "''", "\\\\", "\\'", " ", "a b"}) {
            String open = "app.keys = '" + value.repeat(LONG / value.length());

            assertThat(values(open + "\nafter = 2\n")).as("full of " + value).isEqualTo(Map.of("after", "2"));
            assertThat(values(open + "\\'# b\nafter = 2\n"))
                    .as("full of " + value)
                    .isEqualTo(Map.of("after", "2"));
        }
    }

    @Test
    void long_lines_of_anything_else_are_read_once() {
        String spaces = " ".repeat(LONG);
        String name = "n".repeat(LONG);

        assertThat(values(spaces + "a" + spaces + "=" + spaces + "1" + spaces + "#" + spaces))
                .isEqualTo(Map.of("a", "1"));
        assertThat(values(spaces + "a" + spaces)).isEmpty();
        assertThat(values("a" + spaces + "1" + spaces + "2")).isEmpty();
        assertThat(values(name + " = " + name + " x")).isEmpty();
    }

    @Test
    void quotes_are_read_as_the_server_reads_them() {
        assertThat(values("a='it''s' # it's\nb = '\\'' \nc ''\nd '''' #\ne = '''\nf = 'x''\ng = 'x' 'y'\nh = '#'"))
                .isEqualTo(Map.of("a", "it's", "b", "'", "c", "", "d", "'", "h", "#"));
    }

    @Test
    void comments_may_have_any_bytes_and_lines_may_end_as_on_windows() {
        assertThat(values("a = 1 # \u00c5land\r\nb = '\u00c5\\\u0085' # \u0085\u2028\r\n# c = 3\r\n"))
                .isEqualTo(Map.of("a", "1", "b", "\u00c5\u0085"));
    }
}
