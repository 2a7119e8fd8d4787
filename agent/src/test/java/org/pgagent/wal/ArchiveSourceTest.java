package org.pgagent.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.error.ErrorKind;

class ArchiveSourceTest {
    @TempDir
    private Path dir;

    private Path file;
    private final byte[] content = new byte[(5 << 20) + 3];

    /** Something that happens to the file while it is read. */
    @FunctionalInterface
    private interface Mishap {
        void happen() throws IOException;
    }

    @BeforeEach
    void writeFile() throws IOException {
        new Random(1).nextBytes(content);
        file = Files.write(dir.resolve("000000010000000000000003"), content);
        Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2026-11-22T05:55:00Z")));
    }

    @Test
    void reads_the_whole_file_as_often_as_it_is_asked() throws IOException {
        try (ArchiveSource source = ArchiveSource.open(file)) {
            assertThat(source.head(40).remaining()).isEqualTo(40);
            for (int i = 0; i < 2; i++) {
                ByteArrayOutputStream copy = new ByteArrayOutputStream();
                source.copyTo(copy::write);
                assertThat(copy.toByteArray()).isEqualTo(content);
            }
        }
    }

    @Test
    void refuses_a_file_that_grows_while_it_is_read() {
        refused(() -> Files.write(file, new byte[1], StandardOpenOption.APPEND), "changed while it was read");
    }

    @Test
    void refuses_a_file_that_shrinks_while_it_is_read() {
        refused(
                () -> {
                    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                        channel.truncate(content.length - 1);
                    }
                },
                "ended after " + (content.length - 1) + " of " + content.length + " bytes");
    }

    @Test
    void refuses_a_file_that_is_written_to_while_it_is_read() {
        refused(
                () -> {
                    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                        channel.write(java.nio.ByteBuffer.wrap(new byte[] {1}), 0);
                    }
                },
                "somebody wrote to it");
    }

    @Test
    void refuses_a_file_in_whose_place_another_is_put() throws IOException {
        Path other = Files.write(dir.resolve("other"), content);
        Files.setLastModifiedTime(other, Files.getLastModifiedTime(file));
        refused(() -> Files.move(other, file, StandardCopyOption.ATOMIC_MOVE), "put another file in its place");
    }

    @Test
    void refuses_a_file_that_vanishes_while_it_is_read() {
        refused(() -> Files.delete(file), "there is no file " + file);
    }

    private void refused(Mishap mishap, String message) {
        assertThatThrownBy(() -> {
                    try (ArchiveSource source = ArchiveSource.open(file)) {
                        boolean[] happened = new boolean[1];
                        source.copyTo((bytes, offset, length) -> {
                            if (!happened[0]) {
                                happened[0] = true;
                                mishap.happen();
                            }
                        });
                    }
                })
                .hasMessageContaining(message)
                .extracting("kind")
                .isEqualTo(ErrorKind.LOCAL_IO);
    }
}
