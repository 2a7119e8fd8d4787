package org.pgagent.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgagent.wal.SampleWal.KEYS;
import static org.pgagent.wal.SampleWal.SMALL;
import static org.pgagent.wal.SampleWal.segment;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.pgagent.chunk.Compression;
import org.pgagent.chunk.ContentHasher;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.ArchiveFile;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.repository.WalObjectHeader;
import org.pgagent.repository.WalObjects;

/** Two servers that archive under one name at the same moment. */
class WalRaceTest {
    private static final String REFUSED = "refused";

    @TempDir
    private Path dir;

    private final ExecutorService servers = Executors.newFixedThreadPool(2);
    private final CyclicBarrier start = new CyclicBarrier(2);

    enum Place {
        MEMORY,
        DIRECTORY
    }

    @AfterEach
    void stopServers() {
        servers.shutdownNow();
    }

    private TestRepository repository(Place place) throws IOException {
        return switch (place) {
            case MEMORY -> TestRepository.inMemory();
            case DIRECTORY -> TestRepository.inDirectory(Files.createDirectory(dir.resolve("repository")));
        };
    }

    @ParameterizedTest
    @EnumSource
    void exactly_one_of_two_different_files_wins(Place place) throws Exception {
        TestRepository repository = repository(place);
        for (int round = 0; round < 200; round++) {
            exactlyOneWins(repository, SMALL, twoFiles("unknown " + round, "one " + round, "two " + round));
        }
        assertThat(repository.keys()).hasSize(200);
    }

    @ParameterizedTest
    @EnumSource
    void exactly_one_of_two_different_segments_wins(Place place) throws Exception {
        TestRepository repository = repository(place);
        for (int round = 0; round < 200; round++) {
            exactlyOneWins(repository, SMALL, twoSegments(segment(round, SMALL), ""));
        }
        assertThat(repository.keys()).hasSize(200);
    }

    @ParameterizedTest
    @EnumSource
    void exactly_one_of_two_long_segments_wins(Place place) throws Exception {
        TestRepository repository = repository(place);
        WalSegmentSize size = new WalSegmentSize(32 << 20);
        for (int round = 0; round < 3; round++) {
            exactlyOneWins(repository, size, twoSegments(segment(round, size), ""));
        }
        assertThat(repository.keys()).hasSize(3);
        repository.requireTidy();
    }

    @ParameterizedTest
    @EnumSource
    void one_file_pushed_twice_at_once_is_stored_once(Place place) throws Exception {
        TestRepository repository = repository(place);
        for (int round = 0; round < 200; round++) {
            Path file = Files.writeString(dir.resolve(segment(round, SMALL) + ".00000028.backup"), "round " + round);
            assertThat(race(repository, SMALL, List.of(file, file)))
                    .containsExactlyInAnyOrder("STORED", "ALREADY_STORED");
        }
        assertThat(repository.keys()).hasSize(200);
    }

    @ParameterizedTest
    @EnumSource
    void exactly_one_of_two_histories_of_a_timeline_wins(Place place) throws Exception {
        TestRepository repository = repository(place);
        for (int round = 2; round < 202; round++) {
            String name = String.format("%08X.history", round);
            List<Path> files = twoFiles(name, "1\t0/3000000\tx\n", "1\t0/4000000\tx\n");
            List<String> results = race(repository, SMALL, files);
            assertThat(results).containsExactlyInAnyOrder("STORED", REFUSED);
            assertThat(new WalObjects(repository.store(), KEYS).history(new Timeline(round)))
                    .hasValue(Files.readAllBytes(files.get(results.indexOf("STORED"))));
        }
    }

    @ParameterizedTest
    @EnumSource
    void two_different_partial_segments_are_both_kept(Place place) throws Exception {
        TestRepository repository = repository(place);
        for (int round = 0; round < 50; round++) {
            List<Path> files = twoSegments(segment(round, SMALL), ".partial");
            assertThat(race(repository, SMALL, files)).containsExactlyInAnyOrder("STORED", "STORED_BESIDE");
        }
        assertThat(repository.keys()).hasSize(100);
    }

    @ParameterizedTest
    @EnumSource
    void two_different_backup_files_are_both_kept(Place place) throws Exception {
        TestRepository repository = repository(place);
        for (int round = 0; round < 50; round++) {
            String name = segment(round, SMALL).fileName() + ".00000028.backup";
            assertThat(race(repository, SMALL, twoFiles(name, "one " + round, "two " + round)))
                    .containsExactlyInAnyOrder("STORED", "STORED_BESIDE");
        }
        assertThat(repository.keys()).hasSize(100);
    }

    private List<Path> twoSegments(WalSegment segment, String suffix) throws IOException {
        List<Path> files = twoFiles(segment.fileName() + suffix, "", "");
        Files.write(files.get(0), SampleWal.bytes(segment, 1));
        Files.write(files.get(1), SampleWal.bytes(segment, 2));
        return files;
    }

    private List<Path> twoFiles(String name, String one, String two) throws IOException {
        return List.of(
                Files.writeString(Files.createDirectories(dir.resolve("a")).resolve(name), one),
                Files.writeString(Files.createDirectories(dir.resolve("b")).resolve(name), two));
    }

    private void exactlyOneWins(TestRepository repository, WalSegmentSize size, List<Path> files) throws Exception {
        List<String> results = race(repository, size, files);
        assertThat(results).containsExactlyInAnyOrder("STORED", REFUSED);
        Path winner = files.get(results.indexOf("STORED"));
        WalObjects objects = new WalObjects(repository.store(), KEYS);
        WalObjectHeader header = objects.header(
                        objects.key(ArchiveFile.parse(winner.getFileName().toString())))
                .orElseThrow();
        assertThat(header.hash()).isEqualTo(ContentHasher.hash(ByteBuffer.wrap(Files.readAllBytes(winner))));
    }

    private List<String> race(TestRepository repository, WalSegmentSize size, List<Path> files) throws Exception {
        List<Callable<String>> pushes = new ArrayList<>();
        for (Path file : files) {
            WalArchiver archiver = new WalArchiver(
                    new WalObjects(repository.store(), KEYS),
                    SampleWal.cluster(size),
                    Compression.parse(pushes.isEmpty() ? "lz4" : "none"));
            pushes.add(() -> {
                start.await(60, TimeUnit.SECONDS);
                try {
                    return archiver.push(file).name();
                } catch (PgAgentException e) {
                    assertThat(e.kind()).isEqualTo(ErrorKind.ARCHIVE_CONFLICT);
                    return REFUSED;
                }
            });
        }
        List<String> results = new ArrayList<>();
        for (Future<String> result : servers.invokeAll(pushes, 60, TimeUnit.SECONDS)) {
            results.add(result.get());
        }
        return results;
    }
}
