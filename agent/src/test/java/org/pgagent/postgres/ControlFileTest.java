package org.pgagent.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

final class ControlFileTest {
    @ParameterizedTest(name = "PostgreSQL {0}")
    @MethodSource("org.pgagent.postgres.Golden#majors")
    void says_of_a_primary_what_the_server_says(int major) throws PgAgentException {
        says_what_the_server_says(major, "pg_control.primary");
    }

    @ParameterizedTest(name = "PostgreSQL {0}")
    @MethodSource("org.pgagent.postgres.Golden#majors")
    void says_of_a_standby_what_the_server_says(int major) throws PgAgentException {
        ControlFile control = says_what_the_server_says(major, "pg_control.standby");

        assertThat(control.state()).isEqualTo(ClusterState.IN_ARCHIVE_RECOVERY);
        assertThat(control.recovery().minimumRecoveryPoint()).isGreaterThan(Lsn.ZERO);
        assertThat(control.recovery().minimumRecoveryTimeline()).hasValue(new Timeline(1));
    }

    private static ControlFile says_what_the_server_says(int major, String name) throws PgAgentException {
        ControlFile control = ControlFile.parse(new Golden(major).bytes(name));
        Map<String, String> server = new Golden(major).expected(name);

        assertThat(control.majorVersion()).isEqualTo(major);
        assertThat(control.systemIdentifier()).hasToString(server.get("system_identifier"));
        assertThat(control.controlVersion()).hasToString(server.get("pg_control_version"));
        assertThat(control.catalogVersion().number()).hasToString(server.get("catalog_version_no"));
        assertThat(control.time()).isEqualTo(instant(server.get("pg_control_last_modified")));
        assertThat(control.state()).hasToString(server.get("state"));
        assertThat(control.checkpoint())
                .isEqualTo(new ControlFile.Checkpoint(
                        Lsn.parse(server.get("checkpoint_lsn")),
                        Lsn.parse(server.get("redo_lsn")),
                        Timeline.parse(server.get("timeline_id")),
                        Timeline.parse(server.get("prev_timeline_id"))));
        assertThat(control.recovery().minimumRecoveryPoint()).hasToString(server.get("min_recovery_end_lsn"));
        assertThat(control.recovery()
                        .minimumRecoveryTimeline()
                        .map(Timeline::toString)
                        .orElse("0"))
                .isEqualTo(server.get("min_recovery_end_timeline"));
        assertThat(control.recovery().backupStart()).hasToString(server.get("backup_start_lsn"));
        assertThat(control.recovery().backupEnd()).hasToString(server.get("backup_end_lsn"));
        assertThat(control.recovery().backupEndRequired() ? "t" : "f")
                .isEqualTo(server.get("end_of_backup_record_required"));
        assertThat(control.walLevel()).isEqualTo(1);
        assertThat(server).containsEntry("wal_level", "replica");
        assertThat(control.walLogHints() ? "on" : "off").isEqualTo(server.get("wal_log_hints"));
        assertThat(control.layout().pageSize()).hasToString(server.get("database_block_size"));
        assertThat(control.layout().relationSegmentPages()).hasToString(server.get("blocks_per_segment"));
        assertThat(control.layout().walPageSize()).hasToString(server.get("wal_block_size"));
        assertThat(control.layout().walSegmentSize().bytes()).hasToString(server.get("bytes_per_wal_segment"));
        assertThat(control.dataChecksumVersion()).hasToString(server.get("data_page_checksum_version"));
        assertThat(control.dataChecksums()).isTrue();
        return control;
    }

    private static Instant instant(String timestamptz) {
        assertThat(timestamptz).endsWith("+00");
        return Instant.parse(timestamptz.replace(' ', 'T').replace("+00", "Z"));
    }

    @ParameterizedTest(name = "PostgreSQL {0}")
    @MethodSource("org.pgagent.postgres.Golden#majors")
    void refuses_every_flipped_bit_before_the_checksum(int major) {
        byte[] image = new Golden(major).bytes("pg_control.primary");
        int crcOffset = major == 18 ? 292 : 288;
        for (int i = 0; i < crcOffset + 4; i++) {
            image[i] ^= 1;
            // The version tells where the checksum is, so a wrong one is told first.
            boolean version = i >= 8 && i < 12;
            Refusal.of(version ? ErrorKind.INCOMPATIBLE : ErrorKind.LOCAL_IO, () -> ControlFile.parse(image));
            image[i] ^= 1;
        }
    }

    @Test
    void refuses_an_image_of_another_size() {
        byte[] image = new Golden(15).bytes("pg_control.primary");

        Refusal.of(ErrorKind.LOCAL_IO, () -> ControlFile.parse(new byte[0]));
        Refusal.of(ErrorKind.LOCAL_IO, () -> ControlFile.parse(Arrays.copyOf(image, 8191)));
        Refusal.of(ErrorKind.LOCAL_IO, () -> ControlFile.parse(Arrays.copyOf(image, 8193)));
    }

