package org.pgagent.restore.drill;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pgagent.kit.ToolRun;

final class PlannedWalTest {
    private static final String LAST = "0000000200000000000000A0";

    /** As the server runs it, which takes 1 for a file that is not in the archive. */
    @ParameterizedTest
    @CsvSource({
        "000000020000000000000099, 7",
        "0000000200000000000000A0, 7",
        "0000000200000000000000A1, 1",
        "000000020000000100000000, 1",
        "0000000100000000000000FF, 7",
        "00000002.history, 7",
        "00000003.history, 1",
        "000000030000000000000001, 1",
    })
    void there_is_no_file_behind_the_last(String name, int status) {
        String command = PlannedWal.upTo(LAST, "exit 7").replace("%f", name);

        assertThat(ToolRun.of(List.of("sh", "-c", command)).exitStatus()).isEqualTo(status);
        assertThat(ToolRun.of(List.of("env", "LC_ALL=en_US.UTF-8", "bash", "-c", command))
                        .exitStatus())
                .isEqualTo(status);
    }

    @Test
    void without_a_program_to_compare_there_is_none() {
        String command = PlannedWal.upTo(LAST, "exit 7").replace("%f", LAST);

        assertThat(ToolRun.of(List.of("env", "PATH=/nonexistent", "/bin/sh", "-c", command))
                        .exitStatus())
                .isEqualTo(1);
    }
}
