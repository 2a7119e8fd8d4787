package org.pgagent.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.pgagent.wal.SampleWal.KEYS;
import static org.pgagent.wal.SampleWal.OTHERS;
import static org.pgagent.wal.SampleWal.OURS;
import static org.pgagent.wal.SampleWal.SMALL;
import static org.pgagent.wal.SampleWal.segment;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgagent.chunk.Compression;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.repository.WalObjects;
import org.pgagent.storage.ObjectKey;

class WalArchiverTest {
    @TempDir
    private Path pgWal;

    private final TestRepository repository = TestRepository.inMemory();
    private final WalObjects objects = new WalObjects(repository.store(), KEYS);
    private final WalArchiver archiver = new WalArchiver(objects, SampleWal.cluster(SMALL), Compression.parse("lz4"));

    @AfterEach
    void requireTidy() throws IOException {
        repository.requireTidy();
    }

    @Test
    void stores_a_segment_with_one_request() throws IOException {
        Path file = SampleWal.write(pgWal, segment(3, SMALL), 1);
        assertThat(archiver.push(file)).isEqualTo(PushResult.STORED);
        assertThat(repository.requests()).isEqualTo(1);
        assertThat(repository.keys()).containsExactly("main/wal/00000001/00000000/000000010000000000000003");
        assertThat(repository.bytes(repository.keys().get(0))).hasSizeBetween(512 + (1 << 19), (1 << 19) + 10_000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "lz4", "zstd"})
    void stores_a_segment_of_16_MiB_of_noise_with_one_request(String compression) throws IOException {
        byte[] noise = new byte[16 << 20];
        new Random(5).nextBytes(noise);
        WalSegment segment = segment(3, WalSegmentSize.DEFAULT);
        SampleWal.putHeader(ByteBuffer.wrap(noise), segment, OURS, new Timeline(1));
        Path file = Files.write(pgWal.resolve(segment.fileName()), noise);
        WalArchiver own =
                new WalArchiver(objects, SampleWal.cluster(WalSegmentSize.DEFAULT), Compression.parse(compression));
        assertThat(own.push(file)).isEqualTo(PushResult.STORED);
        assertThat(repository.requests()).isEqualTo(1);
    }

    @Test
    void puts_each_kind_of_file_in_its_place() throws IOException {
        WalSegment segment = segment(0x1234, SMALL);
        SampleWal.write(pgWal, segment, 1);
        Files.copy(pgWal.resolve(segment.fileName()), pgWal.resolve(segment.fileName() + ".partial"));
        Files.writeString(pgWal.resolve(segment.fileName() + ".00000028.backup"), "START WAL LOCATION: 0/28\n");
        Path history = SampleWal.writeHistory(pgWal, new Timeline(2), Lsn.parse("1/2345"));
        Files.writeString(pgWal.resolve("strange name"), "");
        try (var files = Files.list(pgWal)) {
            for (Path file : files.toList()) {
                assertThat(archiver.push(file)).isEqualTo(PushResult.STORED);
                assertThat(archiver.push(file)).isEqualTo(PushResult.ALREADY_STORED);
            }
        }
        assertThat(repository.keys())
                .containsExactly(
                        "main/wal/00000001/00000001/000000010000000100000234",
                        "main/wal/00000001/00000001/000000010000000100000234.00000028.backup",
                        "main/wal/00000001/00000001/000000010000000100000234.partial",
                        "main/wal/00000002.history",
                        "main/wal/other/strange name");
        assertThat(new String(repository.bytes("main/wal/00000002.history"), StandardCharsets.US_ASCII))
                .contains("\"codec\":\"none\"")
                .endsWith(" \n" + Files.readString(history));
    }

