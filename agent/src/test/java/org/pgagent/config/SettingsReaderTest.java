package org.pgagent.config;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

final class SettingsReaderTest {
    @TempDir
    private Path directory;

    private Path defaultFile;

    @BeforeEach
    void place() {
        defaultFile = directory.resolve("pgagent.toml");
    }

    private Settings read(Map<String, String> environment, Map<Setting<?>, String> options) throws PgAgentException {
        return new SettingsReader(environment, defaultFile).read(options, Optional.empty());
    }

    private PgAgentException refusal(Map<String, String> environment) {
        PgAgentException e = catchThrowableOfType(PgAgentException.class, () -> read(environment, Map.of()));
        assertThat(e).as("refused").isNotNull();
        assertThat(e.kind()).isEqualTo(ErrorKind.CONFIGURATION);
        return e;
    }

    private void file(String... lines) throws IOException {
        Files.write(defaultFile, String.join("\n", lines).getBytes(UTF_8));
    }

    @Test
    void an_option_wins_over_the_environment_and_that_over_the_file_and_that_over_the_default() throws IOException {
        file("jobs = 5", "cluster = \"from-file\"", "retries = 1");
        Map<String, String> environment = Map.of("PGAGENT_JOBS", "6", "PGAGENT_CLUSTER", "from-environment");

        Settings settings = read(environment, Map.of(Setting.JOBS, "7"));

        assertThat(settings.get(Setting.JOBS)).isEqualTo(7);
        assertThat(settings.get(Setting.CLUSTER)).hasToString("from-environment");
        assertThat(settings.get(Setting.RETRIES)).isEqualTo(1);
        assertThat(settings.get(Setting.CHUNK_SIZE)).isEqualTo(new ByteSize(1 << 20));
        assertThat(settings.assignment(Setting.JOBS).orElseThrow().origin()).hasToString("option --jobs");
        assertThat(settings.assignment(Setting.CLUSTER).orElseThrow().origin())
                .hasToString("environment PGAGENT_CLUSTER");
        assertThat(settings.assignment(Setting.RETRIES).orElseThrow().origin()).hasToString("file " + defaultFile);
        assertThat(settings.assignment(Setting.CHUNK_SIZE).orElseThrow().origin())
                .hasToString("default");
    }

    @Test
    void the_store_of_aws_own_tools_counts_where_nothing_else_is_said() throws IOException {
        Map<String, String> both =
                Map.of("AWS_ENDPOINT_URL", "https://all.example.net", "AWS_ENDPOINT_URL_S3", "https://s3.example.net");
        assertThat(read(Map.of("AWS_ENDPOINT_URL", "https://all.example.net"), Map.of())
                        .get(Setting.ENDPOINT))
                .hasToString("https://all.example.net");
        assertThat(read(both, Map.of()).get(Setting.ENDPOINT)).hasToString("https://s3.example.net");
        assertThat(read(both, Map.of())
                        .assignment(Setting.ENDPOINT)
                        .orElseThrow()
                        .origin())
                .hasToString("environment AWS_ENDPOINT_URL_S3");

        file("endpoint = \"https://file.example.net\"");

        assertThat(read(both, Map.of()).get(Setting.ENDPOINT)).hasToString("https://file.example.net");
    }

    @Test
    void text_and_numbers_of_toml_are_read_alike() throws IOException {
        file("jobs = 5", "port = \"5433\"", "archive-timeout = \"90s\" # a comment", "chunk-size = 524_288");

        Settings settings = read(Map.of(), Map.of());

        assertThat(settings.get(Setting.JOBS)).isEqualTo(5);
        assertThat(settings.get(Setting.PORT)).isEqualTo(5433);
        assertThat(settings.get(Setting.ARCHIVE_TIMEOUT)).isEqualTo(Duration.ofSeconds(90));
        assertThat(settings.get(Setting.CHUNK_SIZE).bytes()).isEqualTo(512 << 10);
    }

    @Test
    void only_the_default_file_may_be_missing() throws PgAgentException {
        assertThat(read(Map.of(), Map.of()).find(Setting.BUCKET)).isEmpty();

        Path missing = directory.resolve("missing.toml");
        assertThat(refusal(Map.of("PGAGENT_CONFIG", missing.toString()))).hasMessageContaining(missing.toString());
        PgAgentException byOption = catchThrowableOfType(
                PgAgentException.class,
                () -> new SettingsReader(Map.of(), defaultFile).read(Map.of(), Optional.of(missing)));
        assertThat(byOption.kind()).isEqualTo(ErrorKind.CONFIGURATION);
    }

    @Test
    void the_file_of_the_option_wins_over_the_file_of_the_environment() throws IOException {
        Path ofOption = Files.writeString(directory.resolve("option.toml"), "cluster = \"a\"");
        Path ofEnvironment = Files.writeString(directory.resolve("environment.toml"), "cluster = \"b\"");
        file("cluster = \"c\"");
        SettingsReader reader = new SettingsReader(Map.of("PGAGENT_CONFIG", ofEnvironment.toString()), defaultFile);

        assertThat(reader.read(Map.of(), Optional.of(ofOption)).get(Setting.CLUSTER))
                .hasToString("a");
        assertThat(reader.read(Map.of(), Optional.empty()).get(Setting.CLUSTER)).hasToString("b");
    }