    @Test
    void refuses_versions_that_it_does_not_know() {
        Refusal.of(ErrorKind.INCOMPATIBLE, () -> ControlFile.parse(changed(15, 8, 1201)));
        assertThat(Refusal.of(ErrorKind.INCOMPATIBLE, () -> ControlFile.parse(changed(15, 12, 202209062))))
                .hasMessageContaining("1300")
                .hasMessageContaining("202209062");
        // A catalog version of 16 in a control file of 18.
        Refusal.of(ErrorKind.INCOMPATIBLE, () -> ControlFile.parse(changed(18, 12, 202307071)));
    }

    @Test
    void refuses_a_control_file_of_another_byte_order() {
        assertThat(Refusal.of(
                                ErrorKind.INCOMPATIBLE,
                                () -> ControlFile.parse(changed(15, 8, Integer.reverseBytes(1300))))
                        .hint())
                .contains("little-endian");
    }

    @Test
    void refuses_a_right_checksum_around_a_wrong_value() {
        Refusal.of(ErrorKind.LOCAL_IO, () -> ControlFile.parse(changed(15, 16, 7)));
        Refusal.of(ErrorKind.LOCAL_IO, () -> ControlFile.parse(changed(15, 48, 0)));
        Refusal.of(ErrorKind.LOCAL_IO, () -> ControlFile.parse(changed(15, 216, 8191)));
        Refusal.of(ErrorKind.LOCAL_IO, () -> ControlFile.parse(changed(15, 220, 0)));
        Refusal.of(ErrorKind.LOCAL_IO, () -> ControlFile.parse(changed(15, 228, 3)));
    }

    @Test
    void checksums_may_be_off() throws PgAgentException {
        assertThat(ControlFile.parse(changed(15, 252, 0)).dataChecksums()).isFalse();
    }

    /** What a server has in its control file between its promotion and the end of the checkpoint that follows. */
    @Test
    void the_timeline_of_a_server_that_was_just_promoted_is_that_of_its_minimum_recovery_point()
            throws PgAgentException {
        assertThat(ControlFile.parse(changed(15, 144, 0)).timeline()).isEqualTo(new Timeline(1));
        assertThat(ControlFile.parse(changed(15, 144, 2)).timeline()).isEqualTo(new Timeline(2));
        assertThat(ControlFile.parse(changed(15, 48, 3)).timeline()).isEqualTo(new Timeline(3));
    }

    /** The golden image with one field changed and the checksum redone. */
    private static byte[] changed(int major, int offset, int value) {
        byte[] image = new Golden(major).bytes("pg_control.primary");
        ByteBuffer control = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
        control.putInt(offset, value);
        int crcOffset = major == 18 ? 292 : 288;
        CRC32C crc = new CRC32C();
        crc.update(image, 0, crcOffset);
        control.putInt(crcOffset, (int) crc.getValue());
        return image;
    }

    @ParameterizedTest(name = "PostgreSQL {0}")
    @MethodSource("org.pgagent.postgres.Golden#majors")
    void the_unusable_one_differs_in_the_checkpoint_only(int major) throws PgAgentException {
        byte[] image = new Golden(major).bytes("pg_control.primary");
        byte[] unusable = ControlFile.withUnusableCheckpoint(image);
        ControlFile before = ControlFile.parse(image);
        ControlFile after = ControlFile.parse(unusable);

        assertThat(after.checkpoint().location()).isEqualTo(new Lsn(0xDEAD));
        assertThat(image).as("left as it was").isEqualTo(new Golden(major).bytes("pg_control.primary"));
        assertThat(after)
                .usingRecursiveComparison()
                .ignoringFields("checkpoint.location")
                .isEqualTo(before);
        int crcOffset = major == 18 ? 292 : 288;
        for (int i = 0; i < image.length; i++) {
            if ((i < 32 || i >= 40) && (i < crcOffset || i >= crcOffset + 4)) {
                assertThat(unusable[i]).as("byte %d", i).isEqualTo(image[i]);
            }
        }
    }

    @Test
    void a_torn_image_is_not_made_to_look_whole() {
        byte[] image = new Golden(15).bytes("pg_control.primary");
        image[100]++;

        Refusal.of(ErrorKind.LOCAL_IO, () -> ControlFile.withUnusableCheckpoint(image));
    }

    @Test
    void catalog_versions_give_the_directories_in_tablespaces() throws PgAgentException {
        assertThat(CatalogVersion.ofMajor(15).tablespaceDirectory()).isEqualTo("PG_15_202209061");
        assertThat(CatalogVersion.ofMajor(18).tablespaceDirectory()).isEqualTo("PG_18_202506291");
        assertThat(Refusal.of(ErrorKind.INCOMPATIBLE, () -> CatalogVersion.ofMajor(12)))
                .hasMessage("PostgreSQL 12 is not supported");
        Refusal.of(ErrorKind.INCOMPATIBLE, () -> CatalogVersion.ofMajor(19));
    }
}