    /** Who tries archive_command by hand may take the segment that is being written, which would block the whole one for ever. */
    @Test
    void refuses_a_segment_that_its_server_may_still_write() throws IOException {
        Path notes = Files.createDirectory(pgWal.resolve("archive_status"));
        Path file = SampleWal.write(pgWal, segment(3, SMALL), 1);
        assertThatThrownBy(() -> archiver.push(file))
                .hasMessageContaining("may still be written")
                .hasMessageContaining("000000010000000000000003.ready")
                .extracting("kind")
                .isEqualTo(ErrorKind.BAD_ARCHIVE_FILE);
        assertThat(repository.keys()).isEmpty();

        Path ready = Files.createFile(notes.resolve(file.getFileName() + ".ready"));
        assertThat(archiver.push(file)).isEqualTo(PushResult.STORED);
        Files.move(ready, notes.resolve(file.getFileName() + ".done"));
        assertThat(archiver.push(file)).isEqualTo(PushResult.ALREADY_STORED);
    }

    @Test
    void takes_a_history_file_that_nobody_has_handed_over() throws IOException {
        Files.createDirectory(pgWal.resolve("archive_status"));
        Path history = SampleWal.writeHistory(pgWal, new Timeline(2), Lsn.parse("1/2345"));
        assertThat(archiver.push(history)).isEqualTo(PushResult.STORED);
    }

    @Test
    void takes_the_same_file_again_whatever_the_codec() throws IOException {
        Path file = SampleWal.write(pgWal, segment(3, SMALL), 1);
        archiver.push(file);
        byte[] stored = repository.bytes(repository.keys().get(0));
        for (String compression : List.of("lz4", "none", "zstd:3")) {
            WalArchiver other = new WalArchiver(objects, SampleWal.cluster(SMALL), Compression.parse(compression));
            assertThat(other.push(file)).isEqualTo(PushResult.ALREADY_STORED);
        }
        assertThat(repository.keys()).hasSize(1);
        assertThat(repository.bytes(repository.keys().get(0))).isEqualTo(stored);
    }

    @Test
    void refuses_other_bytes_under_the_same_name() throws IOException {
        archiver.push(SampleWal.write(pgWal, segment(3, SMALL), 1));
        byte[] stored = repository.bytes(repository.keys().get(0));
        Path other = SampleWal.write(pgWal, segment(3, SMALL), 2);
        assertThatThrownBy(() -> archiver.push(other))
                .hasMessageContaining("has other bytes as main/wal/00000001/00000000/000000010000000000000003")
                .extracting("kind")
                .isEqualTo(ErrorKind.ARCHIVE_CONFLICT);
        assertThat(repository.keys()).hasSize(1);
        assertThat(repository.bytes(repository.keys().get(0))).isEqualTo(stored);
    }

    @Test
    void refuses_one_other_bit_under_the_same_name() throws IOException {
        Path file = SampleWal.write(pgWal, segment(3, SMALL), 1);
        archiver.push(file);
        byte[] bytes = Files.readAllBytes(file);
        for (int at : new int[] {100, 1 << 19, (1 << 20) - 1}) {
            byte[] changed = bytes.clone();
            changed[at] ^= 1;
            Files.write(file, changed);
            refused(file, ErrorKind.ARCHIVE_CONFLICT);
        }
        Files.write(file, bytes);
        assertThat(archiver.push(file)).isEqualTo(PushResult.ALREADY_STORED);
    }

