package org.pgagent.kit;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
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

    @ParameterizedTest
    @MethodSource("oldestAndNewest")
    void finds_a_visibility_map_that_says_more_than_its_table(int major) throws Exception {
        try (PostgresCluster cluster = PostgresSetup.ofVersion(major)
                .withSetting("autovacuum", "off")
                .withoutDataChecksums()
                .start()) {
            IndexedTable table = new IndexedTable(cluster, DATABASE);
            table.create(2000);
            table.buildMissing();
            table.vacuum();
            cluster.restart();
            Path map = cluster.dataDirectory().resolve(cluster.value("SELECT pg_relation_filepath('indexed')") + "_vm");
            byte[] before = Files.readAllBytes(map);
            table.change(1);
            cluster.stop(PostgresCluster.Stop.FAST);
            Files.write(map, before);
            cluster.start();

            assertThatThrownBy(() -> SoundDatabases.require(cluster)).isInstanceOf(AssertionError.class);
        }
    }

    private static void setReady(PostgresCluster cluster, String index, String ready) {
        cluster.sql("UPDATE pg_index SET indisready = " + ready + " WHERE indexrelid = '" + index + "'::regclass");
    }
}
