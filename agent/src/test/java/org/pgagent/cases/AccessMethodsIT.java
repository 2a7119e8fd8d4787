package org.pgagent.cases;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgagent.kit.ClusterContent;
import org.pgagent.kit.PostgresBinaries;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.Sql;
import org.pgagent.repository.BackupRecord;

/** Indexes of every access method, that are being built while the parent is copied and change from backup to backup. */
final class AccessMethodsIT {
    private static final Repository REPOSITORY = Repository.shared();

    private static final Map<String, String> INDEXES = Map.of(
            "gist_p", "gist (p)",
            "gist_b", "gist (b)",
            "spgist_p", "spgist (p)",
            "spgist_t", "spgist (t)",
            "hash_id", "hash (id)",
            "brin_id", "brin (id) WITH (pages_per_range = 4)",
            "gin_a", "gin (a)",
            "btree_t", "btree (t)");

    private static final Map<String, String> CONDITIONS = Map.of(
            "gist_p", "p <@ box '((-1,-1),(2,2))'",
            "gist_b", "b && box '((-1,-1),(3,3))'",
            "spgist_p", "p <@ box '((-1,-1),(2,2))'",
            "spgist_t", "t >= ''",
            "hash_id", "id = 77",
            "brin_id", "id >= 0",
            "gin_a", "a && ARRAY[1,2,3]",
            "btree_t", "t >= ''");

    static List<Integer> majors() {
        return PostgresBinaries.majors();
    }

    @ParameterizedTest
    @MethodSource("majors")
    void an_index_of_any_kind_has_every_row(int major) throws Exception {
        String name = "methods" + major;
        PostgresSetup setup = PostgresSetup.ofVersion(major).withSetting("maintenance_work_mem", "64MB");
        if (major == 18) {
            setup = setup.withSetting("summarize_wal", "on");
        }
        try (PostgresCluster cluster = REPOSITORY.archiving(setup, name).start()) {
            cluster.sql("CREATE TABLE x AS SELECT i id, point(random(), random()) p,"
                    + " box(point(random(), random()), point(random(), random())) b, md5(i::text) t,"
                    + " ARRAY[i % 50, i % 7] a FROM generate_series(1, 60000) i");
            AtomicBoolean end = new AtomicBoolean();
            CompletableFuture<Void> builds = CompletableFuture.runAsync(() -> {
                while (!end.get()) {
                    INDEXES.forEach((index, on) -> {
                        if (!end.get()) {
                            cluster.sql("DROP INDEX IF EXISTS " + index);
                            cluster.sql("CREATE INDEX " + index + " ON x USING " + on);
                        }
                    });
                }
            });
            BackupRecord full;
            try {
                full = REPOSITORY
                        .backup(cluster, name, "--type", "full", "--rate-limit", "6MiB", "--jobs", "2")
                        .record();
            } finally {
                end.set(true);
            }
            builds.join();
            INDEXES.forEach((index, on) -> cluster.sql("CREATE INDEX IF NOT EXISTS " + index + " ON x USING " + on));
            for (int round = 0; round < 3; round++) {
                cluster.sql("INSERT INTO x SELECT id + 1000000, p, b, md5(t), a FROM x ORDER BY random() LIMIT 100");
                cluster.sql("UPDATE x SET t = md5(t) WHERE id % 997 = " + round);
                cluster.sql("DELETE FROM x WHERE id % 1009 = " + round);
                if (round == 1) {
                    cluster.sql("VACUUM x");
                }
                BackupRecord next = REPOSITORY.backup(cluster, name).record();
                ClusterContent content = ClusterContent.of(cluster);
                try (RestoredCluster restored =
                        REPOSITORY.restore(name, "--backup", next.id().toString(), "--target-immediate")) {
                    PostgresCluster copy = restored.recover();
                    assertThat(ClusterContent.of(copy)).isEqualTo(content);
                    ClusterContent.requireSoundIndexes(copy);
                    try (Connection connection = copy.connect("postgres")) {
                        for (String index : INDEXES.keySet()) {
                            requireEqual(connection, index);
                        }
                    }
                }
            }
            assertThat(full.totals().badPages()).isZero();
        }
    }

    private static void requireEqual(Connection connection, String index) throws Exception {
        String count = "SELECT count(*) FROM x WHERE " + CONDITIONS.get(index);
        Sql.run(
                connection,
                "SET enable_seqscan = on; SET enable_indexscan = off; SET enable_indexonlyscan = off;"
                        + " SET enable_bitmapscan = off");
        String heap = Sql.run(connection, count).get(0).get(0);
        Sql.run(
                connection,
                "BEGIN; SET enable_seqscan = off; SET enable_indexscan = on; SET enable_indexonlyscan = on;"
                        + " SET enable_bitmapscan = on");
        for (String other : INDEXES.keySet()) {
            if (!other.equals(index)) {
                Sql.run(connection, "DROP INDEX " + other);
            }
        }
        String plan = Sql.run(connection, "EXPLAIN " + count).toString();
        assertThat(plan).contains(index);
        String byIndex = Sql.run(connection, count).get(0).get(0);
        Sql.run(connection, "ROLLBACK");
        assertThat(byIndex).as(index).isEqualTo(heap);
    }
}
