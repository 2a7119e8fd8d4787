package org.pgagent.wal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadyFilesTest {
    private static final Instant NOON = Instant.parse("2026-11-25T12:00:00Z");

    @TempDir
    private Path walDirectory;

    private ReadyFiles ready;

    @BeforeEach
    void makeStatusDirectory() throws IOException {
        Files.createDirectory(walDirectory.resolve("archive_status"));
        ready = new ReadyFiles(walDirectory);
    }

    private void note(String name, Instant at) throws IOException {
        Path note = Files.createFile(walDirectory.resolve("archive_status").resolve(name));
        Files.setLastModifiedTime(note, FileTime.from(at));
    }

    @Test
    void they_come_as_the_archiver_takes_them() throws IOException {
        note("00000001000000000000000A.ready", NOON);
        note("000000010000000000000009.ready", NOON);
        note("000000010000000000000009.00000028.backup.ready", NOON);
        note("00000003.history.ready", NOON);
        note("00000002.history.ready", NOON);
        note("000000010000000000000008.done", NOON);

        assertThat(ready.next(4).stream().map(file -> file.getFileName().toString()))
                .containsExactly(
                        "00000002.history",
                        "00000003.history",
                        "000000010000000000000009",
                        "000000010000000000000009.00000028.backup");
    }

    @Test
    void notes_of_nobody_are_passed_over() throws IOException {
        note(".ready", NOON);
        note("no segment.ready", NOON);
        note("x".repeat(70) + ".ready", NOON);
        note("caf\u00e9.ready", NOON);

        assertThat(ready.next(10)).isEmpty();
    }

    @Test
    void the_backlog_is_as_old_as_its_oldest_note() throws IOException {
        assertThat(ready.backlog().files()).isZero();
        assertThat(ready.backlog().oldest()).isEmpty();
        note("000000010000000000000009.ready", NOON.plusSeconds(5));
        note("00000001000000000000000A.ready", NOON);
        note("000000010000000000000001.done", NOON.minusSeconds(60));

        assertThat(ready.backlog().files()).isEqualTo(2);
        assertThat(ready.backlog().oldest()).contains(NOON);
    }
}
