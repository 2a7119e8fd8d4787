package org.pgagent.cases;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgagent.chunk.Compression;
import org.pgagent.error.ErrorKind;
import org.pgagent.kit.PostgresBinaries;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.ResidentProgram.Outcome;
import org.pgagent.kit.ServerUser;
import org.pgagent.kit.ToolRun;
import org.pgagent.postgres.ControlFile;
import org.pgagent.postgres.SystemIdentifier;
import org.pgagent.repository.BackupState;
import org.pgagent.repository.ProvenRestore;
import org.pgagent.repository.WalObjectReader;
import org.pgagent.repository.WalObjectWriter;
import org.pgagent.repository.WalObjects;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.WriteCondition;

/** What {@code pgagent validate --boot} tells of backups that come back, and of those that do not. */
final class BootValidationIT {
    private static final Repository REPOSITORY = Repository.shared();

    /** The oldest and the newest version. */
    static List<Integer> ends() {
        List<Integer> majors = PostgresBinaries.majors();
        return majors.stream()
                .filter(major -> major.equals(majors.get(0)) || major.equals(majors.get(majors.size() - 1)))
                .toList();
    }

    private static void requireStatus(Outcome outcome, int status) {
        assertThat(outcome.status()).as(outcome.output()).isEqualTo(status);
    }

    @ParameterizedTest(name = "PostgreSQL {0}")
    @MethodSource("ends")
    void a_drill_brings_everything_back_and_leaves_nothing_but_its_record(int major) throws IOException {
        try (DrillScene scene = new DrillScene("boot-" + major, PostgresSetup.ofVersion(major))) {
            scene.archiveWithMark();
            StoredBackup backup = scene.backUp();
            scene.cluster().sql("INSERT INTO kept SELECT i, 'later' FROM generate_series(1001, 1500) i");
            String time = scene.cluster()
                    .value("SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00'");
            scene.cluster().sql("INSERT INTO kept SELECT i, 'last' FROM generate_series(1501, 1700) i");
            scene.cluster().archiveWal();
            Path side = Path.of(scene.cluster()
                    .value("SELECT pg_tablespace_location(oid) FROM pg_tablespace" + " WHERE spcname = 'side'"));
            String sideBefore = treeHash(side);
            long archivedBefore = Files.readAllLines(scene.mark()).size();

            Outcome planned = scene.drill("--dry-run");
            requireStatus(planned, 0);
            assertThat(planned.out()).contains("Plan: restore drill", "removed afterwards");
            scene.requireClean();

            Path sql = scene.sql("""
                    SELECT 'rows: ' || count(*) FROM kept;
                    SELECT 1 / (count(*) = 1700)::int FROM kept;
                    SHOW archive_mode;
                    SHOW shared_preload_libraries;
                    CREATE TEMP TABLE t (i int);
                    SELECT 1 / (count(*) = 0)::int FROM pg_stat_activity WHERE backend_type LIKE 'logical%';
                    """);
            Outcome whole = scene.drill("--sql-file", sql.toString());
            requireStatus(whole, 0);
            assertThat(whole.out())
                    .contains(
                            "Restore drill of " + backup.id() + " went well", "rows: 1700", "3 databases", "smoke.sql")
                    .contains(" off\n")
                    .doesNotContain("is_not_here");
            scene.requireClean();

            scene.sql("SELECT 1 / (count(*) = 1500)::int FROM kept;\n");
            Outcome byTime = scene.drill(
                    "--target-time",
                    time,
                    "--sql-file",
                    sql.toString(),
                    backup.id().value());
            requireStatus(byTime, 0);
            scene.requireClean();

            assertThat(Files.readAllLines(scene.mark())).hasSize((int) archivedBefore);
            assertThat(scene.scratch().resolve("touched")).doesNotExist();
            assertThat(treeHash(side)).isEqualTo(sideBefore);
            assertThat(scene.cluster().value("SELECT count(*) FROM kept")).isEqualTo("1700");

            ProvenRestore proven = scene.record(backup).drills().proven();
            assertThat(proven.target()).startsWith("time ");
            assertThat(proven.recoveryTime()).isPositive();
            assertThat(proven.checks()).contains("3 databases", "smoke.sql");
            assertThat(proven.checks().contains("pg_amcheck")).isEqualTo(major >= 14);
            assertThat(scene.record(backup).state()).isEqualTo(BackupState.OK);
            assertThat(scene.show().out()).contains("Last proven restore: ", " of " + backup.id() + ", RTO ");
            assertThat(scene.show(backup.id().value()).out()).contains("Restore proven", "RTO then");
            assertThat(scene.show("--json").out()).contains("\"last_proven_restore\"", "\"rto_seconds\"");
        }
    }

