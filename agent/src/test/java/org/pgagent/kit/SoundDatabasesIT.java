package org.pgagent.kit;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The look at a cluster's indexes finds what it should. */
final class SoundDatabasesIT {
    private static final String DATABASE = "postgres";

    static Stream<Integer> oldestAndNewest() {
        List<Integer> majors = PostgresBinaries.majors();
        return Stream.of(majors.get(0), PostgresBinaries.newestMajor()).distinct();
    }

    @ParameterizedTest
    @MethodSource("oldestAndNewest")
    void finds_rows_that_an_index_lacks_whatever_its_access_method(int major) {
        try (PostgresCluster cluster =
                PostgresSetup.ofVersion(major).withSetting("autovacuum", "off").start()) {
            IndexedTable table = new IndexedTable(cluster, DATABASE);
            table.create(2000);
            table.buildMissing();
            SoundDatabases.require(cluster);

            int below = 0;
            for (List<String> index :
                    cluster.sql("SELECT indexrelid::regclass FROM pg_index WHERE indrelid = 'indexed'::regclass")) {
                String name = index.get(0);
                // New rows among old ones, and none of the numbers that a summary of pages would tell of.
                cluster.sql("DELETE FROM indexed WHERE id % 2 = 0");
                table.vacuum();
                setReady(cluster, name, "false");
                below -= 10_000;
                cluster.sql("INSERT INTO indexed SELECT " + below + " - id, p, b, md5(t), a FROM indexed"
                        + " WHERE id > 0 LIMIT 100");
                setReady(cluster, name, "true");

                assertThatThrownBy(() -> SoundDatabases.require(cluster))
                        .isInstanceOf(AssertionError.class)
                        .hasStackTraceContaining(name);

                cluster.sql("REINDEX INDEX " + name);
            }
            SoundDatabases.require(cluster);
        }
    }

    private enum Stale {
        /** The map has bits of pages that were changed since. */
        MAP,
        /** The pages do not know that the map has their bits, so that no change clears them. */
        TABLE
    }

    static Stream<Arguments> stale() {
        return oldestAndNewest().flatMap(major -> Stream.of(Stale.values()).map(which -> arguments(major, which)));
    }

    @ParameterizedTest
    @MethodSource("stale")
    void finds_a_visibility_map_that_does_not_fit_its_table(int major, Stale which) throws IOException {
        try (PostgresCluster cluster = PostgresSetup.ofVersion(major)
                .withSetting("autovacuum", "off")
                .withoutDataChecksums()
                .start()) {
            IndexedTable table = new IndexedTable(cluster, DATABASE);
            table.create(2000);
            table.buildMissing();
            Path file = cluster.dataDirectory().resolve(cluster.value("SELECT pg_relation_filepath('indexed')"));
            Path kept = which == Stale.TABLE ? file : file.resolveSibling(file.getFileName() + "_vm");
            if (which == Stale.MAP) {
                table.vacuum();
            }
            cluster.sql("CHECKPOINT");
            byte[] before = Files.readAllBytes(kept);
            if (which == Stale.MAP) {
                table.change(1);
            } else {
                table.vacuum();
            }
            cluster.stop(PostgresCluster.Stop.FAST);
            Files.write(kept, before);
            cluster.start();

            assertThatThrownBy(() -> SoundDatabases.require(cluster))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining(
                            "SELECT count(*) FROM indexed after " + (which == Stale.MAP ? "SELECT" : "DELETE"));
        }
    }

    private static void setReady(PostgresCluster cluster, String index, String ready) {
        cluster.sql("UPDATE pg_index SET indisready = " + ready + " WHERE indexrelid = '" + index + "'::regclass");
    }
}
