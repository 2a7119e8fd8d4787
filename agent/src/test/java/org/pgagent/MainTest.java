package org.pgagent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgagent.CapturedProgram.Outcome;

final class MainTest {
    private final CapturedProgram program = new CapturedProgram();

    private static void assertTwoLines(Outcome outcome) {
        assertThat(outcome.err().lines()).hasSize(2);
        assertThat(outcome.err()).startsWith("pgagent: error: ").contains("\nhint: ");
        assertThat(outcome.out()).isEmpty();
    }

    @Test
    void the_version_is_the_builds() {
        Outcome outcome = program.run("--version");

        assertThat(outcome.status()).isZero();
        assertThat(outcome.out().strip()).matches("pgagent [0-9]+\\.[0-9]+\\.[0-9]+(-SNAPSHOT)?");
    }

    @Test
    void without_a_verb_it_prints_its_help_and_fails() {
        Outcome outcome = program.run();

        assertThat(outcome.status()).isEqualTo(2);
        assertThat(outcome.err()).contains("Usage: pgagent VERB").contains("show");
        assertThat(outcome.out()).isEmpty();
    }

    @Test
    void help_and_version_work_without_a_good_configuration() {
        program.with("PGAGENT_CONFIG", "/nonexistent.toml").with("PGAGENT_BUKET", "x");

        assertThat(program.run("show", "--help").status()).isZero();
        assertThat(program.run("help", "show").status()).isZero();
        assertThat(program.run("--help").status()).isZero();
        assertThat(program.run("--version").status()).isZero();
        assertThat(program.run("version").status()).isZero();
    }

    @Test
    void an_unknown_verb_is_a_usage_error_with_the_nearest_verb() {
        Outcome outcome = program.run("shwo");

        assertThat(outcome.status()).isEqualTo(2);
        assertTwoLines(outcome);
        assertThat(outcome.err()).contains("'shwo'").contains("Did you mean show?");
    }

    @Test
    void a_restore_command_that_is_none_is_a_usage_error() {
        Outcome outcome = program.run("restore", "--bucket", "b", "-D", "/nowhere", "--restore-command", "");

        assertThat(outcome.status()).isEqualTo(2);
        assertTwoLines(outcome);
    }

    @Test
    void an_unknown_option_is_a_usage_error_with_the_nearest_option_and_the_help_to_ask() {
        Outcome outcome = program.run("show", "--bukcet", "x");

        assertThat(outcome.status()).isEqualTo(2);
        assertTwoLines(outcome);
        assertThat(outcome.err())
                .contains("--bukcet")
                .contains("Did you mean --bucket?")
                .contains("pgagent show --help");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "config --chunk-size 5q",
                "config --jobs",
                "config --jobs 1 --jobs 2",
                "show not-an-id",
                "show 20261122T055500Z-F another",
                "restore --target-lsn=zz --bucket b1b -D /nowhere extra",
                "backup --type some",
                "pgagent show --bucket x"
            })
    void a_bad_line_is_a_usage_error(String line) {
        Outcome outcome = program.run(line.split(" "));

        assertThat(outcome.status()).isEqualTo(2);
        assertTwoLines(outcome);
    }

    @Test
    void a_malformed_argument_is_not_taken_for_one_too_many() {
        assertThat(program.run("show", "not-an-id").err()).contains("not-an-id").doesNotContain("too many");
        assertThat(program.run("restore", "--target-lsn=zz", "extra").err()).contains("--target-lsn");
    }

    @Test
    void choices_may_be_written_in_capitals_and_are_told_in_one_wording() {
        assertThat(program.run("config", "--log-level", "WARN").status()).isZero();
        assertThat(program.run("config", "--log-level", "loud").err())
                .contains("'loud' is none of error, warn, info, debug");
        assertThat(program.run("backup", "--type", "some").err()).contains("'some' is none of auto, full, incremental");
    }

    @Test
    void a_missing_bucket_is_a_configuration_error_without_a_stack_trace() {
        Outcome outcome = program.run("show");

        assertThat(outcome.status()).isEqualTo(3);
        assertTwoLines(outcome);
        assertThat(outcome.err()).contains("no bucket is set").contains("PGAGENT_BUCKET");
    }

    @Test
    void causes_are_told_at_debug_level_only() {
        Outcome outcome = program.run("show", "--log-level", "debug");

        assertThat(outcome.status()).isEqualTo(3);
        assertThat(outcome.err()).contains("PgAgentException").contains("\tat org.pgagent.");
    }

    @Test
    void an_error_is_one_line_of_json_if_the_log_is() {
        Outcome outcome = program.run("show", "--log-format", "json");

        assertThat(outcome.status()).isEqualTo(3);
        assertThat(outcome.err().lines()).hasSize(1);
        assertThat(outcome.err())
                .startsWith("{\"time\":\"")
                .contains("\"level\":\"ERROR\"")
                .contains("\"no bucket is set\"")
                .contains("\"CONFIGURATION\"")
                .contains("\"hint\"");
    }

    @Test
    void config_tells_each_value_and_where_it_came_from(@TempDir Path directory) {
        program.with("PGAGENT_CLUSTER", "orders");

        Outcome outcome = program.run("config", "--jobs", "7");

        assertThat(outcome.status()).isZero();
        assertThat(outcome.out().lines())
                .anyMatch(line -> line.matches("cluster +orders +environment PGAGENT_CLUSTER"))
                .anyMatch(line -> line.matches("jobs +7 +option --jobs"))
                .anyMatch(line -> line.matches("chunk-size +1MiB +default"))
                .anyMatch(line -> line.matches("bucket +\\(not set\\) +default"));
    }

    @Test
    void config_as_json_has_a_field_for_each_column() {
        Outcome outcome = program.run("config", "--json", "--bucket", "my-backups");

        assertThat(outcome.out()).contains("\"name\" : \"bucket\"").contains("\"where\" : \"--bucket\"");
    }
}
