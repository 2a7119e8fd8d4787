package org.pgagent.kit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class PostgresClusterIT {
    @ParameterizedTest(name = "PostgreSQL {0}")
    @MethodSource("org.pgagent.kit.PostgresBinaries#majors")
    void makes_starts_crashes_copies_and_stops_a_cluster(int major) {
        try (ScratchDirectory archive = ScratchDirectory.create();
                PostgresCluster cluster = PostgresSetup.ofVersion(major)
                        .withWalSegmentMiB(1)
                        // Again after a crash, if the server did not come to know of the first time.
                        .withArchiveCommand("cp %p $ARCHIVE/%f")
                        .withEnvironment("ARCHIVE", archive.path().toString())
                        .start()) {
            assertThat(cluster.value("SHOW server_version_num")).startsWith(Integer.toString(major));
            assertThat(cluster.value("SHOW data_checksums")).isEqualTo("on");
            Workload workload = new Workload(cluster, 0.5);
            workload.create(2000);
            workload.churn();
            workload.mark("before the crash");
            ClusterContent content = ClusterContent.of(cluster);
            assertThat(content.tables()).containsKey("shop.public.orders").hasSize(3);

            cluster.kill();
            cluster.start();
            cluster.sql("shop", "INSERT INTO sessions SELECT i, md5(i::text) FROM generate_series(1, 100) i");
            assertThat(ClusterContent.of(cluster)).isEqualTo(content);
            SoundDatabases.require(cluster);
            assertThat(archive.resolve(cluster.archiveWal())).exists();

            try (PostgresCluster standby = PostgresCluster.standbyOf(cluster)) {
                assertThat(standby.value("SELECT pg_is_in_recovery()")).isEqualTo("t");
                workload.mark("after the copy");
                standby.awaitTrue(
                        "SELECT pg_last_wal_replay_lsn() >= '" + cluster.value("SELECT pg_current_wal_lsn()") + "'");
                assertThat(standby.sql("shop", "SELECT name FROM marks"))
                        .isEqualTo(cluster.sql("shop", "SELECT name FROM marks"))
                        .contains(List.of("after the copy"));
            }
            cluster.stop(PostgresCluster.Stop.IMMEDIATE);
            cluster.writeSetting("work_mem", "5MB");
            cluster.start();
            assertThat(cluster.value("SHOW work_mem")).isEqualTo("5MB");
        }
    }

    @ParameterizedTest(name = "PostgreSQL {0}")
    @MethodSource("org.pgagent.kit.PostgresBinaries#majors")
    void opens_a_directory_that_came_from_elsewhere_and_shows_why_one_fails(int major) {
        try (ScratchDirectory elsewhere = ScratchDirectory.create();
                PostgresCluster origin = PostgresSetup.ofVersion(major)
                        .withoutDataChecksums()
                        .withOwnIdentity()
                        .withTcp()
                        .prepare()) {
            ToolRun.successOf(
                    "cp",
                    "-a",
                    origin.dataDirectory().toString(),
                    elsewhere.resolve("copy").toString());
            try (PostgresCluster copy = PostgresCluster.open(elsewhere.resolve("copy"), Map.of())) {
                copy.start();
                assertThat(copy.value("SHOW listen_addresses")).isEmpty();
                assertThat(copy.value("SHOW data_checksums")).isEqualTo("off");
                copy.stop(PostgresCluster.Stop.FAST);
                copy.createFile("recovery.signal");
                assertThat(copy.startUntilFailure()).contains("restore_command");
            }
            assertThat(elsewhere.resolve("copy")).exists();
        }
    }

    @Test
    void runs_our_classes_as_the_user_of_the_server() {
        String command = PublishedClassPath.command(PrintsItsArguments.class.getName(), "a b");
        assertThat(ToolRun.successOf(ServerUser.current().command("sh", "-c", command)))
                .isEqualTo(ServerUser.current().name() + " a b\n");
    }

    /** What the command runs. */
    static final class PrintsItsArguments {
        private PrintsItsArguments() {}

        public static void main(String[] arguments) {
            System.out.println(System.getProperty("user.name") + " " + String.join(" ", arguments));
        }
    }
}
