package org.pgagent.postgres.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

final class SqlSessionTest {
    @ParameterizedTest
    @CsvSource({"120022, PostgreSQL 12.22", "190001, PostgreSQL 19.1", "90624, PostgreSQL 9"})
    void refuses_a_version_that_pgagent_was_not_made_for(int versionNumber, String named) {
        assertThatThrownBy(() -> SqlSession.requireSupported(versionNumber))
                .isInstanceOfSatisfying(PgAgentException.class, e -> {
                    assertThat(e.kind()).isEqualTo(ErrorKind.INCOMPATIBLE);
                    assertThat(e.hint()).contains("PostgreSQL 13 to 18");
                })
                .hasMessageContaining(named);
    }

    @Test
    void takes_the_oldest_and_the_newest_supported_version() {
        assertThatCode(() -> SqlSession.requireSupported(130000)).doesNotThrowAnyException();
        assertThatCode(() -> SqlSession.requireSupported(180099)).doesNotThrowAnyException();
    }
}
