package org.pgagent.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServerRunTest {
    private static final long OWN_PID = ProcessHandle.current().pid();

    @TempDir
    private Path dir;

    private void file(String content) throws IOException {
        Files.writeString(dir.resolve("postmaster.pid"), content);
    }

    @Test
    void a_server_that_runs_is_told_by_its_process_and_start() throws IOException {
        file(OWN_PID + "\n/data\n1764000000\n5432\n");

        assertThat(ServerRun.of(dir)).contains(new ServerRun(OWN_PID, "1764000000"));
    }

    @Test
    void no_file_is_no_server() {
        assertThat(ServerRun.of(dir)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "4194305\n/data\n1764000000\n",
                "1\n",
                "x\n/data\n1764000000\n",
                "99999999999999999999\na\nb\n"
            })
    void what_was_left_behind_or_is_half_written_is_no_server(String content) throws IOException {
        file(content);

        assertThat(ServerRun.of(dir)).isEmpty();
    }
}
