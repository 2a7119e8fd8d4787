package org.pgagent.cases;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pgagent.kit.PostgresBinaries;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.ResidentProgram.Outcome;

/** How the checkpoint is made that a backup begins with, as the server that makes it writes into its log. */
final class CheckpointIT {
    private static final Repository REPOSITORY = Repository.shared();
    private static final String NAME = "checkpoints";

    private static PrimaryAndStandby servers;

    /** A checkpoint that is spread over no time, so that the test need not wait for it. */
    @BeforeAll
    static void start() {
        servers = PrimaryAndStandby.start(
                PostgresSetup.ofVersion(PostgresBinaries.newestMajor())
                        .withSetting("log_checkpoints", "on")
                        .withSetting("checkpoint_completion_target", "0")
                        .withSetting("checkpoint_timeout", "1d"),
                NAME);
    }

    @AfterAll
    static void stop() {
        servers.close();
    }

    private enum Course {
        PRIMARY("checkpoint starting: "),
        STANDBY("restartpoint starting: "),
        COPY_OF_STANDBY("checkpoint starting: ");

        private final String line;

        Course(String line) {
            this.line = line;
        }

        /** The server that makes it. */
        private PostgresCluster server() {
            return this == STANDBY ? servers.standby() : servers.primary();
        }

        Outcome take(String... arguments) {
            return switch (this) {
                case PRIMARY -> REPOSITORY.onServer(servers.primary(), NAME, "backup", arguments);
                case STANDBY -> servers.aloneEnding(arguments);
                case COPY_OF_STANDBY -> servers.copying(arguments);
            };
        }

        /** What was wanted of each, one after the other; of 19 "fast" instead of "immediate". */
        List<String> wanted() throws IOException {
            return Files.readString(server().log())
                    .lines()
                    .filter(said -> said.contains(line))
                    .map(said ->
                            said.substring(said.indexOf(line) + line.length()).replace("immediate", "fast"))
                    .toList();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "PRIMARY, fast, fast force wait",
        "PRIMARY, spread, force wait",
        "STANDBY, fast, fast force wait",
        "STANDBY, spread, force wait",
        "COPY_OF_STANDBY, fast, fast force wait",
        "COPY_OF_STANDBY, spread, force wait"
    })
    void the_checkpoint_is_made_as_the_option_says(Course course, String option, String wanted) throws IOException {
        servers.checkpoint(); // of which the standby can make a restartpoint
        int before = course.wanted().size();

        Outcome outcome = course.take("--checkpoint", option, "--type", "full");

        assertThat(outcome.status()).as(outcome.output()).isZero();
        assertThat(course.wanted().stream().skip(before)).containsExactly(wanted);
        assertThat(REPOSITORY
                        .stored(NAME, Repository.idIn(outcome))
                        .record()
                        .start()
                        .checkpoint())
                .isEqualTo(option);
    }
}
