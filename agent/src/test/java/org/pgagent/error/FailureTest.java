package org.pgagent.error;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

final class FailureTest {
    @Test
    void the_worlds_failures_keep_their_words() {
        Failure failure = Failure.of(new PgAgentException(ErrorKind.NO_BACKUP, "none", "Take one."));

        assertThat(failure).isEqualTo(new Failure(ErrorKind.NO_BACKUP, "none", "Take one."));
    }

    @Test
    void a_full_disk_is_told_apart_from_other_trouble_with_files() {
        assertThat(Failure.of(new IOException("No space left on device")).kind())
                .isEqualTo(ErrorKind.DISK_FULL);
        assertThat(Failure.of(new FileSystemException("/srv/x", null, "Disk quota exceeded")))
                .satisfies(failure -> {
                    assertThat(failure.kind()).isEqualTo(ErrorKind.DISK_FULL);
                    assertThat(failure.message()).contains("/srv/x");
                });
        assertThat(Failure.of(new IOException("Input/output error")).kind()).isEqualTo(ErrorKind.LOCAL_IO);
    }

    @Test
    void a_local_file_is_named_with_what_is_wrong() {
        assertThat(Failure.of(new AccessDeniedException("/srv/x")).message()).isEqualTo("/srv/x: permission denied");
        assertThat(Failure.of(new NoSuchFileException("/srv/x")).message())
                .isEqualTo("/srv/x: no such file or directory");
    }

    @Test
    void everything_else_is_a_defect_to_be_reported() {
        assertThat(Failure.of(new IllegalStateException("x")).kind()).isEqualTo(ErrorKind.BUG);
        assertThat(Failure.of(new IllegalStateException("x")).hint()).contains("report");
        assertThat(Failure.of(new StackOverflowError()).kind()).isEqualTo(ErrorKind.BUG);
        assertThat(Failure.of(new OutOfMemoryError()).message()).contains("MiB");
    }
}
