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
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.chunk.Compression;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.SameContent;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.SystemIdentifier;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.repository.ClusterDescription;
import org.pgagent.repository.ClusterDescriptions;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.ClusterName;
import org.pgagent.repository.ExpiredWalNote;
import org.pgagent.repository.WalObjectHeader;
import org.pgagent.repository.WalObjects;

class WalFetcherTest {
    private static final String NAME = segment(3, SMALL).fileName();
    private static final String KEY = KEYS.walFile(NAME).value();

    @TempDir
    private Path source;

    @TempDir
    private Path pgWal;

    private Path target;
    private final TestRepository repository = TestRepository.inMemory();
    private final WalFetcher fetcher = fetcher(KEYS, OURS, SMALL);

    private WalFetcher fetcher(ClusterKeys keys, SystemIdentifier cluster, WalSegmentSize size) {
        return new WalFetcher(
                new WalObjects(repository.store(), keys),
                new ClusterDescriptions(repository.store(), keys),
                cluster,
                size);
    }

    private void push(Path file) throws IOException {
        push(file, "lz4");
    }

    private void push(Path file, String compression) throws IOException {
        ClusterDescription cluster = SampleWal.cluster(SMALL);
        new ClusterDescriptions(repository.store(), KEYS).claim(cluster);
        new WalArchiver(new WalObjects(repository.store(), KEYS), cluster, Compression.parse(compression)).push(file);
    }

    @BeforeEach
    void setTarget() {
        target = pgWal.resolve("RECOVERYXLOG");
    }

    @AfterEach
    void requireTidy() throws IOException {
        repository.requireTidy();
    }

    @Test
    void brings_a_segment_back_with_one_request() throws IOException {
        Path file = SampleWal.write(source, segment(3, SMALL), 1);
        push(file);
        long before = repository.requests();
        assertThat(fetcher.fetch(NAME, target)).isEqualTo(FetchResult.FETCHED);
        assertThat(repository.requests() - before).isEqualTo(1);
        SameContent.require(target, file);
        onlyTheTarget();
    }

    @Test
    void brings_a_segment_back_as_often_as_it_is_asked_for_and_replaces_what_is_there() throws IOException {
        Path file = SampleWal.write(source, segment(3, SMALL), 1);
        push(file, "zstd");
        Files.writeString(target, "old");
        for (int i = 0; i < 3; i++) {
            assertThat(fetcher.fetch(NAME, target)).isEqualTo(FetchResult.FETCHED);
            SameContent.require(target, file);
        }
        onlyTheTarget();
    }

    @Test
    void brings_back_every_kind_of_file() throws IOException {
        WalSegment segment = segment(3, SMALL);
        Files.write(source.resolve(NAME + ".partial"), SampleWal.bytes(segment, 2));
        Files.writeString(source.resolve(NAME + ".00000028.backup"), "START WAL LOCATION: 0/28\n");
        SampleWal.writeHistory(source, new Timeline(2), Lsn.parse("1/2345"));
        Files.writeString(source.resolve("strange name"), "");
        try (var files = Files.list(source)) {
            for (Path file : files.toList()) {
                push(file);
                long before = repository.requests();
                assertThat(fetcher.fetch(file.getFileName().toString(), target)).isEqualTo(FetchResult.FETCHED);
                assertThat(repository.requests() - before).isLessThanOrEqualTo(2);
                SameContent.require(target, file);
            }
        }
        onlyTheTarget();
    }

    @Test
    void says_not_in_archive_when_the_store_says_so_and_the_cluster_is_there() throws IOException {
        push(SampleWal.write(source, segment(3, SMALL), 1));
        for (String missing : List.of(
                "000000010000000000000004",
                "000000020000000000000003",
                NAME + ".partial",
                "00000001.history",
                "00000002.history",
                "strange name")) {
            assertThat(fetcher.fetch(missing, target)).isEqualTo(FetchResult.NOT_IN_ARCHIVE);
        }
        assertThat(pgWal).isEmptyDirectory();
    }

    @Test
    void takes_what_was_expired_for_doubt_but_where_the_wal_of_a_kept_backup_ends() throws IOException {
        push(SampleWal.write(source, segment(3, SMALL), 1));
        new ExpiredWalNote(repository.store(), KEYS).add(List.of(segment(6, SMALL)));

        assertThat(fetcher.fetch(segment(4, SMALL).fileName(), target)).isEqualTo(FetchResult.NOT_IN_ARCHIVE);
        refused(fetcher, segment(5, SMALL).fileName(), ErrorKind.OBJECT_MISSING);
        assertThat(fetcher.fetch(segment(6, SMALL).fileName(), target)).isEqualTo(FetchResult.NOT_IN_ARCHIVE);
    }

