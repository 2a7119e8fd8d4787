package org.pgagent.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.error.ErrorKind;

class FetchTargetTest {
    @TempDir
    private Path dir;

    @Test
    void shows_nothing_before_it_is_published() throws IOException {
        Path target = dir.resolve("RECOVERYXLOG");
        try (FetchTarget written = FetchTarget.create(target)) {
            written.write(new byte[100]);
            assertThat(target).doesNotExist();
            written.publish();
            assertThat(target).hasSize(100);
        }
        assertThat(target).hasSize(100);
    }

    @Test
    void leaves_nothing_behind_when_it_is_not_published() throws IOException {
        Path target = Files.writeString(dir.resolve("RECOVERYXLOG"), "old");
        try (FetchTarget written = FetchTarget.create(target)) {
            written.write(new byte[100]);
        }
        assertThat(target).hasContent("old");
        assertThat(dir.toFile().list()).containsExactly("RECOVERYXLOG");
    }

    @Test
    void never_moves_the_file_of_another_fetch_into_place() throws IOException {
        Path target = dir.resolve("RECOVERYXLOG");
        try (FetchTarget first = FetchTarget.create(target)) {
            first.write(new byte[100]);
            try (FetchTarget second = FetchTarget.create(target)) {
                second.write(new byte[50]);
                assertThatThrownBy(first::publish).extracting("kind").isEqualTo(ErrorKind.LOCAL_IO);
                assertThat(target).doesNotExist();
                second.publish();
            }
        }
        assertThat(target).hasSize(50);
    }

    @Test
    void says_that_the_disk_is_full() {
        assertThatThrownBy(() -> {
                    try (OutputStream full = Files.newOutputStream(Path.of("/dev/full"))) {
                        full.write(1);
                    } catch (IOException e) {
                        throw FetchTarget.unwritable(dir.resolve("RECOVERYXLOG"), e);
                    }
                })
                .hasMessageContaining("no room left in " + dir)
                .extracting("kind")
                .isEqualTo(ErrorKind.DISK_FULL);
    }
}
