package org.pgagent.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.Lsn;

/** Files that a running server shrinks, extends, or cannot read, between two reads of a backup. */
final class FilesInMotionTest {
    private static final int PAGE = 8192;
    private static final int CHUNK = 16 * PAGE;

    @TempDir
    private Path dir;

    private RelationBackups backups;
    private Path file;
    private int reads;

    /** What happens to the file after a read. */
    private interface Event {
        void after(int read) throws IOException;
    }

    @BeforeEach
    void open() throws IOException {
        backups = new RelationBackups(Files.createDirectory(dir.resolve("repository")), CHUNK);
        file = dir.resolve("16384");
    }

    @AfterEach
    void close() {
        backups.close();
    }

    private UploadedFile upload(Path from, Predecessor predecessor, Event event) throws IOException {
        reads = 0;
        return backups.upload(from, predecessor, bytes -> event.after(++reads));
    }

    private UploadedFile upload(Event event) throws IOException {
        return upload(file, Predecessor.NONE, event);
    }

    /** A backup of the file as it is, and what another one finds in it. */
    private Predecessor predecessor(ChangeRule rule) throws IOException {
        UploadedFile full = upload(read -> {});
        return backups.predecessor(full, rule);
    }

    private void truncate(long size) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(size);
        }
    }

    private void append(byte[] bytes) throws IOException {
        Files.write(file, bytes, StandardOpenOption.APPEND);
    }

    /** A reader that follows the end of a file would never be done otherwise. */
    private void growUntil(int last, int read) throws IOException {
        if (read <= last) {
            append(pages(20, 2));
        }
    }

    /** Pages that do not compress, with an LSN that is newer with each seed. */
    private static byte[] pages(int count, int seed) {
        byte[] pages = new byte[count * PAGE];
        new Random(seed).nextBytes(pages);
        ByteBuffer headers = ByteBuffer.wrap(pages).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < pages.length; at += PAGE) {
            headers.putInt(at, 0).putInt(at + 4, seed << 16);
            headers.putShort(at + 12, (short) 24).putShort(at + 14, (short) 8000);
            headers.putShort(at + 16, (short) PAGE).putShort(at + 18, (short) (PAGE | 4));
        }
        return pages;
    }

    private void requireStored(UploadedFile uploaded, byte[] content) throws IOException {
        CRC32C crc = new CRC32C();
        crc.update(content);
        assertThat(uploaded.content().size()).isEqualTo(content.length);
        assertThat(backups.readBack(uploaded)).isEqualTo(content);
        assertThat(uploaded.crc32c()).hasValue((int) crc.getValue());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, CHUNK - 1, CHUNK, CHUNK + 1, CHUNK + PAGE, 2 * CHUNK, 3 * CHUNK + PAGE - 1})
    void a_file_that_shrinks_ends_where_it_does_by_then(int left) throws IOException {
        byte[] content = pages(3 * 16 + 1, 1);
        Files.write(file, content);

        UploadedFile uploaded = upload(read -> {
            if (read == 1) {
                truncate(left);
            }
        });

        requireStored(uploaded, Arrays.copyOf(content, Math.max(left, CHUNK)));
    }

    @ParameterizedTest
    @ValueSource(ints = {PAGE, CHUNK - PAGE, CHUNK, CHUNK + PAGE, 3 * CHUNK - PAGE, 3 * CHUNK})
    void a_file_that_grows_ends_where_it_did_when_it_was_opened(int size) throws IOException {
        byte[] content = pages(size / PAGE, 1);
        Files.write(file, content);

        UploadedFile uploaded = upload(read -> growUntil(10, read));

        requireStored(uploaded, content);
        assertThat(Files.size(file)).as("it has grown").isGreaterThan(size + CHUNK);
    }

    @Test
    void a_file_that_is_emptied_and_filled_anew_has_no_more_than_when_it_was_opened() throws IOException {
        byte[] before = pages(40, 1);
        byte[] after = pages(60, 2);
        Files.write(file, before);

        UploadedFile uploaded = upload(read -> {
            if (read == 1) {
                truncate(0);
                append(after);
            }
        });

        byte[] read = Arrays.copyOf(after, before.length);
        System.arraycopy(before, 0, read, 0, CHUNK);
        requireStored(uploaded, read);
    }

    /** The reader sees its end once, and more of it later: whatever it goes on with is what lies there. */
    @Test
    void a_file_that_has_shrunk_and_grows_again_has_every_byte_in_its_place() throws IOException {
        byte[] before = pages(40, 1);
        byte[] more = pages(60, 2);
        Files.write(file, before);

        UploadedFile uploaded = upload(read -> {
            if (read == 1) {
                truncate(CHUNK + 3 * PAGE);
            } else if (read == 2) {
                append(more);
            }
        });

        byte[] read = Arrays.copyOf(before, before.length);
        System.arraycopy(more, 0, read, CHUNK + 3 * PAGE, before.length - CHUNK - 3 * PAGE);
        assertThat(uploaded.content().size()).isLessThanOrEqualTo(before.length);
        requireStored(uploaded, Arrays.copyOf(read, (int) uploaded.content().size()));
    }

    @Test
    void a_relation_that_shrinks_to_the_middle_of_a_page_ends_before_that() throws IOException {
        byte[] content = pages(40, 1);
        Files.write(file, content);
        Predecessor before = predecessor(new ChangeRule.ByPageLsn(new Lsn(3 << 16), PAGE));

        UploadedFile uploaded = upload(file, before, read -> {
            if (read == 1) {
                truncate(CHUNK + 3 * PAGE + 100);
            }
        });

        assertThat(backups.readBack(uploaded)).isEqualTo(Arrays.copyOf(content, CHUNK + 3 * PAGE));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, CHUNK, CHUNK + 3 * PAGE, CHUNK + 3 * PAGE + 100, 2 * CHUNK})
    void a_relation_of_which_changes_are_listed_may_shrink(int left) throws IOException {
        byte[] content = pages(40, 1);
        Files.write(file, content);
        BitSet changed = new BitSet();
        for (int page : new int[] {2, 16 + 5, 32 + 7}) {
            changed.set(page);
        }
        Predecessor before = predecessor(new ChangeRule.Listed(changed, PAGE));
        changed.stream().forEach(page -> System.arraycopy(pages(1, 2 + page), 0, content, page * PAGE, PAGE));
        Files.write(file, content);

        UploadedFile uploaded = upload(file, before, read -> {
            if (read == 1) {
                truncate(left);
            }
        });

        int end = Math.max(left / PAGE * PAGE, CHUNK);
        assertThat(backups.readBack(uploaded)).isEqualTo(Arrays.copyOf(content, end));
    }

    @Test
    void a_relation_of_which_changes_are_listed_may_grow() throws IOException {
        byte[] content = pages(40, 1);
        Files.write(file, content);
        BitSet changed = new BitSet();
        changed.set(2);
        changed.set(32, 40); // most of the last window, which is therefore read whole
        Predecessor before = predecessor(new ChangeRule.Listed(changed, PAGE));

        UploadedFile uploaded = upload(file, before, read -> growUntil(10, read));

        assertThat(reads).isPositive();
        assertThat(backups.readBack(uploaded)).isEqualTo(content);
    }

    /** A directory can be opened, and its size asked for; the first read fails, as of a file on a bad sector. */
    @Test
    void an_error_is_not_the_end_of_a_file() throws IOException {
        Path unreadable = Files.createDirectory(dir.resolve("unreadable"));
        for (int i = 0; i < 100; i++) {
            Files.createFile(unreadable.resolve("a file of which the directory is not empty " + i));
        }
        assertThat(Files.size(unreadable)).isPositive();

        PgAgentException failure =
                catchThrowableOfType(PgAgentException.class, () -> upload(unreadable, Predecessor.NONE, read -> {}));

        assertThat(failure.kind()).isEqualTo(ErrorKind.LOCAL_IO);
        assertThat(failure)
                .hasMessageContaining(unreadable + " at byte 0")
                .hasMessageContaining("is a directory")
                .hasRootCauseInstanceOf(IOException.class);
        assertThat(failure.hint()).contains("disk");
    }
}
