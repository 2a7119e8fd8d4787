package org.pgagent.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ExclusionsTest {
    private static boolean excludes(String glob, String path) {
        return new Exclusions(List.of(glob)).exclude(DataPath.of(path));
    }

    @ParameterizedTest
    @CsvSource({
        "log,           log,                 true",
        "log/*,         log,                 false",
        "log/*,         log/a.csv,           true",
        "log/*.csv,     log/a.log,           false",
        "log/**.csv,    log/2026/a.csv,      true",
        "core*,         core.4711,           true",
        "core*,         scripts/core.4711,   false",
        "*.bak,         pg_hba.conf.bak,     false",
        "*.bak,         postgresql.conf.bak, true",
        "pg_log/*,      pg_log/a,            true",
        "s?r*,          scripts,             true",
        "s?r*,          sr,                  false",
        "[st]mp,        tmp,                 true",
        "'{old,new}/x', new/x,               true",
        "*1*,           base/5/16384.1,      false"
    })
    void a_pattern_leaves_out_what_it_matches_and_nothing_of_the_servers(String glob, String path, boolean left) {
        assertThat(excludes(glob, path)).isEqualTo(left);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "*",
                "**",
                "**/*.bak",
                "base",
                "base/5/16384",
                "b*/5/16384*",
                "[ab]ase/*",
                "{base,log}/x",
                "global",
                "global/pg_internal.init",
                "PG_VERSION",
                "PG_*",
                "pg_wal",
                "pg_wal/*",
                "pg_tblspc/16385/*",
                "p*",
                "pg_xact",
                "pg_xact/0000",
                "postgresql.*",
                "postgresql.auto.conf",
                "pg_hba.conf",
                "pg_of_a_later_version",
                "?lobal",
                "*a*",
                "pg_stat/*",
                "pg_commit_ts"
            })
    void what_a_server_needs_cannot_be_left_out(String glob) {
        assertThatThrownBy(() -> new Exclusions(List.of("log", glob)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + glob + "'");
    }

    @Test
    void names_that_a_later_server_may_have_are_never_left_out() {
        assertThat(excludes("*_later", "pg_later")).isFalse();
        assertThat(excludes("*_later", "my_later")).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/var/log",
                "../other",
                "log/../base",
                "./base",
                "log/",
                "log//a",
                "{log/a,base/5}",
                "[",
                "a\nb"
            })
    void a_pattern_that_is_none_is_refused(String glob) {
        assertThatThrownBy(() -> new Exclusions(List.of(glob))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void there_are_not_too_many() {
        assertThatThrownBy(() -> new Exclusions(Collections.nCopies(101, "log")))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(new Exclusions(Collections.nCopies(100, "log")).globs()).hasSize(100);
    }

    @Test
    void names_that_are_no_text_can_be_left_out() {
        DataPath strange = DataPath.ofBytes("scripts/\u00ff".getBytes(StandardCharsets.ISO_8859_1));

        assertThat(new Exclusions(List.of("scripts/*")).exclude(strange)).isTrue();
        assertThat(new Exclusions(List.of("log/*")).exclude(strange)).isFalse();
    }
}
