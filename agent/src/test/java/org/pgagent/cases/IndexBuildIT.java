package org.pgagent.cases;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgagent.kit.Await;
import org.pgagent.kit.PostgresBinaries;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.ToolRun;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.ChangedBy;

/** Indexes that are being built while their parent is copied. */
final class IndexBuildIT {
    private static final Repository REPOSITORY = Repository.shared();
    private static final Duration LIMIT = Duration.ofMinutes(1);

    /** The first version that builds GiST indexes of points by sorting. */
    private static final int SORTED_SINCE = 14;

    static List<Integer> sorting() {
        return PostgresBinaries.majors().stream()
                .filter(major -> major >= SORTED_SINCE)
                .toList();
    }

    /**
     * PostgreSQL 14 to 16 write the pages of such an index with the LSN 0/1 and log them after that; the root comes last, and
     * is a page of zeros until then.
     */
    @ParameterizedTest
    @MethodSource("sorting")
    void a_sorted_index_that_was_half_built_in_the_parent_is_whole(int major) throws Exception {
        String name = "sorted" + major;
        PostgresSetup setup = PostgresSetup.ofVersion(major)
                .withSetting("autovacuum", "off")
                .withSetting("maintenance_work_mem", "256MB");
        try (PostgresCluster cluster = REPOSITORY.archiving(setup, name).start()) {
            cluster.sql(
                    "CREATE TABLE places AS SELECT point(random(), random()) place FROM generate_series(1, 500000)");
            Path database = cluster.dataDirectory()
                    .resolve("base/" + cluster.value("SELECT oid FROM pg_database WHERE datname = 'postgres'"));
            Set<Path> before = files(database);
            CompletableFuture<Void> build = CompletableFuture.runAsync(
                    () -> cluster.sql("CREATE INDEX places_by_place ON places USING gist (place)"));
            Path[] index = new Path[1];
            Await.until("index grows", LIMIT, () -> {
                for (Path file : files(database)) {
                    if (!before.contains(file)
                            && file.getFileName().toString().matches("\\d+")
                            && Files.size(file) > 1 << 20) {
                        index[0] = file;
                        return true;
                    }
                }
                return build.isDone();
            });
            String pid = cluster.value("SELECT pid FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX%'");
            hold(cluster, pid);
            BackupRecord full = REPOSITORY.backup(cluster, name).record();
            long sizeInParent = Files.size(index[0]);
            ToolRun.successOf("kill", "-CONT", pid);
            build.join();
            cluster.sql("INSERT INTO places SELECT place FROM places LIMIT 200");
            assertThat(Files.size(index[0])).isGreaterThan(sizeInParent);
            cluster.sql("CHECKPOINT");

            BackupRecord next =
                    REPOSITORY.backup(cluster, name, "--changed-by", "lsn").record();

            assertThat(next.parent().id()).isEqualTo(full.id());
            assertThat(next.parent().changedBy()).isEqualTo(ChangedBy.LSN);
            try (RestoredCluster restored =
                    REPOSITORY.restore(name, "--backup", next.id().toString(), "--target-immediate")) {
                PostgresCluster copy = restored.recover();
                assertThat(copy.sql("SET enable_seqscan = off;"
                                + " SELECT count(*) FROM places WHERE place <@ box '((-1,-1),(2,2))'"))
                        .isEqualTo(List.of(List.of("500200")));
            }
        }
    }

    /** Stops the backend where it has no lock that others wait for. */
    private static void hold(PostgresCluster cluster, String pid) throws Exception {
        for (int attempt = 1; ; attempt++) {
            ToolRun.successOf("kill", "-STOP", pid);
            CompletableFuture<Void> checkpoint = CompletableFuture.runAsync(() -> cluster.sql("CHECKPOINT"));
            try {
                checkpoint.get(5, TimeUnit.SECONDS);
                return;
            } catch (TimeoutException e) {
                ToolRun.successOf("kill", "-CONT", pid);
                checkpoint.join();
                assertThat(attempt).isLessThan(10);
            }
        }
    }

    private static Set<Path> files(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.collect(Collectors.toSet());
        }
    }
}
