package org.pgagent.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AbandonedFetchesTest {
    private static final Instant HOUR_AGO = Instant.parse("2026-11-25T05:00:00Z");

    @TempDir
    private Path pgWal;

    private Path writtenAt(Path file, Instant time) throws IOException {
        if (!Files.exists(file)) {
            Files.createFile(file);
        }
        return Files.setLastModifiedTime(file, FileTime.from(time));
    }

    /** As a killed fetch leaves its file; the object is left open, for closing it would remove the file. */
    @SuppressWarnings("resource")
    private Path unfinished(String target) throws IOException {
        FetchTarget.create(pgWal.resolve(target)).write(new byte[100]);
        try (var files = Files.list(pgWal)) {
            return files.filter(file -> file.getFileName().toString().startsWith(target))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @Test
    void what_was_left_long_ago_goes_and_nothing_else() throws IOException {
        Path old = writtenAt(unfinished("RECOVERYXLOG"), HOUR_AGO.minusSeconds(1));
        Path underWay = writtenAt(unfinished("RECOVERYHISTORY"), HOUR_AGO);
        Path servers = writtenAt(pgWal.resolve("000000010000000000000003"), Instant.EPOCH);

        AbandonedFetches.remove(pgWal, HOUR_AGO);

        assertThat(old).doesNotExist();
        assertThat(underWay).exists();
        assertThat(servers).exists();
    }

    @Test
    void a_directory_that_is_not_there_harms_nobody() {
        assertThatCode(() -> AbandonedFetches.remove(pgWal.resolve("nowhere"), HOUR_AGO))
                .doesNotThrowAnyException();
    }
}
