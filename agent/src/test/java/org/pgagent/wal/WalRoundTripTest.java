package org.pgagent.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgagent.wal.SampleWal.KEYS;
import static org.pgagent.wal.SampleWal.OURS;
import static org.pgagent.wal.SampleWal.segment;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgagent.chunk.Compression;
import org.pgagent.kit.SameContent;
import org.pgagent.kit.ToolRun;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.repository.ClusterDescriptions;
import org.pgagent.repository.WalObjects;

/** Archive files into a directory and back, by pgagent and by the tools of the codecs. */
class WalRoundTripTest {
    private static final int MIB = 1 << 20;

    @TempDir
    private Path dir;

    private Path pgWal;
    private Path objects;
    private TestRepository repository;

    @BeforeEach
    void createDirectories() throws IOException {
        pgWal = Files.createDirectory(dir.resolve("pg_wal"));
        objects = Files.createDirectory(dir.resolve("repository"));
        repository = TestRepository.inDirectory(objects);
    }

    private PushResult push(Path file, WalSegmentSize size, String compression) throws IOException {
        return archiver(size, compression).push(file);
    }

    private WalArchiver archiver(WalSegmentSize size, String compression) throws IOException {
        new ClusterDescriptions(repository.store(), KEYS).claim(SampleWal.cluster(size));
        return new WalArchiver(
                new WalObjects(repository.store(), KEYS), SampleWal.cluster(size), Compression.parse(compression));
    }

    private Path fetch(String name, WalSegmentSize size) throws IOException {
        Path target = dir.resolve("RECOVERYXLOG");
        WalFetcher fetcher = new WalFetcher(
                new WalObjects(repository.store(), KEYS),
                new ClusterDescriptions(repository.store(), KEYS),
                OURS,
                size);
        assertThat(fetcher.fetch(name, target)).isEqualTo(FetchResult.FETCHED);
        return target;
    }

    static Stream<Arguments> segmentSizes() {
        return Stream.of(1, 16, 64)
                .flatMap(mib -> Stream.of("none", "lz4", "zstd").map(compression -> Arguments.of(mib, compression)));
    }

    @ParameterizedTest
    @MethodSource("segmentSizes")
    void a_segment_of_any_size_comes_back(int mib, String compression) throws IOException {
        WalSegmentSize size = new WalSegmentSize(mib * MIB);
        WalSegment segment = segment(5, size);
        Path file = SampleWal.write(pgWal, segment, mib);
        long before = repository.requests();
        assertThat(push(file, size, compression)).isEqualTo(PushResult.STORED);
        long requests = repository.requests() - before - 2; // cluster.json
        if (mib <= 16) {
            assertThat(requests).isEqualTo(1);
        } else {
            assertThat(requests).isBetween(2L, 1L + 1 + 4 + 1); // look, start, parts, complete
        }
        assertThat(push(file, size, compression)).isEqualTo(PushResult.ALREADY_STORED);
        SameContent.require(fetch(segment.fileName(), size), file);
        toolsDecode(segment, file, compression);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 511, 512, 513, 256 << 10, MIB - 1, MIB, MIB + 1, 2 * MIB, 17 * MIB, 35 * MIB})
    void a_file_of_any_length_comes_back(int length) throws IOException {
        byte[] content = new byte[length];
        new Random(length).nextBytes(content);
        for (String compression : List.of("none", "lz4:9", "zstd:3")) {
            Path file = Files.write(pgWal.resolve("opaque-" + length + "-" + compression), content);
            push(file, WalSegmentSize.DEFAULT, compression);
            push(file, WalSegmentSize.DEFAULT, compression);
            SameContent.require(fetch(file.getFileName().toString(), WalSegmentSize.DEFAULT), file);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "lz4", "zstd"})
    void nothing_of_a_file_gets_into_the_next_one_that_uses_its_buffers(String compression) throws IOException {
        WalArchiver archiver = archiver(WalSegmentSize.DEFAULT, compression);
        Random random = new Random(1);
        for (int length :
                new int[] {16 * MIB, 36 * MIB, 7 * MIB, 16 * MIB - 1, 35 * MIB, 5 * MIB, 17 * MIB, 20 * MIB}) {
            byte[] content = new byte[length];
            random.nextBytes(content);
            Path file = Files.write(pgWal.resolve("opaque-" + length), content);
            archiver.push(file);
            SameContent.require(fetch(file.getFileName().toString(), WalSegmentSize.DEFAULT), file);
        }
    }

    /** What is stored plain shows that parts do not add up in memory; what is compressed, that the original does not. */
    @ParameterizedTest
    @CsvSource({"256, none", "1024, lz4", "1024, zstd"})
    void a_long_segment_comes_back_within_a_heap_of_64_MiB(int mib, String compression) throws Exception {
        WalSegmentSize size = new WalSegmentSize(mib * MIB);
        Path file = SampleWal.writeSparse(pgWal, segment(2, size));
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        PushAndFetch.class.getName(),
                        objects.toString(),
                        file.toString(),
                        compression)
                .redirectErrorStream(true)
                .start();
        String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(child.waitFor(120, TimeUnit.SECONDS)).isTrue();
        assertThat(output).contains("STORED ALREADY_STORED FETCHED");
        assertThat(Files.mismatch(file, pgWal.resolve("RECOVERYXLOG"))).isEqualTo(-1);
    }

    private void toolsDecode(WalSegment segment, Path original, String compression) {
        Path object = objects.resolve(KEYS.walFile(segment.fileName()).value());
        String tool = Compression.parse(compression).codec().toString();
        if (tool.equals("none")) {
            same(original, "tail -c +513 '" + object + "'");
            return;
        }
        same(original, tool + " -dc '" + object + "'");
        same(original, tool + " -dc < '" + object + "'");
        same(original, "cat '" + object + "' | " + tool + " -dc");
    }

    private static void same(Path original, String command) {
        ToolRun.successOf("sh", "-c", command + " | cmp - '" + original + "'");
    }

    @Test
    void the_first_bytes_of_an_object_tell_what_it_is() throws IOException {
        WalSegmentSize size = WalSegmentSize.DEFAULT;
        WalSegment segment = segment(5, size);
        Path file = SampleWal.write(pgWal, segment, 1);
        push(file, size, "lz4");
        Path object = objects.resolve(KEYS.walFile(segment.fileName()).value());
        String hash = ToolRun.successOf("sh", "-c", "xxhsum -H2 '" + file + "' 2> /dev/null")
                .substring(0, 32);
        assertThat(ToolRun.successOf("sh", "-c", "head -c 512 '" + object + "' | tail -c +9"))
                .startsWith("{\"format\":1,\"file\":\"000000010000000000000005\",\"codec\":\"lz4\",\"size\":16777216,"
                        + "\"xxh128\":\"" + hash + "\",\"system_identifier\":\"" + OURS + "\"}");
    }
}