    private static String treeHash(Path directory) {
        return ToolRun.successOf(
                "sh", "-c", "cd \"$1\" && find . -type f | sort | xargs -d '\\n' md5sum", "sh", directory.toString());
    }

    @Test
    void what_does_not_come_back_is_told_with_its_reason_and_kept_in_mind() throws IOException {
        int major = PostgresBinaries.newestMajor();
        try (DrillScene scene =
                new DrillScene("boot-bad", PostgresSetup.ofVersion(major).withoutDataChecksums())) {
            scene.cluster().sql("CREATE TABLE indexed AS SELECT i FROM generate_series(1, 3000) i");
            scene.cluster().sql("CREATE INDEX damaged ON indexed (i)");
            scene.cluster().sql("CHECKPOINT");
            StoredBackup whole = scene.backUp();
            scene.cluster().archiveWal();
            requireStatus(scene.drill(), 0);
            ProvenRestore proven = scene.record(whole).drills().proven();

            Outcome nobody = scene.drill("--superuser", "nobody");
            requireStatus(nobody, ErrorKind.CONFIGURATION.exitCode());
            assertThat(nobody.err()).contains("none of these is a superuser", "--superuser ROLE");
            assertThat(scene.record(whole).drills().failed()).isNull();
            scene.requireClean();

            Path sql = scene.sql("SELECT 1;\nSELECT 1/0;\nSELECT 'never';\n");
            Outcome failing = scene.drill("--sql-file", sql.toString());
            requireStatus(failing, ErrorKind.CORRUPTED.exitCode());
            assertThat(failing.out())
                    .contains("FAILED at the checks", "division by zero")
                    .doesNotContain("never");
            assertThat(failing.err()).contains("the restore drill of backup " + whole.id() + " failed at the checks");
            scene.requireClean();
            assertThat(scene.record(whole).drills().proven()).isEqualTo(proven);
            assertThat(scene.record(whole).drills().failed().error()).contains("division by zero");
            assertThat(scene.record(whole).state()).isEqualTo(BackupState.OK);
            assertThat(scene.show().out()).contains("Last proven restore: ", "Restore drill FAILED: " + whole.id());

            damageIndex(scene.cluster());
            StoredBackup damaged = scene.backUp();
            scene.cluster().archiveWal();
            Outcome amcheck = scene.drill();
            requireStatus(amcheck, ErrorKind.CORRUPTED.exitCode());
            assertThat(amcheck.out()).contains("pg_amcheck ended with status 2", "damaged");
            assertThat(scene.record(damaged).drills().failed().step()).isEqualTo("checks");
            scene.requireClean();

            String oid = scene.cluster().value("SELECT oid FROM pg_database WHERE datname = 'odd = name'");
            Files.write(scene.cluster().dataDirectory().resolve("base/" + oid + "/pg_filenode.map"), new byte[512]);
            scene.backUp();
            scene.cluster().archiveWal();
            Outcome unusable = scene.drill();
            requireStatus(unusable, ErrorKind.CORRUPTED.exitCode());
            assertThat(unusable.out().replace("\n", " ")).contains("the database odd = name cannot be used");
            scene.requireClean();

            Outcome json = scene.drill("--json", "--no-record", whole.id().value());
            requireStatus(json, 0);
            assertThat(json.out()).contains("\"good\" : true", "\"recorded\" : false", "\"rto_seconds\"");
            assertThat(scene.record(whole).drills().failed()).isNotNull();
        }
    }

