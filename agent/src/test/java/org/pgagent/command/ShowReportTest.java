package org.pgagent.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgagent.CapturedProgram;
import org.pgagent.CapturedProgram.Outcome;
import org.pgagent.error.ErrorKind;
import org.pgagent.repository.BackupKind;

final class ShowReportTest {
    @TempDir
    private Path directory;

    private Path bucket() throws IOException {
        return Files.createDirectories(directory.resolve("bucket"));
    }

    private Outcome show(String... arguments) throws IOException {
        List<String> all =
                Stream.concat(Stream.of("show"), Stream.of(arguments)).toList();
        return new CapturedProgram()
                .with("PGAGENT_BUCKET", "file://" + bucket())
                .run(all.toArray(String[]::new));
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    @Test
    void the_page_is_written_in_the_place_of_another_one_and_nothing_is_left_beside_it() throws IOException {
        ReportScene scene = new ReportScene(bucket(), 3);
        scene.describe().archive(1, scene.day(0), scene.now()).store(scene.backup(scene.day(1), 1, BackupKind.FULL));
        Path page = directory.resolve("report.html");
        Files.writeString(page, "what was there before");
        Files.setPosixFilePermissions(page, PosixFilePermissions.fromString("rw-r-----"));

        Outcome outcome = show("--report", page.toString());

        assertThat(outcome.status()).as(outcome.err()).isZero();
        assertThat(outcome.out()).isEqualTo("The report is in " + page + "\n");
        assertThat(Files.readString(page))
                .startsWith("<!DOCTYPE html>")
                .endsWith("</html>")
                .contains("The cluster can be restored up to", "and every one between them can be restored");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(page)))
                .isEqualTo("rw-r-----");
        assertThat(files()).containsExactly(page);
    }

    @Test
    void a_link_stays_one_and_what_it_leads_to_is_replaced() throws IOException {
        Path page = Files.createFile(directory.resolve("real.html"));
        Path link = Files.createSymbolicLink(directory.resolve("link.html"), page);

        assertThat(show("--report", link.toString()).status()).isZero();

        assertThat(link).isSymbolicLink();
        assertThat(page).isNotEmptyFile();
    }

    @Test
    void standard_output_gets_the_page_and_nothing_else() throws IOException {
        Outcome outcome = show("--report", "-");

        assertThat(outcome.status()).as(outcome.err()).isZero();
        assertThat(outcome.out()).startsWith("<!DOCTYPE html>").endsWith("</html>");
        assertThat(outcome.out()).contains("There is nothing to restore yet.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--json", "--wal", "--recovery", "--restore-points", "20261122T055500Z-F", "2026-11"})
    void a_report_is_of_the_whole_archive_and_no_json(String other) throws IOException {
        Path page = directory.resolve("report.html");

        Outcome outcome = show("--report", page.toString(), other);

        assertThat(outcome.status()).isEqualTo(ErrorKind.USAGE.exitCode());
        assertThat(page).doesNotExist();
    }

    @Test
    void a_place_that_cannot_be_written_is_named() throws IOException {
        Outcome missing = show("--report", directory.resolve("no/report.html").toString());
        Outcome folder = show("--report", bucket().toString());
        Outcome device = show("--report", "/dev/null");

        assertThat(missing.status()).isEqualTo(ErrorKind.LOCAL_IO.exitCode());
        assertThat(missing.err()).contains("there is no directory " + directory.resolve("no"), "hint: ");
        assertThat(folder.status()).isEqualTo(ErrorKind.LOCAL_IO.exitCode());
        assertThat(folder.err()).contains("is no file that a report could take the place of");
        assertThat(device.status()).isEqualTo(ErrorKind.LOCAL_IO.exitCode());
        assertThat(files()).isEmpty();
    }
}
