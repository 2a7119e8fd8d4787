package org.pgagent.cases;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgagent.kit.PostgresBinaries;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.ResidentProgram.Outcome;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.BackupState;
import org.pgagent.storage.WriteCondition;

/**
 * WAL of the right name that another server put into the repository first: a clone made by a snapshot of the disk has the
 * same system identifier and timeline, so only the server's own archiving tells whose it is.
 */
final class ForeignWalIT {
    private static final Repository REPOSITORY = Repository.shared();

    private static Stream<Integer> majors() {
        return Stream.of(13, 18).filter(PostgresBinaries.majors()::contains);
    }

    private static PostgresSetup setup(int major, String name) {
        return REPOSITORY.archiving(PostgresSetup.ofVersion(major).withWalSegmentMiB(1), name);
    }

    private static String currentSegment(PostgresCluster cluster) {
        return cluster.value("SELECT pg_walfile_name(pg_current_wal_insert_lsn())");
    }

    /**
     * Starts a twin of the cluster, and lets it archive its own segment of a name that the cluster is going to use. Then the
     * cluster gets the right to archive.
     */
    private static String archiveOnTwin(PostgresCluster cluster, PostgresSetup setup, String name, int segmentsAhead) {
        try (PostgresCluster twin = setup.withSetting("archive_command", "true").start()) {
            twin.sql("CREATE TABLE only_here (i int)");
            String current = currentSegment(twin);
            assertThat(current).as("the twins are at one place").isEqualTo(currentSegment(cluster));
            for (int i = 0; i < segmentsAhead; i++) {
                twin.archiveWal();
            }
            twin.setArchiveCommand(setup.settings().get("archive_command"));
            String segment = twin.archiveWal();
            REPOSITORY.adopt(cluster.dataDirectory(), name);
            return segment;
        }
    }

    private static void requireNoBackup(String name) throws IOException {
        List<BackupRecord> records = new BackupRecords(REPOSITORY.store(), Repository.keys(name))
                .list()
                .records();
        assertThat(records).isNotEmpty().noneMatch(BackupRecord::restorable);
        assertThat(records).allMatch(record -> record.state().equals(BackupState.ERROR));
    }

    private static void requireConflict(Outcome outcome, String segment) {
        assertThat(outcome.status()).as(outcome.output()).isEqualTo(20);
        assertThat(outcome.output())
                .contains("WAL segment " + segment + " did not arrive")
                .contains("has another content under that name")
                .contains("--cluster");
    }

    @ParameterizedTest
    @MethodSource("majors")
    void a_clones_segment_before_the_backup_is_none_of_its_servers(int major) throws IOException {
        requireRefusedAfterClone(major, "before-" + major, 0);
    }

    @ParameterizedTest
    @MethodSource("majors")
    void a_clones_segment_within_the_backup_is_none_of_its_servers(int major) throws IOException {
        requireRefusedAfterClone(major, "within-" + major, 1);
    }

    private static void requireRefusedAfterClone(int major, String name, int segmentsAhead) throws IOException {
        PostgresSetup setup = setup(major, name);
        try (PostgresCluster cluster = setup.start()) {
            String segment = archiveOnTwin(cluster, setup, name, segmentsAhead);

            requireConflict(REPOSITORY.onServer(cluster, name, "backup", "--archive-timeout", "2s"), segment);
            requireNoBackup(name);
        }
    }

    @ParameterizedTest
    @MethodSource("majors")
    void a_check_does_not_take_a_clones_segment_for_its_servers(int major) {
        String name = "check-" + major;
        PostgresSetup setup = setup(major, name);
        try (PostgresCluster cluster = setup.start()) {
            String segment = archiveOnTwin(cluster, setup, name, 0);

            requireConflict(REPOSITORY.onServer(cluster, name, "check", "--archive-timeout", "2s"), segment);
        }
    }

    @Test
    void an_archive_command_that_hides_the_refusal_does_not_make_a_clones_segment_good() throws IOException {
        String name = "hidden";
        PostgresSetup setup = setup(15, name);
        try (PostgresCluster cluster = setup.start()) {
            String segment = archiveOnTwin(cluster, setup, name, 1);
            cluster.setArchiveCommand(Repository.archiveCommand(name) + " || true");

            Outcome backup = REPOSITORY.onServer(cluster, name, "backup", "--archive-timeout", "5s");

            assertThat(backup.status()).as(backup.output()).isEqualTo(20);
            assertThat(backup.err())
                    .contains(segment)
                    .contains("another content")
                    .contains("hint: ");
            requireNoBackup(name);
        }
    }

    @Test
    void an_object_that_is_too_short_to_be_a_segment_is_none() throws IOException {
        String name = "short";
        try (PostgresCluster cluster = setup(15, name).start()) {
            cluster.archiveWal();
            String segment = currentSegment(cluster);
            REPOSITORY
                    .store()
                    .put(
                            Repository.keys(name).walFile(segment),
                            ByteBuffer.wrap(new byte[] {1}),
                            WriteCondition.ifAbsent());

            requireConflict(REPOSITORY.onServer(cluster, name, "check", "--archive-timeout", "2s"), segment);
            requireConflict(REPOSITORY.onServer(cluster, name, "backup", "--archive-timeout", "2s"), segment);
            requireNoBackup(name);
        }
    }
}
