package org.pgagent.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.pgagent.postgres.Lsn;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupKind;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupState;
import org.pgagent.repository.FailedDrill;
import org.pgagent.repository.ProvenRestore;
import org.pgagent.repository.RestoreDrills;

final class LastDrillTest {
    private static final Instant DAY = Instant.parse("2026-11-23T01:00:00Z");

    private static BackupRecord backup(String day, BackupState state) {
        return BackupRecord.running(new BackupId("202611" + day + "T055500Z-F"), BackupKind.FULL, null, null)
                .withState(state, null);
    }

    private static ProvenRestore proven(Instant at, long bytes, long walBytes) {
        return new ProvenRestore(
                at,
                "drills",
                "1.0",
                "end of WAL",
                Lsn.parse("0/5000000"),
                null,
                bytes,
                walBytes,
                40_000,
                12_000,
                3000,
                List.of("3 databases"));
    }

    private static FailedDrill failed(Instant at) {
        return new FailedDrill(at, "drills", "1.0", "recovery", "the server ended with status 1");
    }

    @Test
    void tells_of_the_newest_proof_and_only_of_a_failure_after_it() {
        BackupRecord older = RestoreDrills.of(backup("20", BackupState.OK), proven(DAY.plusSeconds(60), 1, 1));
        BackupRecord newer = RestoreDrills.of(backup("22", BackupState.OK), proven(DAY, 1, 1));
        BackupRecord bad = RestoreDrills.of(backup("21", BackupState.DONE), failed(DAY.minusSeconds(60)));
        BackupRecord worse = RestoreDrills.of(backup("19", BackupState.DONE), failed(DAY.plus(Duration.ofDays(1))));

        assertThat(LastDrill.lines(LastDrill.of(List.of(older, newer, bad))))
                .containsExactly("Last proven restore: 2026-11-23T01:01:00Z of 20261120T055500Z-F, RTO 52s")
                .allMatch(line -> line.length() <= 80);
        assertThat(String.join(" ", LastDrill.lines(LastDrill.of(List.of(older, newer, bad, worse)))))
                .contains(
                        "Restore drill FAILED: 20261119T055500Z-F at 2026-11-24T01:00:00Z, at the recovery: the server");
    }

    @Test
    void what_cannot_be_restored_any_more_proves_nothing() {
        BackupRecord corrupt = RestoreDrills.of(backup("20", BackupState.CORRUPT), proven(DAY, 1, 1));

        assertThat(LastDrill.lines(LastDrill.of(List.of(corrupt, backup("21", BackupState.OK)))))
                .isEmpty();
    }

    @Test
    void rates_are_those_of_a_drill_that_had_enough_to_do() {
        BackupId id = new BackupId("20261120T055500Z-F");

        RestoreRates small = RestoreRates.of(id, proven(DAY, 100 << 20, 1 << 20));
        RestoreRates large = RestoreRates.of(id, proven(DAY, 40L << 30, 12L << 30));
        RestoreRates files = RestoreRates.of(id, proven(DAY, 40L << 30, 1 << 20));

        assertThat(small).isEqualTo(RestoreRates.USUAL).hasToString("100 MiB of files and 40.0 MiB of WAL a second");
        assertThat(large).isEqualTo(new RestoreRates(1L << 30, 1L << 30, "as the restore drill of " + id + " had"));
        assertThat(files.replayBytesPerSecond()).isEqualTo(RestoreRates.USUAL.replayBytesPerSecond());
        assertThat(large.estimate(100L << 30, 10L << 30)).isEqualTo(Duration.ofSeconds(111));
    }
}
