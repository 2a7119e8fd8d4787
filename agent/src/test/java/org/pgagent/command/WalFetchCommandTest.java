package org.pgagent.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.pgagent.error.ErrorKind;
import picocli.CommandLine;

final class WalFetchCommandTest {
    private static final Set<ErrorKind> PASSING = Set.of(
            ErrorKind.STORE_UNREACHABLE,
            ErrorKind.STORE_FAILED,
            ErrorKind.STORE_DENIED,
            ErrorKind.STORE_CLOCK_SKEW,
            ErrorKind.STORE_TLS);

    private static int exitCode(ErrorKind kind, String... arguments) {
        WalFetchCommand verb = new WalFetchCommand(null);
        new CommandLine(verb).parseArgs(arguments);
        return verb.exitCode(kind);
    }

    @ParameterizedTest
    @EnumSource
    void no_failure_looks_like_the_end_of_the_archive(ErrorKind kind) {
        int code = exitCode(kind, "00000002.history", "pg_wal/RECOVERYHISTORY");

        assertThat(code).isEqualTo(kind == ErrorKind.INTERRUPTED ? 143 : 126);
    }

    @ParameterizedTest
    @EnumSource
    void a_standby_outlives_trouble_with_the_store_and_nothing_else(ErrorKind kind) {
        int code = exitCode(kind, "--standby", "00000002.history", "pg_wal/RECOVERYHISTORY");

        if (PASSING.contains(kind)) {
            assertThat(code).isEqualTo(1);
        } else {
            assertThat(code).isGreaterThan(125);
        }
    }
}
