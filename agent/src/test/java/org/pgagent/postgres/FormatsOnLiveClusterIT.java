package org.pgagent.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.Workload;

/** Formats read from clusters that are at work. */
final class FormatsOnLiveClusterIT {
    private static final int PAGE = 8192;

    /** So late that no page is excused by being newer. */
    private static final Lsn NEVER = new Lsn(-1);

    private record BadPageOf(RelationFile file, PageVerifier.BadPage page) {}

    @ParameterizedTest(name = "PostgreSQL {0}")
    @MethodSource("org.pgagent.kit.PostgresBinaries#majors")
    void a_busy_cluster_has_no_bad_pages_and_always_a_whole_control_file(int major) throws Exception {
        try (PostgresCluster cluster = PostgresSetup.ofVersion(major).start()) {
            Workload workload = new Workload(cluster, 0.25);
            workload.create(3000);
            cluster.sql("CHECKPOINT");
            Lsn start = Lsn.parse(cluster.value("SELECT redo_lsn FROM pg_control_checkpoint()"));
            CompletableFuture<Void> work = CompletableFuture.runAsync(() -> {
                for (int round = 0; round < 5; round++) {
                    workload.addOrders(500);
                    workload.churn();
                    cluster.sql("CHECKPOINT");
                }
            });

            while (!work.isDone()) {
                ControlFile control =
                        new ControlFileReader().read(cluster.dataDirectory()).content();
                assertThat(control.checkpoint().redo()).isGreaterThanOrEqualTo(start);
                assertThat(badPages(cluster, start)).isEmpty();
            }
            work.join();
        }
    }

    @ParameterizedTest(name = "PostgreSQL {0}")
    @MethodSource("org.pgagent.kit.PostgresBinaries#majors")
    void one_flipped_bit_is_told_with_its_file_and_block(int major) throws IOException {
        try (PostgresCluster cluster = PostgresSetup.ofVersion(major).start()) {
            new Workload(cluster, 0.75).create(3000);
            String table = cluster.sql("shop", "SELECT pg_relation_filepath('orders')")
                    .get(0)
                    .get(0);
            cluster.stop(PostgresCluster.Stop.FAST);
            assertThat(badPages(cluster, NEVER))
                    .as("all pages are checked, none is bad")
                    .isEmpty();

            Path file = cluster.dataDirectory().resolve(table);
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                ByteBuffer one = ByteBuffer.allocate(1);
                channel.read(one, 7 * PAGE + 5000);
                one.put(0, (byte) (one.get(0) ^ 0x10)).rewind();
                channel.write(one, 7 * PAGE + 5000);
            }

            assertThat(badPages(cluster, NEVER))
                    .containsExactly(new BadPageOf(
                            RelationFile.parse(DataPath.of(table)).orElseThrow(),
                            new PageVerifier.BadPage(7, PageFault.CHECKSUM_MISMATCH)));
        }
    }

    @ParameterizedTest(name = "PostgreSQL {0}")
    @MethodSource("org.pgagent.kit.PostgresBinaries#majors")
    void initdb_makes_the_required_directories_and_no_others(int major) throws IOException {
        try (PostgresCluster cluster = PostgresSetup.ofVersion(major).start()) {
            cluster.stop(PostgresCluster.Stop.FAST);
            Set<DataPath> made;
            try (Stream<Path> entries = Files.walk(cluster.dataDirectory())) {
                made = entries.filter(Files::isDirectory)
                        .map(entry ->
                                DataPath.ROOT.resolve(cluster.dataDirectory().relativize(entry)))
                        .filter(path -> !path.equals(DataPath.ROOT))
                        // The databases but template1, which alone is part of the set.
                        .filter(path -> !path.toString().matches("base/([2-9]|[0-9]{2,})"))
                        .collect(Collectors.toCollection(TreeSet::new));
            }

            assertThat(DataDirectoryRules.requiredDirectories(major)).containsExactlyInAnyOrderElementsOf(made);
        }
    }

    @ParameterizedTest(name = "PostgreSQL {0}")
    @MethodSource("org.pgagent.kit.PostgresBinaries#majors")
    void no_server_starts_from_an_unusable_control_file(int major) throws IOException {
        try (PostgresCluster cluster = PostgresSetup.ofVersion(major).start()) {
            cluster.stop(PostgresCluster.Stop.FAST);
            Path file = cluster.dataDirectory().resolve("global/pg_control");
            byte[] usable = Files.readAllBytes(file);

            Files.write(file, ControlFile.withUnusableCheckpoint(usable));
            assertThat(cluster.startUntilFailure())
                    .contains("could not locate a valid checkpoint record")
                    .doesNotContain("incorrect checksum");

            Files.write(file, usable);
            cluster.start();
            assertThat(cluster.value("SELECT 1")).isEqualTo("1");
        }
    }

    /** Verifies every relation file, a bad page twice, as a backup does. */
    private static List<BadPageOf> badPages(PostgresCluster cluster, Lsn backupStart) throws IOException {
        List<BadPageOf> bad = new ArrayList<>();
        long bytes = 0;
        for (Path file : filesWithRelations(cluster.dataDirectory())) {
            DataPath path = DataPath.ROOT.resolve(cluster.dataDirectory().relativize(file));
            Optional<RelationFile> relation = RelationFile.parse(path);
            if (relation.isPresent()) {
                bytes += file.toFile().length();
                badPages(cluster, file, backupStart).forEach(page -> bad.add(new BadPageOf(relation.get(), page)));
            }
        }
        assertThat(bytes / PAGE).as("pages looked at").isGreaterThan(2000);
        return bad;
    }

    private static List<Path> filesWithRelations(Path dataDirectory) throws IOException {
        try (Stream<Path> shared = Files.list(dataDirectory.resolve("global"));
                Stream<Path> others = Files.walk(dataDirectory.resolve("base"), 2)) {
            return Stream.concat(shared, others).toList();
        }
    }

    private static List<PageVerifier.BadPage> badPages(PostgresCluster cluster, Path file, Lsn backupStart)
            throws IOException {
        PageVerifier verifier = new PageVerifier(PAGE, backupStart);
        try {
            // With no WAL at all no page is excused, so a server need not be asked about most files.
            List<PageVerifier.BadPage> suspects =
                    verifier.verify(ByteBuffer.wrap(Files.readAllBytes(file)), 0, Lsn.ZERO);
            return suspects.isEmpty()
                    ? suspects
                    : verifier.verify(ByteBuffer.wrap(Files.readAllBytes(file)), 0, walEnd(cluster));
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    private static Lsn walEnd(PostgresCluster cluster) {
        return cluster.isRunning()
                ? Lsn.parse(cluster.value("SELECT pg_current_wal_insert_lsn()"))
                : new Lsn(Long.MAX_VALUE);
    }
}
