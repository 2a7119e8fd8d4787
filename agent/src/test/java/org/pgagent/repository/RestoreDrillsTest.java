package org.pgagent.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.pgagent.postgres.Lsn;

final class RestoreDrillsTest {
    private static final ProvenRestore PROVEN = new ProvenRestore(
            Instant.parse("2026-11-23T01:00:00Z"),
            "drills",
            "1.0",
            "end of WAL",
            Lsn.parse("0/5000000"),
            null,
            1000,
            100,
            40_000,
            12_000,
            3000,
            List.of("3 databases"));

    private static final FailedDrill FAILED =
            new FailedDrill(Instant.parse("2026-11-24T01:00:00Z"), "drills", "1.0", "checks", "division by zero");

    private static BackupRecord record() {
        return BackupRecord.running(new BackupId("20261122T055500Z-F"), BackupKind.FULL, null, null);
    }

    @Test
    void a_failure_leaves_what_was_proven_and_a_new_proof_ends_the_failure() {
        BackupRecord proven = RestoreDrills.of(record(), PROVEN);
        BackupRecord failed = RestoreDrills.of(proven, FAILED);

        assertThat(failed.drills()).isEqualTo(new RestoreDrills(PROVEN, FAILED));
        assertThat(RestoreDrills.of(failed, PROVEN).drills()).isEqualTo(new RestoreDrills(PROVEN, null));
        assertThat(RestoreDrills.of(record(), FAILED).drills()).isEqualTo(new RestoreDrills(null, FAILED));
        assertThat(PROVEN.recoveryTime()).isEqualTo(Duration.ofSeconds(52));
    }

    @Test
    void is_read_as_it_was_written_and_records_without_it_load() throws Exception {
        BackupRecord told = RestoreDrills.of(RestoreDrills.of(record(), PROVEN), FAILED);
        byte[] json = RepositoryJson.print(told);

        assertThat(RepositoryJson.read(json, BackupRecord.class, "a record")).isEqualTo(told);
        assertThat(new String(json, StandardCharsets.UTF_8))
                .contains("\"drills\"", "\"restore_millis\" : 40000", "\"replayed_to\" : \"0/5000000\"");
        byte[] without = RepositoryJson.print(record());
        assertThat(new String(without, StandardCharsets.UTF_8)).doesNotContain("drills");
        assertThat(RepositoryJson.read(without, BackupRecord.class, "a record").drills())
                .isNull();
    }

    @Test
    void is_of_the_bytes_that_were_restored_only() {
        BackupRecord told = RestoreDrills.of(record(), PROVEN);

        assertThat(told.rewritten(new ManifestSum(1, "00", null), List.of()).drills())
                .isNull();
        assertThat(told.deleted(List.of()).drills()).isNull();
        assertThat(told.asInManifest()).isEqualTo(record().asInManifest());
    }

    @Test
    void refuses_what_no_drill_can_have() {
        assertThatThrownBy(() -> new RestoreDrills(null, null)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new ProvenRestore(
                        PROVEN.at(), "h", "1", "t", PROVEN.replayedTo(), null, 1, 1, -1, 1, 1, List.of()))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
