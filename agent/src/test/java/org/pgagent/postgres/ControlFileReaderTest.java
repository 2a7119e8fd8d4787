package org.pgagent.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.error.ErrorKind;

final class ControlFileReaderTest {
    private static final byte[] IMAGE = new Golden(15).bytes("pg_control.primary");

    @TempDir
    private Path dataDirectory;

    private final AtomicInteger pauses = new AtomicInteger();

    @BeforeEach
    void makeDirectory() throws IOException {
        Files.createDirectory(dataDirectory.resolve("global"));
    }

    private void write(byte[] image) {
        try {
            Files.write(dataDirectory.resolve("global/pg_control"), image);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] torn() {
        byte[] torn = IMAGE.clone();
        torn[24]++;
        return torn;
    }

    @Test
    void reads_a_whole_image_once() throws IOException {
        write(IMAGE);

        ControlFileImage read = new ControlFileReader(pauses::incrementAndGet).read(dataDirectory);

        assertThat(read.bytes()).isEqualTo(IMAGE);
        assertThat(read.content()).isEqualTo(ControlFile.parse(IMAGE));
        assertThat(pauses).hasValue(0);
    }

    @Test
    void reads_a_torn_image_again_until_it_is_whole() throws IOException {
        write(torn());

        ControlFileImage read = new ControlFileReader(() -> {
                    if (pauses.incrementAndGet() == 9) {
                        write(IMAGE);
                    }
                })
                .read(dataDirectory);

        assertThat(read.bytes()).isEqualTo(IMAGE);
        assertThat(pauses).hasValue(9);
    }

    @Test
    void gives_up_on_a_damaged_file_after_ten_reads() {
        write(torn());

        assertThat(Refusal.of(
                                ErrorKind.LOCAL_IO,
                                () -> new ControlFileReader(pauses::incrementAndGet).read(dataDirectory))
                        .hint())
                .contains("pg_controldata");
        assertThat(pauses).hasValue(ControlFileReader.READS_MAX - 1);
    }

    @Test
    void a_file_that_is_too_long_or_too_short_is_not_whole() {
        write(Arrays.copyOf(IMAGE, 8193));
        Refusal.of(ErrorKind.LOCAL_IO, () -> new ControlFileReader(pauses::incrementAndGet).read(dataDirectory));

        write(Arrays.copyOf(IMAGE, 300));
        Refusal.of(ErrorKind.LOCAL_IO, () -> new ControlFileReader(pauses::incrementAndGet).read(dataDirectory));
    }

    @Test
    void says_that_the_file_is_missing() {
        assertThat(Refusal.of(ErrorKind.LOCAL_IO, () -> new ControlFileReader().read(dataDirectory)))
                .hasMessageContaining("there is no control file")
                .hasMessageContaining(dataDirectory.toString());
    }

    @Test
    void says_that_the_file_cannot_be_read() throws IOException {
        Files.createDirectory(dataDirectory.resolve("global/pg_control"));

        assertThat(Refusal.of(ErrorKind.LOCAL_IO, () -> new ControlFileReader().read(dataDirectory)))
                .hasMessageContaining("cannot read");
    }

    @Test
    void an_interrupt_ends_the_waiting_and_is_kept() {
        write(torn());
        Thread.currentThread().interrupt();

        Refusal.of(ErrorKind.INTERRUPTED, () -> new ControlFileReader().read(dataDirectory));

        assertThat(Thread.interrupted()).isTrue();
    }
}
