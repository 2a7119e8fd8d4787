package org.pgagent.cases;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgagent.kit.PostgresBinaries;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.ResidentProgram.Outcome;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.BackupState;

/** What people do to {@code pg_tblspc} by hand, and what becomes of it in a backup and in a restore. */
final class TablespacesIT {
    private static final Repository REPOSITORY = Repository.shared();

    private static Stream<Integer> majors() {
        return Stream.of(13, 18).filter(PostgresBinaries.majors()::contains);
    }

    /** A cluster with one tablespace beside the data directory, that has one table. */
    private static PostgresCluster cluster(int major, String name) {
        PostgresCluster cluster = REPOSITORY
                .archiving(PostgresSetup.ofVersion(major).withWalSegmentMiB(1), name)
                .start();
        Path location = cluster.createDirectory("ts");
        cluster.sql("CREATE TABLESPACE ts LOCATION '" + location + "'");
        cluster.sql("CREATE TABLE far TABLESPACE ts AS SELECT generate_series(1, 1000) i");
        cluster.sql("CHECKPOINT");
        return cluster;
    }

    private static Path link(PostgresCluster cluster) {
        return cluster.dataDirectory()
                .resolve("pg_tblspc/" + cluster.value("SELECT oid FROM pg_tablespace WHERE spcname = 'ts'"));
    }

    @ParameterizedTest
    @MethodSource("majors")
    void relative_and_stray_links_do_not_spoil_the_restore(int major) throws IOException {
        String name = "links-" + major;
        try (PostgresCluster cluster = cluster(major, name)) {
            Path link = link(cluster);
            Path location = cluster.socketDirectory().resolve("ts");
            Files.delete(link);
            Files.createSymbolicLink(link, Path.of("../../ts"));
            Files.createSymbolicLink(link.resolveSibling(link.getFileName() + ".old"), location);
            assertThat(cluster.value("SELECT count(*) FROM far")).isEqualTo("1000");

            REPOSITORY.backup(cluster, name).requireComplete();

            String mapping = location + "=" + cluster.createDirectory("copy");
            Outcome plan = REPOSITORY.restoreInto(
                    cluster.socketDirectory().resolve("never"), name, "--dry-run", "--tablespace-mapping", mapping);
            assertThat(plan.status()).as(plan.output()).isZero();
            try (RestoredCluster restored = REPOSITORY.restore(name, "--tablespace-mapping", mapping)) {
                assertThat(restored.recover().value("SELECT count(*) FROM far")).isEqualTo("1000");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("majors")
    void a_tablespace_that_is_not_mounted_fails_the_backup(int major) throws IOException {
        String name = "mount-" + major;
        try (PostgresCluster cluster = cluster(major, name)) {
            Path mountPoint = cluster.socketDirectory().resolve("ts");
            Path away = cluster.socketDirectory().resolve("away");
            Files.move(mountPoint, away);
            Path oid = link(cluster).getFileName();

            requireRefused(REPOSITORY.onServer(cluster, name, "backup"), oid);
            cluster.createDirectory("ts");
            requireRefused(REPOSITORY.onServer(cluster, name, "backup"), oid);
            Files.delete(mountPoint);
            Files.move(away, mountPoint);
            REPOSITORY.backup(cluster, name).requireComplete();
            assertThat(new BackupRecords(REPOSITORY.store(), Repository.keys(name))
                            .list()
                            .records())
                    .extracting(BackupRecord::state)
                    .containsExactlyInAnyOrder(BackupState.ERROR, BackupState.ERROR, BackupState.OK);
        }
    }

    private static void requireRefused(Outcome outcome, Path oid) {
        assertThat(outcome.status()).as(outcome.output()).isEqualTo(10);
        assertThat(outcome.err())
                .contains("tablespace " + oid)
                .contains("/ts")
                .contains("mount")
                .contains("hint: ");
    }
}