    /** Exchanges the keys of the index's first two items, as a library that sorts in another way would have them. */
    private static void damageIndex(PostgresCluster cluster) throws IOException {
        String file = cluster.value("SELECT pg_relation_filepath('damaged')");
        cluster.stop(PostgresCluster.Stop.FAST);
        Path index = cluster.dataDirectory().resolve(file);
        try (FileChannel channel = FileChannel.open(index, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer page = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);
            channel.read(page, 8192);
            int one = page.getInt(24 + 4 * 5) & 0x7fff;
            int two = page.getInt(24 + 4 * 6) & 0x7fff;
            int key = page.getInt(one + 8);
            page.putInt(one + 8, page.getInt(two + 8));
            page.putInt(two + 8, key);
            channel.write(page.rewind(), 8192);
        }
        cluster.start();
    }

    @Test
    void a_drill_that_is_stopped_clears_up_and_one_that_was_killed_is_cleared_away_by_the_next() throws Exception {
        try (DrillScene scene = new DrillScene("boot-killed")) {
            StoredBackup backup = scene.backUp();
            scene.cluster().archiveWal();

            Process stopped = scene.drillThatWaits();
            stopped.destroy();
            assertThat(stopped.waitFor()).as(scene.drillLog()).isEqualTo(ErrorKind.INTERRUPTED.exitCode());
            scene.requireClean();
            assertThat(scene.record(backup).drills()).isNull();

            Process killed = scene.drillThatWaits();
            killed.destroyForcibly().waitFor();
            assertThat(scene.processes()).isNotEmpty();
            Path foreign = Files.createDirectory(scene.place().resolve("pgagent-drill-0badf00d"));
            Files.writeString(foreign.resolve("precious"), "somebody's");
            ServerUser.current().own(foreign);
            Outcome next = scene.drill();
            requireStatus(next, 0);
            assertThat(next.output()).contains("an earlier drill was killed", "server=stopped");
            assertThat(foreign.resolve("precious")).hasContent("somebody's");
            ToolRun.successOf("rm", "-r", foreign.toString());
            scene.requireClean();
        }
    }

    @Test
    void wal_that_is_damaged_or_missing_fails_a_drill() throws IOException {
        try (DrillScene scene = new DrillScene("boot-wal")) {
            StoredBackup backup = scene.backUp();
            scene.cluster().sql("INSERT INTO kept SELECT i, 'more' FROM generate_series(2001, 2500) i");
            String second = scene.cluster().archiveWal();
            scene.cluster().sql("INSERT INTO kept SELECT i, 'more' FROM generate_series(3001, 3500) i");
            scene.cluster().archiveWal();
            scene.cluster().stop(PostgresCluster.Stop.FAST);
            ObjectKey key = Repository.keys(scene.name()).walFile(second);
            byte[] object = REPOSITORY.store().getSmall(key, 2 << 20).bytes();
            // One bit could be that of an offset into a run of equal bytes, and change nothing of what comes out.
            for (int i = 0; i < 16; i++) {
                object[object.length / 2 + i] ^= (byte) 0xA5;
            }
            REPOSITORY.store().put(key, ByteBuffer.wrap(object), WriteCondition.always());

            Outcome damaged = scene.drill();
            requireStatus(damaged, ErrorKind.CORRUPTED.exitCode());
            assertThat(damaged.err()).contains("failed at the recovery", "WAL file " + second + " cannot be fetched: ");
            assertThat(scene.record(backup).drills().failed().step()).isEqualTo("recovery");
            scene.requireClean();

            REPOSITORY.store().delete(List.of(key));

            Outcome gap = scene.drill();
            requireStatus(gap, ErrorKind.CORRUPTED.exitCode());
            assertThat(gap.err())
                    .contains("there is a gap in the archive", backup.id().value());
            scene.requireClean();
        }
    }

