package org.pgagent.postgres.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ConnectionStringTest {
    @Test
    void reads_keywords_with_quotes_backslashes_and_spaces() {
        assertThat(ConnectionString.parse("  host = 'db 1'  user=o\\'neil password='a\\\\b\\'c' port='' "))
                .isEqualTo(Map.of(
                        ConnectionParameter.HOST, "db 1",
                        ConnectionParameter.USER, "o'neil",
                        ConnectionParameter.PASSWORD, "a\\b'c",
                        ConnectionParameter.PORT, ""));
    }

    @Test
    void reads_every_part_of_a_uri() {
        assertThat(
                        ConnectionString.parse(
                                "postgresql://back%40up:p%3A+w@[2001:db8::1]:5433/my%20db?sslmode=verify-full&options=-c%20a%3Db"))
                .isEqualTo(Map.of(
                        ConnectionParameter.USER, "back@up",
                        ConnectionParameter.PASSWORD, "p:+w",
                        ConnectionParameter.HOST, "2001:db8::1",
                        ConnectionParameter.PORT, "5433",
                        ConnectionParameter.DBNAME, "my db",
                        ConnectionParameter.SSLMODE, "verify-full",
                        ConnectionParameter.OPTIONS, "-c a=b"));
    }

    @Test
    void reads_uris_that_leave_parts_out() {
        assertThat(ConnectionString.parse("postgres://")).isEmpty();
        assertThat(ConnectionString.parse("postgresql:///shop?host=/run/pg&ssl=true"))
                .isEqualTo(Map.of(
                        ConnectionParameter.DBNAME, "shop",
                        ConnectionParameter.HOST, "/run/pg",
                        ConnectionParameter.SSLMODE, "require"));
        assertThat(ConnectionString.parse("postgresql://%2Frun%2Fpg/shop"))
                .containsEntry(ConnectionParameter.HOST, "/run/pg");
    }

    @Test
    void passes_over_what_pgagent_sets_itself() {
        assertThat(ConnectionString.parse("client_encoding=latin1 keepalives_idle=5"))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "host db1",
                "host='db1",
                "hots=db1",
                "postgresql://u:secret@h:port/x",
                "postgresql://h1,h2:5432,x/db",
                "postgresql://h/db?secret",
                "postgresql://h/db?=secret"
            })
    void refuses_what_it_cannot_understand_without_telling_secrets(String text) {
        assertThatThrownBy(() -> ConnectionString.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("u:secret"));
    }

    @Test
    void tells_a_connection_string_from_a_name() {
        assertThat(ConnectionString.looksLikeOne("shop")).isFalse();
        assertThat(ConnectionString.looksLikeOne("postgres://")).isTrue();
        assertThat(ConnectionString.looksLikeOne("dbname=shop")).isTrue();
    }
}
