package org.pgagent.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.pgagent.kit.Await;
import org.pgagent.kit.PostgresBinaries;
import org.pgagent.kit.ScratchDirectory;
import org.pgagent.kit.ToolRun;

/** Restore drills with the shipped program: its runtime, its agent and its restore_command. */
final class RestoreDrillIT {
    private static final Distribution DISTRIBUTION = Distribution.built();
    private static final Duration DRILL_MAX = Duration.ofMinutes(2);
    private static final int CORRUPTED = 22;

    /** Says that it runs, and waits for leave to end. */
    private static final String WAIT = """
            COPY (SELECT 1) TO '@ASKED@';
            DO $$ BEGIN
                WHILE (pg_stat_file('@LEAVE@', true)).size IS NULL LOOP PERFORM pg_sleep(0.1); END LOOP;
            END $$;
            """;

    private static StoreProcess store;
    private static ArchivingServer server;

    private final ScratchDirectory scratch = ScratchDirectory.create();
    private final Path place = scratch.createPrivate("place");

    @BeforeAll
    static void start() {
        store = StoreProcess.start();
        server = ArchivingServer.start(DISTRIBUTION, store.environment("drilled"));
        server.backUp();
        server.fillSegments(5);
        server.awaitArchived();
    }

    @AfterAll
    static void stop() {
        server.close();
        store.close();
    }

    private Map<String, String> environment() {
        Map<String, String> all = new HashMap<>(server.environment());
        all.put("PATH", PostgresBinaries.home(PostgresBinaries.newestMajor()).resolve("bin") + ":/usr/bin:/bin");
        all.put("PGAGENT_RETRIES", "1");
        return all;
    }

    private String[] words(String text) throws IOException {
        Path sql = Files.writeString(scratch.resolve("smoke.sql"), text);
        return new String[] {"validate", "--boot", "--scratch", place.toString(), "--sql-file", sql.toString()};
    }

    private ToolRun drill(String text) throws IOException {
        return DISTRIBUTION.run(environment(), words(text));
    }

    private void requireNothingLeft() throws IOException {
        try (Stream<Path> left = Files.list(place)) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void everything_that_was_archived_comes_back_and_show_tells_of_it() throws IOException {
        String rows = server.cluster().value("SELECT count(*) FROM rows");

        ToolRun good = drill("SELECT 1 / (count(*) = " + rows + ")::int FROM rows;\nSELECT 'all rows';\n");

        assertThat(good.exitStatus()).as(good.output()).isZero();
        assertThat(good.output()).contains("went well", "all rows");
        requireNothingLeft();
        assertThat(DISTRIBUTION.run(environment(), "show").output()).contains("Last proven restore: ", "RTO ");

        ToolRun bad = drill("SELECT 1 / (count(*) = " + rows + " + 1)::int FROM rows;\n");

        assertThat(bad.exitStatus()).as(bad.output()).isEqualTo(CORRUPTED);
        assertThat(bad.output()).contains("FAILED at the checks", "division by zero");
        requireNothingLeft();
        assertThat(DISTRIBUTION.run(environment(), "show").output())
                .contains("Last proven restore: ", "Restore drill FAILED: ");
    }

    @Test
    void a_store_that_is_gone_when_the_drill_is_over_is_no_reason_to_leave_anything() throws Exception {
        Path output = scratch.resolve("drill.log");
        Path exchange = scratch.createPrivate("exchange");
        Path asked = exchange.resolve("asked");
        Path leave = exchange.resolve("leave");
        String wait = WAIT.replace("@ASKED@", asked.toString()).replace("@LEAVE@", leave.toString());
        Process drill = DISTRIBUTION.start(output, environment(), words(wait));
        try {
            Await.until("the checks run", DRILL_MAX, () -> {
                assertThat(drill.isAlive()).as(Files.readString(output)).isTrue();
                return Files.exists(asked);
            });
            store.kill();
            Files.writeString(leave, "now");
            assertThat(drill.waitFor(DRILL_MAX.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } finally {
            drill.destroy();
            store.restart();
        }
        assertThat(output).content().contains("went well", "Recorded    no", "could not be noted in the catalog");
        assertThat(drill.exitValue()).as(Files.readString(output)).isNotZero();
        requireNothingLeft();
    }
}
