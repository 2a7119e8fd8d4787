package org.pgagent.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.CapturedProgram;
import org.pgagent.CapturedProgram.Outcome;
import org.pgagent.error.ErrorKind;

/** Data directories as far as their control file, and a directory as repository. */
final class InitCommandTest {
    @TempDir
    private Path dir;

    private Path bucket;
    private Path data;
    private CapturedProgram program;

    @BeforeEach
    void make() throws IOException {
        bucket = Files.createDirectory(dir.resolve("bucket"));
        data = dataDirectory(17);
        program = new CapturedProgram();
    }

    private Path dataDirectory(int major) throws IOException {
        Path made = Files.createDirectories(dir.resolve("data" + major));
        Files.createDirectories(made.resolve("global"));
        try (InputStream control =
                InitCommandTest.class.getResourceAsStream("/golden/" + major + "/pg_control.primary")) {
            Files.write(made.resolve("global/pg_control"), control.readAllBytes());
        }
        return made;
    }

    private Outcome init(Path dataDirectory, String... more) {
        Stream<String> words = Stream.concat(
                Stream.of("init", "--bucket", "file://" + bucket, "-D", dataDirectory.toString()), Stream.of(more));
        return program.run(words.toArray(String[]::new));
    }

    private List<String> objects() throws IOException {
        try (Stream<Path> files = Files.walk(bucket)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> bucket.relativize(file).toString())
                    .filter(name -> !name.startsWith("."))
                    .toList();
        }
    }

    @Test
    void it_notes_the_cluster_tries_the_store_and_prints_the_lines_for_postgresql() throws IOException {
        Outcome outcome = init(data);

        assertThat(outcome.status()).as(outcome.err()).isZero();
        assertThat(outcome.out())
                .containsPattern("good +write +put, multipart upload, get and delete work")
                .containsPattern("good +conditional writes +honoured")
                .contains("Noted this cluster as 'main' in file://" + bucket)
                .containsPattern("PostgreSQL +17, WAL segments of 64.0 MiB, page checksums on")
                .containsPattern("archive_command = '[^ ]*pgagent wal-push %p --bucket file://" + bucket + "'\n")
                .containsPattern("restore_command = '[^ ]*pgagent wal-fetch %f %p --bucket file://" + bucket + "'\n");
        assertThat(objects()).containsExactly("main/cluster.json");
    }

    @Test
    void run_again_it_tells_what_is_there_and_changes_nothing() throws IOException {
        init(data);
        byte[] before = Files.readAllBytes(bucket.resolve("main/cluster.json"));

        Outcome again = init(data);
        Outcome json = init(data, "--json");

        assertThat(again.status()).isZero();
        assertThat(again.out())
                .containsPattern("This cluster is 'main' in file://" + bucket + " already, since 20[0-9T:-]+Z")
                .containsPattern("Backups +0");
        assertThat(json.out())
                .contains("\"created\" : false", "\"backups\" : 0", "\"verdict\" : \"good\"", "\"archive_command\" : ");
        assertThat(Files.readAllBytes(bucket.resolve("main/cluster.json"))).isEqualTo(before);
        assertThat(objects()).containsExactly("main/cluster.json");
    }

    @Test
    void another_cluster_is_refused_before_anything_is_written_and_may_have_a_name_of_its_own() throws IOException {
        init(data);
        Path other = dataDirectory(16);

        Outcome refused = init(other);

        assertThat(refused.status()).isEqualTo(ErrorKind.FOREIGN_CLUSTER.exitCode());
        assertThat(refused.err()).contains("'main' in file://" + bucket + " keeps the cluster with system identifier");
        assertThat(refused.out()).isEmpty();
        assertThat(init(other, "--dry-run").status()).isEqualTo(ErrorKind.FOREIGN_CLUSTER.exitCode());
        assertThat(objects()).containsExactly("main/cluster.json");
        assertThat(init(other, "--cluster", "other").status()).isZero();
        assertThat(objects()).containsExactlyInAnyOrder("main/cluster.json", "other/cluster.json");
    }

    @Test
    void a_dry_run_writes_nothing() throws IOException {
        Outcome outcome = init(data, "--dry-run");

        assertThat(outcome.status()).isZero();
        assertThat(outcome.out()).contains("Would note this cluster as 'main'").doesNotContain("multipart");
        assertThat(objects()).isEmpty();
    }

    @Test
    void a_store_that_does_not_work_is_told_and_nothing_is_noted() throws IOException {
        Files.delete(bucket);

        Outcome outcome = init(data);

        assertThat(outcome.status()).isEqualTo(ErrorKind.STORE_MISSING.exitCode());
        assertThat(outcome.err()).contains("hint: ");
        assertThat(bucket).doesNotExist();
    }
}