    @Test
    void refuses_to_overwrite_what_is_none_of_pgagents() throws IOException {
        Path file = SampleWal.write(pgWal, segment(3, SMALL), 1);
        ObjectKey key = KEYS.walFile(file.getFileName().toString());
        for (byte[] junk : List.of(new byte[0], new byte[100], new byte[2000])) {
            repository.overwrite(key.value(), junk);
            refused(file, ErrorKind.CORRUPTED);
            assertThat(repository.bytes(key.value())).isEqualTo(junk);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {511, 512, 600, (1 << 19) + 512})
    void a_stored_segment_that_was_cut_is_no_reason_to_let_the_server_remove_its_own(int length) throws IOException {
        Path file = SampleWal.write(pgWal, segment(3, SMALL), 1);
        archiver.push(file);
        String key = repository.keys().get(0);
        byte[] whole = repository.bytes(key);
        repository.overwrite(key, Arrays.copyOf(whole, length));
        if (length < 512) {
            refused(file, ErrorKind.CORRUPTED);
            return;
        }
        assertThat(archiver.push(file)).isEqualTo(PushResult.STORED);
        assertThat(repository.bytes(key)).isEqualTo(whole);
        assertThat(archiver.push(file)).isEqualTo(PushResult.ALREADY_STORED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"000000010000000000000003", "00000002.history", "000000010000000000000003.00000028.backup"})
    void a_stored_file_with_a_flipped_bit_is_replaced(String name) throws IOException {
        Path file = pgWal.resolve(name);
        if (name.endsWith(".history")) {
            SampleWal.writeHistory(pgWal, new Timeline(2), Lsn.parse("0/3000000"));
        } else if (name.endsWith(".backup")) {
            Files.writeString(file, "START WAL LOCATION: 0/28");
        } else {
            SampleWal.write(pgWal, segment(3, SMALL), 1);
        }
        archiver.push(file);
        String key = repository.keys().get(0);
        byte[] whole = repository.bytes(key);
        List<Integer> places = new ArrayList<>(List.of((512 + whole.length) / 2, whole.length - 1));
        IntStream.range(512, Math.min(532, whole.length)).forEach(places::add); // the header of the frame, and more
        for (int at : places) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] damaged = whole.clone();
                damaged[at] ^= (byte) (1 << bit);
                repository.overwrite(key, damaged);
                PushResult result = archiver.push(file);
                // A bit that changes nothing of what is read is no damage.
                assertThat(result).as("bit %d of byte %d", bit, at).isIn(PushResult.STORED, PushResult.ALREADY_STORED);
                if (result == PushResult.STORED) {
                    assertThat(repository.bytes(key)).isEqualTo(whole);
                }
                assertThat(archiver.push(file)).isEqualTo(PushResult.ALREADY_STORED);
            }
        }
    }

    @Test
    void a_segment_of_several_parts_that_was_cut_is_replaced() throws IOException {
        byte[] noise = new byte[32 << 20];
        new Random(5).nextBytes(noise);
        WalSegmentSize size = new WalSegmentSize(32 << 20);
        WalSegment segment = segment(3, size);
        SampleWal.putHeader(ByteBuffer.wrap(noise), segment, OURS, new Timeline(1));
        Path file = Files.write(pgWal.resolve(segment.fileName()), noise);
        WalArchiver own = new WalArchiver(objects, SampleWal.cluster(size), Compression.parse("lz4"));
        own.push(file);
        String key = repository.keys().get(0);
        byte[] whole = repository.bytes(key);
        repository.overwrite(key, Arrays.copyOf(whole, whole.length - 1));
        assertThat(own.push(file)).isEqualTo(PushResult.STORED);
        assertThat(repository.bytes(key)).isEqualTo(whole);
        assertThat(own.push(file)).isEqualTo(PushResult.ALREADY_STORED);
    }

    @Test
    void keeps_both_of_two_partial_segments() throws IOException {
        Path partial = pgWal.resolve(segment(3, SMALL).fileName() + ".partial");
        byte[] first = SampleWal.bytes(segment(3, SMALL), 1);
        byte[] second = SampleWal.bytes(segment(3, SMALL), 2);
        assertThat(archiver.push(Files.write(partial, first))).isEqualTo(PushResult.STORED);
        assertThat(archiver.push(Files.write(partial, second))).isEqualTo(PushResult.STORED_BESIDE);
        assertThat(archiver.push(Files.write(partial, second))).isEqualTo(PushResult.ALREADY_STORED);
        assertThat(archiver.push(Files.write(partial, first))).isEqualTo(PushResult.ALREADY_STORED);
        assertThat(repository.keys()).hasSize(2);
        assertThat(repository.keys().get(0)).endsWith("/000000010000000000000003.partial");
        assertThat(repository.keys().get(1)).matches(".*/000000010000000000000003\\.partial\\.[0-9a-f]{16}");
        assertThat(archiver.push(SampleWal.write(pgWal, segment(3, SMALL), 3))).isEqualTo(PushResult.STORED);
    }

    @Test
    void keeps_both_of_two_backup_files() throws IOException {
        Path file = pgWal.resolve(segment(3, SMALL).fileName() + ".00000028.backup");
        assertThat(archiver.push(Files.writeString(file, "one"))).isEqualTo(PushResult.STORED);
        assertThat(archiver.push(Files.writeString(file, "two"))).isEqualTo(PushResult.STORED_BESIDE);
        assertThat(archiver.push(Files.writeString(file, "two"))).isEqualTo(PushResult.ALREADY_STORED);
        assertThat(archiver.push(Files.writeString(file, "one"))).isEqualTo(PushResult.ALREADY_STORED);
        assertThat(repository.keys()).hasSize(2);
        assertThat(repository.keys().get(1)).matches(".*/000000010000000000000003\\.00000028\\.backup\\.[0-9a-f]{16}");
    }

    @Test
    void refuses_other_bytes_of_a_file_of_an_unknown_kind() throws IOException {
        Path file = pgWal.resolve("unknown");
        assertThat(archiver.push(Files.writeString(file, "one"))).isEqualTo(PushResult.STORED);
        refused(Files.writeString(file, "two"), ErrorKind.ARCHIVE_CONFLICT);
    }

    @Test
    void refuses_another_history_of_a_timeline_as_split_brain() throws IOException {
        Timeline two = new Timeline(2);
        archiver.push(SampleWal.writeHistory(pgWal, two, Lsn.parse("0/3000000")));
        Path other = SampleWal.writeHistory(pgWal, two, Lsn.parse("0/3000060"));
        assertThatThrownBy(() -> archiver.push(other))
                .hasMessageContaining("split brain")
                .hasMessageContaining("00000002.history")
                .extracting("kind")
                .isEqualTo(ErrorKind.ARCHIVE_CONFLICT);
        assertThat(new String(repository.bytes("main/wal/00000002.history"), StandardCharsets.UTF_8))
                .contains("0/3000000");
    }

    @Test
    void refuses_a_malformed_history_file() throws IOException {
        for (String content : List.of("", "\n", "# nothing\n", "1 3000000 x\n", "2\t0/3000000\tx\n", "no")) {
            refused(Files.writeString(pgWal.resolve("00000002.history"), content), ErrorKind.BAD_ARCHIVE_FILE);
        }
        assertThat(repository.keys()).isEmpty();
    }

    @Test
    void refuses_a_segment_from_another_cluster() throws IOException {
        WalSegment segment = segment(3, SMALL);
        for (String suffix : List.of("", ".partial")) {
            byte[] bytes = SampleWal.bytes(segment, 1);
            SampleWal.putHeader(ByteBuffer.wrap(bytes), segment, OTHERS, new Timeline(1));
            Path file = Files.write(pgWal.resolve(segment.fileName() + suffix), bytes);
            assertThatThrownBy(() -> archiver.push(file))
                    .hasMessageContaining(OTHERS.toString())
                    .hasMessageContaining(OURS.toString())
                    .extracting("kind")
                    .isEqualTo(ErrorKind.FOREIGN_CLUSTER);
        }
        assertThat(repository.requests()).isZero();
    }

    @Test
    void refuses_a_segment_that_is_not_what_its_name_says() throws IOException {
        WalSegment segment = segment(3, SMALL);
        Path file = pgWal.resolve(segment.fileName());
        byte[] good = SampleWal.bytes(segment, 1);

        refused(Files.write(file, SampleWal.bytes(segment(4, SMALL), 1)), ErrorKind.BAD_ARCHIVE_FILE);
        refused(Files.write(file, new byte[1 << 20]), ErrorKind.BAD_ARCHIVE_FILE);
        for (int length : new int[] {0, 1, 39, 40, 8192, (1 << 20) - 1}) {
            refused(Files.write(file, java.util.Arrays.copyOf(good, length)), ErrorKind.BAD_ARCHIVE_FILE);
        }
        refused(Files.write(file, java.util.Arrays.copyOf(good, (1 << 20) + 1)), ErrorKind.BAD_ARCHIVE_FILE);

        byte[] later = good.clone();
        SampleWal.putHeader(ByteBuffer.wrap(later), segment, OURS, new Timeline(2));
        refused(Files.write(file, later), ErrorKind.BAD_ARCHIVE_FILE);

        byte[] version15 = good.clone();
        ByteBuffer.wrap(version15).order(java.nio.ByteOrder.LITTLE_ENDIAN).putShort(0, (short) 0xD110);
        refused(Files.write(file, version15), ErrorKind.BAD_ARCHIVE_FILE);

        byte[] otherSize = good.clone();
        ByteBuffer.wrap(otherSize).order(java.nio.ByteOrder.LITTLE_ENDIAN).putInt(32, 2 << 20);
        refused(Files.write(file, otherSize), ErrorKind.BAD_ARCHIVE_FILE);
        assertThat(repository.requests()).isZero();
    }

    @Test
    void takes_a_segment_that_begins_on_an_older_timeline() throws IOException {
        WalSegment segment = segment(3, SMALL).on(new Timeline(5));
        byte[] bytes = SampleWal.bytes(segment, 1);
        SampleWal.putHeader(ByteBuffer.wrap(bytes), segment, OURS, new Timeline(4));
        Path file = Files.write(pgWal.resolve(segment.fileName()), bytes);
        assertThat(archiver.push(file)).isEqualTo(PushResult.STORED);
    }

    @Test
    void refuses_a_name_that_no_segment_of_this_size_has() throws IOException {
        WalArchiver large =
                new WalArchiver(objects, SampleWal.cluster(new WalSegmentSize(32 << 20)), Compression.parse("lz4"));
        Path file = Files.write(pgWal.resolve("000000010000000000000040"), new byte[100]);
        assertThatThrownBy(() -> large.push(file)).extracting("kind").isEqualTo(ErrorKind.BAD_ARCHIVE_FILE);
    }

    @Test
    void says_what_is_wrong_with_a_file_that_cannot_be_read() throws IOException {
        Path missing = pgWal.resolve("000000010000000000000003");
        assertThatThrownBy(() -> archiver.push(missing))
                .hasMessageContaining("there is no file " + missing)
                .extracting("kind")
                .isEqualTo(ErrorKind.LOCAL_IO);
        Path directory = Files.createDirectory(pgWal.resolve("000000010000000000000004"));
        assertThatThrownBy(() -> archiver.push(directory))
                .hasMessageContaining("is a directory")
                .extracting("kind")
                .isEqualTo(ErrorKind.BAD_ARCHIVE_FILE);
        refused(Path.of("/"), ErrorKind.BAD_ARCHIVE_FILE);
        refused(Path.of("/dev/null"), ErrorKind.BAD_ARCHIVE_FILE);
        assertThat(repository.requests()).isZero();
    }

    @Test
    void refuses_a_file_that_is_longer_than_any_archive_file() throws IOException {
        Path file = pgWal.resolve("huge");
        try (var channel = Files.newByteChannel(
                file,
                java.nio.file.StandardOpenOption.CREATE_NEW,
                java.nio.file.StandardOpenOption.WRITE,
                java.nio.file.StandardOpenOption.SPARSE)) {
            channel.position(1L << 30).write(ByteBuffer.wrap(new byte[1]));
        }
        refused(file, ErrorKind.BAD_ARCHIVE_FILE);
        assertThat(repository.requests()).isZero();
    }

    private void refused(Path file, ErrorKind kind) {
        assertThatThrownBy(() -> archiver.push(file))
                .isInstanceOf(PgAgentException.class)
                .extracting("kind")
                .isEqualTo(kind);
    }
}