    @Test
    void a_recovery_that_takes_bad_wal_for_the_end_of_it_is_not_taken_for_whole() throws IOException {
        try (DrillScene scene = new DrillScene("boot-unreadable")) {
            StoredBackup backup = scene.backUp();
            String second = scene.insertAndArchive(2001);
            scene.insertAndArchive(3001);
            scene.insertAndArchive(4001);
            scene.cluster().stop(PostgresCluster.Stop.FAST);
            exchangeBytes(scene, second);

            Outcome outcome = scene.drill();
            requireStatus(outcome, ErrorKind.CORRUPTED.exitCode());
            assertThat(outcome.out().replace("\n", " ")).contains("is not WAL that the server can read");
            assertThat(scene.record(backup).drills().failed().error()).contains("and the archive has WAL up to");
            scene.requireClean();
        }
    }

    /** Stores a segment anew with a record that its own checksum does not fit, as a bad disk of the source would have it. */
    private static void exchangeBytes(DrillScene scene, String segment) throws IOException {
        WalObjects objects = new WalObjects(REPOSITORY.store(), Repository.keys(scene.name()));
        ObjectKey key = Repository.keys(scene.name()).walFile(segment);
        ByteArrayOutputStream original = new ByteArrayOutputStream();
        try (WalObjectReader reader =
                objects.open(key, WalObjects.SIZE_MAX_BYTES).orElseThrow()) {
            reader.copyTo(original);
        }
        byte[] bytes = original.toByteArray();
        for (int i = 0; i < 100; i++) {
            bytes[20_000 + i] ^= 0x55;
        }
        SystemIdentifier system = ControlFile.parse(
                        Files.readAllBytes(scene.cluster().dataDirectory().resolve("global/pg_control")))
                .systemIdentifier();
        REPOSITORY.store().delete(List.of(key));
        try (WalObjectWriter writer = objects.create(key, Compression.NONE, bytes.length)) {
            writer.write(bytes, 0, bytes.length);
            writer.seal(segment, system);
            writer.publish();
        }
    }

    @Test
    void a_tablespace_that_a_server_on_this_host_has_since_is_not_written_into() throws IOException {
        try (DrillScene scene = new DrillScene("boot-nearby")) {
            scene.backUp();
            Path since = scene.cluster().createDirectory("since");
            scene.cluster().sql("CREATE TABLESPACE since LOCATION '" + since + "'");
            scene.cluster().sql("CREATE TABLE in_since TABLESPACE since AS SELECT generate_series(1, 10) i");
            scene.cluster().archiveWal();
            String before = treeHash(since);

            Outcome refused = scene.drill();
            requireStatus(refused, ErrorKind.TARGET_DIRECTORY.exitCode());
            assertThat(refused.err()).contains(since.toString(), "on another host");
            assertThat(treeHash(since)).isEqualTo(before);
            scene.requireClean();
        }
    }

    @Test
    void what_the_source_archives_after_the_plan_is_no_part_of_the_drill() throws Exception {
        try (DrillScene scene = new DrillScene("boot-since")) {
            scene.backUp();
            scene.insertAndArchive(2001);

            Process drill = scene.drillThatStandsStill();
            Path since = scene.cluster().createDirectory("since");
            scene.cluster().sql("CREATE TABLESPACE since LOCATION '" + since + "'");
            scene.cluster().sql("CREATE TABLE in_since TABLESPACE since AS SELECT generate_series(1, 10) i");
            scene.cluster().sql("CHECKPOINT");
            scene.cluster().archiveWal();
            String before = treeHash(since);
            DrillScene.goOn(drill);

            assertThat(drill.waitFor()).as(scene.drillLog()).isZero();
            assertThat(scene.drillLog()).contains("went well");
            assertThat(treeHash(since)).isEqualTo(before);
            assertThat(scene.cluster().value("SELECT count(*) FROM in_since")).isEqualTo("10");
            scene.requireClean();
        }
    }
}