    @Test
    void takes_a_cluster_that_is_not_there_for_doubt() throws IOException {
        push(SampleWal.write(source, segment(3, SMALL), 1));
        WalFetcher misspelt = fetcher(new ClusterKeys(new ClusterName("mian")), OURS, SMALL);
        for (String name : List.of(NAME, "00000002.history", "strange name")) {
            refused(misspelt, name, ErrorKind.STORE_MISSING);
        }
    }

    @Test
    void takes_the_archive_of_another_cluster_for_doubt() throws IOException {
        push(SampleWal.write(source, segment(3, SMALL), 1));
        push(SampleWal.writeHistory(source, new Timeline(2), Lsn.parse("1/2345")));
        WalFetcher foreign = fetcher(KEYS, OTHERS, SMALL);
        for (String name : List.of(NAME, "000000010000000000000004", "00000002.history", "00000003.history")) {
            refused(foreign, name, ErrorKind.FOREIGN_CLUSTER);
        }
        WalFetcher otherSize = fetcher(KEYS, OURS, new WalSegmentSize(2 << 20));
        refused(otherSize, NAME, ErrorKind.CORRUPTED);
        refused(otherSize, "000000010000000000000004", ErrorKind.FOREIGN_CLUSTER);
        refused(otherSize, "00000003.history", ErrorKind.FOREIGN_CLUSTER);
    }

    @Test
    void takes_a_name_that_no_segment_of_this_size_has_for_doubt() throws IOException {
        push(SampleWal.write(source, segment(3, SMALL), 1));
        refused(
                fetcher(KEYS, OURS, new WalSegmentSize(64 << 20)),
                "000000010000000000000040",
                ErrorKind.BAD_ARCHIVE_FILE);
        for (String bad : List.of("", "..", "a/b", "a\nb", "x".repeat(65))) {
            refused(fetcher, bad, ErrorKind.BAD_ARCHIVE_FILE);
        }
    }

    @Test
    void lets_no_damaged_object_through() throws IOException {
        for (String compression : List.of("none", "lz4", "zstd")) {
            repository.delete(KEY);
            push(SampleWal.write(source, segment(3, SMALL), 1), compression);
            byte[] good = repository.bytes(KEY);
            long seed = System.nanoTime();
            Random random = new Random(seed);
            for (int i = 0; i < 300; i++) {
                byte[] damaged = good.clone();
                int at = i < 100 ? 512 + i : random.nextInt(good.length);
                damaged[at] ^= (byte) (1 << random.nextInt(8));
                repository.overwrite(KEY, damaged);
                fetchesTheSameOrRefuses(compression + " seed " + seed + " byte " + at);
            }
            for (int length : new int[] {0, 1, 8, 511, 512, 513, 1000, good.length / 2, good.length - 1}) {
                repository.overwrite(KEY, java.util.Arrays.copyOf(good, length));
                refused(fetcher, NAME, ErrorKind.CORRUPTED);
            }
        }
    }

    /** A flipped bit without meaning is harmless, as one in the padding of the header; anything else must be seen. */
    private void fetchesTheSameOrRefuses(String how) throws IOException {
        try {
            assertThat(fetcher.fetch(NAME, target)).describedAs(how).isEqualTo(FetchResult.FETCHED);
            SameContent.require(target, source.resolve(NAME), how);
            Files.delete(target);
        } catch (PgAgentException e) {
            assertThat(e.kind())
                    .describedAs(how)
                    .isIn(ErrorKind.CORRUPTED, ErrorKind.FOREIGN_CLUSTER, ErrorKind.INCOMPATIBLE);
        }
        assertThat(pgWal).isEmptyDirectory();
    }

    @Test
    void lets_no_object_of_another_name_through() throws IOException {
        push(SampleWal.write(source, segment(3, SMALL), 1));
        repository.overwrite(KEYS.walFile("000000010000000000000004").value(), repository.bytes(KEY));
        refused(fetcher, "000000010000000000000004", ErrorKind.CORRUPTED);
    }

