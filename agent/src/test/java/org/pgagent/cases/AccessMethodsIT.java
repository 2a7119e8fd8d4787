package org.pgagent.cases;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgagent.kit.ClusterContent;
import org.pgagent.kit.IndexedTable;
import org.pgagent.kit.PostgresBinaries;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.SoundDatabases;
import org.pgagent.repository.BackupRecord;

/** Indexes of every access method, that are being built while the parent is copied and change from backup to backup. */
final class AccessMethodsIT {
    private static final Repository REPOSITORY = Repository.shared();

    static List<Integer> majors() {
        return PostgresBinaries.majors();
    }

    @ParameterizedTest
    @MethodSource("majors")
    void an_index_of_any_kind_has_every_row(int major) {
        String name = "methods" + major;
        PostgresSetup setup = PostgresSetup.ofVersion(major).withSetting("maintenance_work_mem", "64MB");
        if (major == 18) {
            setup = setup.withSetting("summarize_wal", "on");
        }
        try (PostgresCluster cluster = REPOSITORY.archiving(setup, name).start()) {
            IndexedTable table = new IndexedTable(cluster, "postgres");
            table.create(60000);
            AtomicBoolean end = new AtomicBoolean();
            CompletableFuture<Void> builds = CompletableFuture.runAsync(() -> {
                while (!end.get()) {
                    table.buildNextAnew();
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
            table.buildMissing();
            for (int round = 0; round < 3; round++) {
                table.change(round);
                if (round == 1) {
                    table.vacuum();
                }
                BackupRecord next = REPOSITORY.backup(cluster, name).record();
                ClusterContent content = ClusterContent.of(cluster);
                try (RestoredCluster restored =
                        REPOSITORY.restore(name, "--backup", next.id().toString(), "--target-immediate")) {
                    PostgresCluster copy = restored.recover();
                    assertThat(ClusterContent.of(copy)).isEqualTo(content);
                    SoundDatabases.require(copy);
                }
            }
            assertThat(full.totals().badPages()).isZero();
        }
    }
}
