package org.pgagent.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

final class TablespaceMappingTest {
    @Test
    void maps_by_location_and_by_oid() throws PgAgentException {
        TablespaceMapping mapping = TablespaceMapping.parse(List.of("/srv/a=/new/a", "16401=/new/../b"));

        assertThat(mapping.newLocation("16400", Path.of("/srv/a"))).contains(Path.of("/new/a"));
        assertThat(mapping.newLocation("16401", Path.of("/srv/b"))).contains(Path.of("/b"));
        assertThat(mapping.newLocation("16402", Path.of("/srv/c"))).isEmpty();
    }

    @Test
    void an_equals_sign_in_a_path_is_escaped() throws PgAgentException {
        TablespaceMapping mapping = TablespaceMapping.parse(List.of("/a\\=b=/c\\=d"));

        assertThat(mapping.newLocation("1", Path.of("/a=b"))).contains(Path.of("/c=d"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/srv/a", "=/new", "/srv/a=new", "/srv/a=", ""})
    void a_malformed_mapping_is_refused_with_a_good_one(String option) {
        assertThatExceptionOfType(PgAgentException.class)
                .isThrownBy(() -> TablespaceMapping.parse(List.of(option)))
                .satisfies(e -> assertThat(e.kind()).isEqualTo(ErrorKind.USAGE))
                .satisfies(e -> assertThat(e.hint()).contains("/srv/fast=/srv/fast2"));
    }

    @Test
    void two_tablespaces_never_share_a_directory() {
        assertThatExceptionOfType(PgAgentException.class)
                .isThrownBy(() -> TablespaceMapping.parse(List.of("/a=/c", "/b=/c/")))
                .withMessageContaining("/c");
        assertThatExceptionOfType(PgAgentException.class)
                .isThrownBy(() -> TablespaceMapping.parse(List.of("/a=/c", "/a=/d")))
                .withMessageContaining("twice");
    }

    @Test
    void all_below_a_directory_leaves_none_where_it_was() {
        TablespaceMapping mapping = TablespaceMapping.allBelow(Path.of("/srv/drill"));

        assertThat(mapping.newLocation("16384", Path.of("/fast"))).contains(Path.of("/srv/drill/16384"));
        assertThat(mapping.newLocation("16385", Path.of("/fast"))).contains(Path.of("/srv/drill/16385"));
    }
}