    @Test
    void lets_no_segment_through_whose_header_contradicts_its_name() throws IOException {
        // stored by something that did not look: the right name and size, the WAL of another place or cluster
        WalSegment other = segment(4, SMALL);
        byte[] elsewhere = SampleWal.bytes(other, 1);
        storeUnchecked(elsewhere);
        refused(fetcher, NAME, ErrorKind.CORRUPTED);
        byte[] foreign = SampleWal.bytes(segment(3, SMALL), 1);
        SampleWal.putHeader(ByteBuffer.wrap(foreign), segment(3, SMALL), OTHERS, new Timeline(1));
        storeUnchecked(foreign);
        refused(fetcher, NAME, ErrorKind.FOREIGN_CLUSTER);
        storeUnchecked(new byte[1 << 20]);
        refused(fetcher, NAME, ErrorKind.CORRUPTED);
        storeUnchecked(new byte[100]);
        refused(fetcher, NAME, ErrorKind.CORRUPTED);
        storeUnchecked(new byte[0]);
        refused(fetcher, NAME, ErrorKind.CORRUPTED);
    }

    private void storeUnchecked(byte[] content) throws IOException {
        new ClusterDescriptions(repository.store(), KEYS).claim(SampleWal.cluster(SMALL));
        repository.delete(KEY);
        WalObjects objects = new WalObjects(repository.store(), KEYS);
        try (var writer = objects.create(KEYS.walFile(NAME), Compression.DEFAULT, content.length)) {
            writer.write(content, 0, content.length);
            writer.seal(NAME, OURS);
            writer.publish();
        }
    }

    @Test
    void lets_no_damaged_history_through() throws IOException {
        push(SampleWal.writeHistory(source, new Timeline(2), Lsn.parse("1/2345")));
        byte[] good = repository.bytes("main/wal/00000002.history");
        for (int at = WalObjectHeader.BYTES; at < good.length; at++) {
            byte[] damaged = good.clone();
            damaged[at] ^= 1; // of a digit, it makes another digit
            repository.overwrite("main/wal/00000002.history", damaged);
            refused(fetcher, "00000002.history", ErrorKind.CORRUPTED);
        }
        for (String other : List.of("junk", "")) {
            repository.overwrite("main/wal/00000002.history", other.getBytes(StandardCharsets.UTF_8));
            refused(fetcher, "00000002.history", ErrorKind.CORRUPTED);
        }
        repository.overwrite("main/wal/00000003.history", good);
        refused(fetcher, "00000003.history", ErrorKind.CORRUPTED);
    }

    @Test
    void says_what_is_wrong_with_a_target_that_cannot_be_written() throws IOException {
        push(SampleWal.write(source, segment(3, SMALL), 1));
        assertThatThrownBy(() -> fetcher.fetch(NAME, pgWal.resolve("missing/RECOVERYXLOG")))
                .hasMessageContaining("there is no directory " + pgWal.resolve("missing"))
                .extracting("kind")
                .isEqualTo(ErrorKind.LOCAL_IO);
        Files.createDirectory(target);
        assertThatThrownBy(() -> fetcher.fetch(NAME, target))
                .hasMessageContaining("is a directory")
                .extracting("kind")
                .isEqualTo(ErrorKind.LOCAL_IO);
        assertThat(target).isEmptyDirectory();
        onlyTheTarget();
    }

    @Test
    void removes_what_a_killed_fetch_of_the_same_target_left_behind() throws IOException {
        push(SampleWal.write(source, segment(3, SMALL), 1));
        Path leftover = Files.writeString(
                pgWal.resolve("RECOVERYXLOG.f81d4fae-7dec-11d0-a765-00a0c91e6bf6.pgagent-fetch"), "half");
        Path others = Files.writeString(
                pgWal.resolve("RECOVERYHISTORY.f81d4fae-7dec-11d0-a765-00a0c91e6bf6.pgagent-fetch"), "half");
        fetcher.fetch(NAME, target);
        assertThat(leftover).doesNotExist();
        assertThat(others).exists();
    }

    @Test
    void gives_a_file_the_mode_of_the_servers_own() throws IOException {
        push(SampleWal.write(source, segment(3, SMALL), 1));
        Files.setPosixFilePermissions(pgWal, PosixFilePermissions.fromString("rwx------"));
        fetcher.fetch(NAME, target);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target)))
                .isEqualTo("rw-------");
        Files.setPosixFilePermissions(pgWal, PosixFilePermissions.fromString("rwxr-x---"));
        fetcher.fetch(NAME, target);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target)))
                .isEqualTo("rw-r-----");
    }

    private void refused(WalFetcher fetcher, String name, ErrorKind kind) {
        assertThatThrownBy(() -> fetcher.fetch(name, target))
                .isInstanceOf(PgAgentException.class)
                .extracting("kind")
                .isEqualTo(kind);
        assertThat(pgWal).isEmptyDirectory();
    }

    private void onlyTheTarget() {
        assertThat(pgWal.toFile().list()).containsExactly("RECOVERYXLOG");
    }
}
