package org.pgagent.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.pgagent.kit.Await;
import org.pgagent.kit.ScratchDirectory;
import org.pgagent.kit.ToolRun;

/** A recovery through the agent whose store goes away in the middle. */
final class AgentRecoveryIT {
    private static final Distribution DISTRIBUTION = Distribution.built();
    private static final Duration RECOVERY_MAX = Duration.ofMinutes(1);

    /** More behind the place where recovery is held than an agent fetches ahead. */
    private static final int SEGMENTS_BEFORE = 10;

    private static final int SEGMENTS_BEHIND = 40;

    /** A restore_command that says which segment it is asked for, and waits as long as there is a gate, before one of them. */
    private static final String SCRIPT = """
            #!/bin/sh
            if [ "$1" = '@SEGMENT@' ] && [ -p '@GATE@' ]; then
                : >'@ASKED@'
                cat '@GATE@' >/dev/null
            fi
            exec '@PROGRAM@' wal-fetch --retries 1 "$1" "$2"
            """;

    @Test
    void a_store_that_goes_away_stops_the_server_and_never_ends_its_recovery() throws IOException {
        try (StoreProcess store = StoreProcess.start();
                ScratchDirectory scratch = ScratchDirectory.create();
                ArchivingServer server = ArchivingServer.start(DISTRIBUTION, store.environment("outage"))) {
            server.backUp();
            server.fillSegments(SEGMENTS_BEFORE);
            String heldBefore = server.cluster().switchWal();
            server.fillSegments(SEGMENTS_BEHIND);
            server.awaitArchived();
            List<List<String>> rows = server.cluster().sql("SELECT count(*), sum(id) FROM rows");

            Path script = script(scratch, heldBefore);
            try (RestoredServer restored = RestoredServer.of(server, "--restore-command", script + " %f %p")) {
                store.kill();
                assertThat(restored.cluster().startUntilFailure()).contains("could not restore file");
                store.restart();

                Thread outage = new Thread(() -> cutWhenAsked(store, scratch), "outage");
                outage.start();
                assertThat(restored.cluster().startUntilFailure()).contains("could not restore file");
                outage.join();
                assertThat(restored.cluster().dataDirectory().resolve("recovery.signal"))
                        .exists();
                store.restart();

                restored.recover();
                assertThat(restored.cluster().sql("SELECT count(*), sum(id) FROM rows"))
                        .isEqualTo(rows);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    private static Path script(ScratchDirectory scratch, String segment) throws IOException {
        Path gate = scratch.resolve("gate");
        ToolRun.successOf("mkfifo", "-m", "666", gate.toString());
        Path script = Files.writeString(
                scratch.resolve("fetch"),
                SCRIPT.replace("@SEGMENT@", segment)
                        .replace("@GATE@", gate.toString())
                        .replace("@ASKED@", scratch.resolve("asked").toString())
                        .replace(
                                "@PROGRAM@", DISTRIBUTION.resolve("bin/pgagent").toString()));
        ToolRun.successOf("chmod", "755", script.toString());
        return script;
    }

    /** Kills the store when recovery has come to the gate, and takes the gate away. */
    private static void cutWhenAsked(StoreProcess store, ScratchDirectory scratch) {
        Await.until("recovery is at the gate", RECOVERY_MAX, () -> Files.exists(scratch.resolve("asked")));
        store.kill();
        try {
            Files.writeString(scratch.resolve("gate"), "open\n");
            Files.delete(scratch.resolve("gate"));
        } catch (IOException e) {
            throw new AssertionError("the gate does not open", e);
        }
    }
}
