package org.pgagent.cases;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgagent.kit.PostgresBinaries;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.ResidentProgram.Outcome;
import org.pgagent.kit.Sql;
import org.pgagent.repository.BackupRecord;

/**
 * An index of an unlogged table that is built while a backup is taken: it has its main fork all the time, and its initialisation
 * fork, by which one tells that it is unlogged, only at the end, and in WAL. So PostgreSQL's own backups have it, too.
 */
final class UnloggedIT {
    private static final Repository REPOSITORY = Repository.shared();

    static List<Integer> oldestAndNewest() {
        return List.of(PostgresBinaries.majors().get(0), PostgresBinaries.newestMajor());
    }

    /** The record of a backup that begins and ends meanwhile. */
    private static BackupRecord backUpWhileBuilding(PostgresCluster cluster, String name) {
        cluster.sql("CREATE UNLOGGED TABLE slow AS SELECT 1 i");
        cluster.sql("CREATE FUNCTION slowly(i int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS"
                + " 'BEGIN PERFORM pg_advisory_xact_lock(7); RETURN i; END'");
        BackupRecord backup;
        CompletableFuture<Void> build;
        try (Connection holder = cluster.connect("postgres")) {
            Sql.run(holder, "SELECT pg_advisory_lock(7)");
            build = CompletableFuture.runAsync(() -> cluster.sql("CREATE INDEX slow_i ON slow (slowly(i))"));
            cluster.awaitTrue("SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'advisory'");
            backup = REPOSITORY.backup(cluster, name).record();
            assertThat(build).isNotDone();
        } catch (SQLException e) {
            throw new AssertionError("the build could not be held", e);
        }
        build.join();
        cluster.sql("CREATE TABLE later AS SELECT 1");
        cluster.archiveWal();
        return backup;
    }

    @ParameterizedTest
    @MethodSource("oldestAndNewest")
    void a_restored_server_needs_a_second_start(int major) {
        String name = "unlogged" + major;
        PostgresSetup setup =
                PostgresSetup.ofVersion(major).withWalSegmentMiB(1).withSetting("autovacuum", "off");
        try (PostgresCluster cluster = REPOSITORY.archiving(setup, name).start()) {
            BackupRecord backup = backUpWhileBuilding(cluster, name);
            try (RestoredCluster restored =
                    REPOSITORY.restore(name, "--backup", backup.id().toString())) {
                PostgresCluster copy = restored.cluster();
                assertThat(copy.startUntilFailure()).containsPattern("could not create file \"base/.*\": File exists");

                restored.recover();

                assertThat(copy.value("SELECT count(*) FROM slow")).isEqualTo("0");
                assertThat(copy.value("SELECT count(*) FROM later")).isEqualTo("1");
            }
        }
    }

    @Test
    void a_drill_starts_the_server_twice() throws IOException {
        try (DrillScene scene = new DrillScene("unlogged-drill")) {
            BackupRecord backup = backUpWhileBuilding(scene.cluster(), scene.name());

            Outcome drill = scene.drill(
                    backup.id().toString(),
                    "--sql-file",
                    scene.sql("SELECT 1 / (count(*) = 1)::int FROM later;\n").toString());

            assertThat(drill.status()).as(drill.output()).isZero();
            assertThat(drill.err()).contains("the server is started once more");
        }
    }
}
