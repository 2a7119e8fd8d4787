package org.pgagent.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.CapturedProgram;
import org.pgagent.CapturedProgram.Outcome;

/** Two data directories of one cluster, as far as archiving knows them, and a directory as repository. */
final class AdoptCommandTest {
    private static final String HISTORY = "00000002.history";

    @TempDir
    private Path dir;

    private Path lease;
    private Path first;
    private Path second;
    private CapturedProgram program;

    @BeforeEach
    void makeTwo() throws IOException {
        Path bucket = Files.createDirectory(dir.resolve("bucket"));
        lease = bucket.resolve("main/lease.json");
        first = dataDirectory("first", 17);
        second = dataDirectory("second", 17);
        program = new CapturedProgram().with("PGAGENT_BUCKET", "file://" + bucket);
    }

    private Path dataDirectory(String name, int major) throws IOException {
        Path data = dir.resolve(name);
        Files.createDirectories(data.resolve("pg_wal"));
        Files.createDirectories(data.resolve("global"));
        try (InputStream control =
                AdoptCommandTest.class.getResourceAsStream("/golden/" + major + "/pg_control.primary")) {
            Files.write(data.resolve("global/pg_control"), control.readAllBytes());
        }
        Files.writeString(data.resolve("pg_wal").resolve(HISTORY), "1\t0/5000060\tno recovery target specified\n");
        return data;
    }

    private Outcome push(Path data) {
        return program.run("wal-push", data.resolve("pg_wal").resolve(HISTORY).toString());
    }

    private Outcome adopt(Path data, String... more) {
        String[] arguments = new String[3 + more.length];
        arguments[0] = "adopt";
        arguments[1] = "-D";
        arguments[2] = data.toString();
        System.arraycopy(more, 0, arguments, 3, more.length);
        return program.run(arguments);
    }

    @Test
    void the_second_data_directory_is_refused_until_it_adopts_and_then_the_first_is() {
        assertThat(push(first).status()).isZero();
        assertThat(push(first).status()).isZero();

        Outcome refused = push(second);
        assertThat(refused.status()).isEqualTo(43);
        assertThat(refused.err())
                .contains("another node has the right to archive 'main' in file://")
                .contains("data directory " + first)
                .contains("pgagent adopt -D " + second);

        Outcome adopted = adopt(second);
        assertThat(adopted.status()).isZero();
        assertThat(adopted.out())
                .contains("Took over the right to archive 'main' in file://")
                .containsPattern(
                        "From .*data directory \\Q" + first + "\\E\n +timeline 1, last heard of at .*, epoch 1")
                .containsPattern("To .*data directory \\Q" + second + "\\E\n +timeline 1, epoch 2")
                .contains("Note");
        assertThat(push(second).status()).isZero();
        assertThat(push(first).status()).isEqualTo(43);
    }

    @Test
    void a_second_adoption_changes_nothing() {
        push(first);
        adopt(second);

        Outcome again = adopt(second);

        assertThat(again.status()).isZero();
        assertThat(again.out()).contains("already, epoch 2");
        assertThat(adopt(second, "--json").out()).contains("\"changed\" : false");
    }

    @Test
    void a_dry_run_tells_the_same_and_changes_nothing() throws IOException {
        push(first);
        String before = Files.readString(lease);

        Outcome outcome = adopt(second, "--dry-run");

        assertThat(outcome.status()).isZero();
        assertThat(outcome.out()).contains("Would take over the right").contains("epoch 2");
        assertThat(lease).hasContent(before);
        assertThat(second.resolve("pg_wal/pgsql_tmp.pgagent")).doesNotExist();
    }

    @Test
    void json_has_both_leases() {
        push(first);

        assertThat(adopt(second, "--json").out())
                .contains("\"changed\" : true")
                .contains("\"before\" : {")
                .contains("\"data_directory\" : \"" + first + "\"")
                .contains("\"now\" : {")
                .contains("\"data_directory\" : \"" + second + "\"")
                .contains("\"adopted_from\" : {");
    }

    @Test
    void another_cluster_is_refused_and_gets_nothing() throws IOException {
        push(first);
        String before = Files.readString(lease);
        Path foreign = dataDirectory("foreign", 16);

        Outcome outcome = adopt(foreign);

        assertThat(outcome.status()).isEqualTo(40);
        assertThat(lease).hasContent(before);
        assertThat(foreign.resolve("pg_wal/pgsql_tmp.pgagent")).doesNotExist();
    }

    @Test
    void a_name_under_which_nothing_was_stored_is_told_as_such() {
        push(first);

        Outcome outcome = adopt(second, "--cluster", "typo");

        assertThat(outcome.status()).isEqualTo(36);
        assertThat(outcome.err()).contains("nothing was ever stored as 'typo'").contains("--cluster");
        assertThat(lease.resolveSibling("../typo")).doesNotExist();
    }

    @Test
    void a_directory_that_is_no_data_directory_is_told_as_such() {
        assertThat(adopt(dir.resolve("nothing")).err()).contains("there is no control file");
        assertThat(program.run("adopt").status()).isEqualTo(3);
    }
}
