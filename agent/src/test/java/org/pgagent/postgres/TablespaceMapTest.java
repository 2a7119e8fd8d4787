package org.pgagent.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.TablespaceMap.Entry;

final class TablespaceMapTest {
    @ParameterizedTest(name = "PostgreSQL {0}")
    @MethodSource("org.pgagent.postgres.Golden#majors")
    void reads_and_prints_what_the_server_wrote(int major) throws PgAgentException {
        String text = new Golden(major).text("tablespace_map");
        TablespaceMap map = TablespaceMap.parse(text, major);

        assertThat(map.entries())
                .singleElement()
                .extracting(Entry::location)
                .isEqualTo("/tmp/golden/with \\ and\nline break");
        assertThat(map.print(major)).isEqualTo(text);
    }

    @Test
    void is_empty_without_tablespaces() throws PgAgentException {
        assertThat(TablespaceMap.parse("", 15).entries()).isEmpty();
        assertThat(new TablespaceMap(List.of()).print(15)).isEmpty();
    }

    @Test
    void has_a_line_for_each_tablespace() throws PgAgentException {
        TablespaceMap map =
                new TablespaceMap(List.of(new Entry(16385, "/srv/fast"), new Entry(4294967295L, "/srv/slow one/é")));

        assertThat(map.print(13)).isEqualTo("16385 /srv/fast\n4294967295 /srv/slow one/é\n");
        assertThat(TablespaceMap.parse(map.print(18), 18)).isEqualTo(map);
    }

    @Test
    void a_backslash_stands_for_itself_up_to_13_and_is_doubled_from_14() throws PgAgentException {
        TablespaceMap map = new TablespaceMap(List.of(new Entry(16385, "/a\\b\\\\c")));

        assertThat(map.print(13)).isEqualTo("16385 /a\\b\\\\c\n");
        assertThat(map.print(14)).isEqualTo("16385 /a\\\\b\\\\\\\\c\n");
        assertThat(TablespaceMap.parse(map.print(13), 13)).isEqualTo(map);
        assertThat(TablespaceMap.parse(map.print(14), 14)).isEqualTo(map);
    }

    @Test
    void version_13_cannot_read_a_backslash_before_the_end_of_a_line() throws PgAgentException {
        for (String location : List.of("/a\\", "/a\\\nb", "/a\\\rb")) {
            TablespaceMap map = new TablespaceMap(List.of(new Entry(16385, location)));

            Refusal.of(ErrorKind.INCOMPATIBLE, () -> map.print(13));
            assertThat(TablespaceMap.parse(map.print(14), 14)).isEqualTo(map);
        }
    }

    @Property
    void every_map_survives_printing(
            @ForAll @Size(max = 5)
                    List<@Chars({'\\', '\n', '\r', ' ', '\'', '"', '%', '/'}) @CharRange(from = 'a', to = 'c') String>
                            locations,
            @ForAll @LongRange(min = 1, max = 4294967295L) long oid,
            @ForAll @IntRange(min = 14, max = 18) int major)
            throws PgAgentException {
        TablespaceMap map = new TablespaceMap(locations.stream()
                .map(location -> new Entry(oid, "/" + location))
                .toList());

        assertThat(TablespaceMap.parse(map.print(major), major)).isEqualTo(map);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "16385 /srv/fast",
                "16385\n",
                "16385 \n",
                "16385 relative\n",
                " 16385 /srv\n",
                "x /srv\n",
                "-1 /srv\n",
                "0 /srv\n",
                "4294967296 /srv\n",
                "99999999999 /srv\n",
                "16385\t/srv\n",
                "16385 /srv\\\n"
            })
    void refuses_what_no_server_writes(String text) {
        Refusal.of(ErrorKind.INCOMPATIBLE, () -> TablespaceMap.parse(text, 15));
    }

    @Test
    void an_entry_refuses_what_is_no_tablespace() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Entry(0, "/srv"));
        assertThatIllegalArgumentException().isThrownBy(() -> new Entry(4294967296L, "/srv"));
        assertThatIllegalArgumentException().isThrownBy(() -> new Entry(16385, ""));
        assertThatIllegalArgumentException().isThrownBy(() -> new Entry(16385, "srv"));
        assertThatIllegalArgumentException().isThrownBy(() -> new Entry(16385, "/srv\0"));
    }
}
