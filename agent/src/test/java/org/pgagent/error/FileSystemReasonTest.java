package org.pgagent.error;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

final class FileSystemReasonTest {
    @Test
    void the_path_is_no_part_of_the_reason() {
        assertThat(FileSystemReason.of(new NoSuchFileException("/a/b"))).isEqualTo("no such file or directory");
        assertThat(FileSystemReason.of(new AccessDeniedException("/a/b"))).isEqualTo("permission denied");
        assertThat(FileSystemReason.of(new FileSystemException("/a/b", null, "Read-only file system")))
                .isEqualTo("read-only file system");
        assertThat(FileSystemReason.of(new FileSystemException("/a/b"))).isEqualTo("FileSystemException");
        assertThat(FileSystemReason.of(new IOException("Is a directory"))).isEqualTo("is a directory");
        assertThat(FileSystemReason.of(new IOException())).isEqualTo("IOException");
    }

    @Test
    void a_full_file_system_and_a_quota_are_known() {
        assertThat(FileSystemReason.saysFull(new IOException("No space left on device")))
                .isTrue();
        assertThat(FileSystemReason.saysFull(new FileSystemException("/a", null, "Disk quota exceeded")))
                .isTrue();
        assertThat(FileSystemReason.saysFull(new AccessDeniedException("/a"))).isFalse();
    }
}