    @ParameterizedTest
    @CsvSource({
        "chunk_size, chunk-size",
        "chunksize, chunk-size",
        "Bucket, bucket",
        "end-point, endpoint",
        "log.level, log-level",
        "pg-data, pgdata"
    })
    void an_unknown_key_in_the_file_is_refused_with_the_nearest_known_one(String written, String meant)
            throws IOException {
        file("\"" + written + "\" = \"x\"");

        PgAgentException e = refusal(Map.of());

        assertThat(e).hasMessageContaining("'" + written + "'").hasMessageContaining(defaultFile.toString());
        assertThat(e.hint()).isEqualTo("Did you mean " + meant + "?");
    }

    @ParameterizedTest
    @CsvSource({"PGAGENT_BUKET, PGAGENT_BUCKET", "PGAGENT_CHUNKSIZE, PGAGENT_CHUNK_SIZE", "PGAGENT_JOB, PGAGENT_JOBS"})
    void an_unknown_variable_is_refused_with_the_nearest_known_one(String written, String meant) {
        PgAgentException e = refusal(Map.of(written, "x"));

        assertThat(e).hasMessageContaining(written);
        assertThat(e.hint()).isEqualTo("Did you mean " + meant + "?");
    }

    @Test
    void a_name_that_resembles_nothing_is_refused_with_all_that_are_known() throws IOException {
        file("quuxification = 1");

        assertThat(refusal(Map.of()).hint()).startsWith("Known are: archive-timeout, bucket, ");
    }

    @Test
    void variables_of_the_start_script_and_of_other_programs_are_left_alone() throws PgAgentException {
        Map<String, String> environment =
                Map.of("PGAGENT_JAVA_OPTS", "-Xmx1g", "PGAGENT", "x", "PGHOST", "h", "ZZZ", "z");

        assertThat(read(environment, Map.of()).find(Setting.HOST)).isEmpty();
    }

    @Test
    void an_empty_variable_counts_as_not_set() throws PgAgentException {
        assertThat(read(Map.of("PGAGENT_BUCKET", "", "PGAGENT_CONFIG", ""), Map.of())
                        .find(Setting.BUCKET))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "chunk-size, 5q, 64MiB",
        "chunk-size, 1KiB, 64KiB",
        "archive-timeout, 30, 30s",
        "archive-timeout, soon, 5m",
        "compress, gzip, lz4",
        "compress, zstd:x, zstd:3",
        "bucket, my/bucket, s3://my-backups/pg",
        "bucket, https://store/bucket, s3://my-backups/pg",
        "endpoint, store.example.net, https://s3.example.net",
        "path-style, yes, virtual-host",
        "jobs, many, 64",
        "cluster, a/b, main"
    })
    void a_malformed_value_is_refused_with_its_place_and_a_good_example(String name, String bad, String good)
            throws IOException {
        String variable = "PGAGENT_" + name.toUpperCase(Locale.ROOT).replace('-', '_');
        assertThat(refusal(Map.of(variable, bad)))
                .hasMessageContaining(variable)
                .hasMessageContaining(bad)
                .hasMessageContaining(good);

        file(name + " = \"" + bad + "\"");
        assertThat(refusal(Map.of()))
                .hasMessageContaining(defaultFile.toString())
                .hasMessageContaining(bad);
    }

    @ParameterizedTest
    @CsvSource({
        "PGAGENT_ENDPOINT, https://user:geheim@store.example.net",
        "PGAGENT_DBNAME, postgres://user:geheim@db1/postgres",
        "PGAGENT_DBNAME, host=db1 password = geheim",
        "PGAGENT_DBNAME, postgres://db1/postgres?sslpassword=geheim"
    })
    void a_password_in_a_setting_is_refused_and_not_repeated(String variable, String value) {
        PgAgentException e = refusal(Map.of(variable, value));

        assertThat(e.getMessage() + e.hint()).doesNotContain("geheim");
    }

    @Test
    void a_file_that_is_no_toml_is_refused_with_the_line() throws IOException {
        file("jobs = 5", "bucket = my-backups");

        assertThat(refusal(Map.of())).hasMessageContaining(defaultFile + ", line 2");
    }

    @Test
    void a_table_in_the_file_is_refused() throws IOException {
        file("[store]", "bucket = \"x\"");

        assertThat(refusal(Map.of())).hasMessageContaining("'store'");
    }

    @Test
    void a_setting_that_is_needed_and_not_set_tells_its_three_names() throws PgAgentException {
        Settings settings = read(Map.of(), Map.of());

        PgAgentException e = catchThrowableOfType(PgAgentException.class, () -> settings.get(Setting.BUCKET));

        assertThat(e.kind()).isEqualTo(ErrorKind.CONFIGURATION);
        assertThat(e.hint()).contains("--bucket").contains("PGAGENT_BUCKET").contains("'bucket'");
    }
}
