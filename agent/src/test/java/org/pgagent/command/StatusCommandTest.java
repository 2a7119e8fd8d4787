package org.pgagent.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgagent.wal.SampleServer.segment;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.pgagent.CapturedProgram;
import org.pgagent.CapturedProgram.Outcome;
import org.pgagent.kit.MemoryObjectStore;
import org.pgagent.kit.ScratchDirectory;
import org.pgagent.wal.SampleServer;
import org.pgagent.wal.SampleWal;

/** What an operator sees who asks how archiving stands. */
class StatusCommandTest {
    private final ScratchDirectory scratch = ScratchDirectory.create();
    private SampleServer server;

    @BeforeEach
    void makeServer() throws IOException {
        server = new SampleServer(scratch.resolve("data")).checkpointIn(segment(10));
    }

    @AfterEach
    void clean() {
        scratch.close();
    }

    private Outcome status(String... more) {
        List<String> line =
                new ArrayList<>(List.of("status", "-D", server.dataDirectory().toString()));
        line.addAll(List.of(more));
        Outcome outcome = new CapturedProgram().run(line.toArray(String[]::new));
        assertThat(outcome.err()).isEmpty();
        assertThat(outcome.status()).isZero();
        return outcome;
    }

    @Test
    void without_an_agent_it_tells_what_waits() throws IOException {
        server.note(segment(3).fileName(), "ready").note(segment(4).fileName(), "ready");

        assertThat(status().out().lines())
                .satisfiesExactly(
                        line -> assertThat(line).isEqualTo("Data directory     " + server.dataDirectory()),
                        line -> assertThat(line)
                                .isEqualTo("Agent              not running; wal-push and wal-fetch start it"),
                        line -> assertThat(line).matches("Waiting            2 files, the oldest for \\d+ s"));
        assertThat(status("--json").out()).contains("\"waiting\" : 2").doesNotContain("\"agent\"");
    }

    @Test
    void of_an_agent_it_tells_what_it_has_done_and_what_failed_last() throws IOException {
        try (ServedStores agent = new ServedStores(server.dataDirectory()).serve()) {
            agent.put("b", new MemoryObjectStore());
            server.note(segment(3).fileName(), "done");
            agent.caller("b").push(SampleWal.write(server.pgWal(), segment(3), 3));
            Path empty = server.pgWal().resolve(segment(4).fileName());
            Files.write(empty, new byte[SampleWal.SMALL.bytes()]);
            agent.caller("b").push(empty);

            assertThat(status().out())
                    .contains("Agent              process "
                            + ProcessHandle.current().pid() + " since 2026-11-22T05:55:00Z")
                    .contains("Waiting            0 files\n")
                    .contains("Archived           1 file, 1.00 MiB")
                    .contains("Failed             0 times, and 1 refused")
                    .contains("Gaps               not known; the agent looks when it has stored a file")
                    .contains("Fetched            0 files, 0 B")
                    .contains("Last archived      " + segment(3).fileName() + " at 2026-11-22T05:55:00Z")
                    .containsPattern("Last failure       " + segment(4).fileName() + " at .*\n {19}.*"
                            + segment(4).fileName());
            assertThat(status("--json").out()).contains("\"archived\" : 1").contains("\"archived_bytes\" : 1048576");
        }
    }
}
