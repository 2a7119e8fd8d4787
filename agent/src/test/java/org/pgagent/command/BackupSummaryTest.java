package org.pgagent.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.pgagent.backup.BackupResult;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.SystemIdentifier;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.WalRange;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupKind;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupSource;
import org.pgagent.repository.BackupState;
import org.pgagent.repository.ChangedBy;
import org.pgagent.storage.StoreCounts;
import org.pgagent.storage.StoreRequest;

final class BackupSummaryTest {
    private static final Instant TIME = Instant.parse("2026-11-22T05:55:00Z");
    private static final StoreCounts COUNTS =
            new StoreCounts(Map.of(StoreRequest.PUT, 5L, StoreRequest.UPLOAD_PART, 37L), 0, 0);

    /** Of 4 GiB, 3 GiB of which were read in a minute and a half; 1 GiB is stored. */
    private static BackupRecord record(BackupKind kind, BackupRecord.Parent parent) {
        BackupSource source = new BackupSource(
                new SystemIdentifier(7_386_812_345_678_901_234L),
                150_020,
                8192,
                8192,
                16 << 20,
                true,
                false,
                TIME,
                false,
                Map.of(),
                List.of(),
                Map.of(),
                null);
        BackupId id = BackupId.of(TIME, kind);
        Lsn begin = Lsn.parse("16/B3000028");
        Lsn end = Lsn.parse("16/B5000138");
        Timeline timeline = new Timeline(12);
        return BackupRecord.running(id, kind, new BackupRecord.Writer("db1", 4711, "0.1.0"), source)
                .withParent(parent)
                .withBounds(
                        new BackupRecord.Start(TIME, timeline, begin, "fast", "nightly"),
                        new BackupRecord.Stop(
                                TIME.plusSeconds(90),
                                timeline,
                                end,
                                List.of(new WalRange(timeline, begin, end)),
                                735L,
                                TIME.plusSeconds(93)))
                .withContent(
                        new BackupRecord.Totals(1234, 56, 1, 4L << 30, 3L << 30, 1L << 30, 2, "zstd:3", 1 << 20),
                        List.of(
                                new BackupRecord.Pack(0, 700L << 20, "2adf8540"),
                                new BackupRecord.Pack(1, 324L << 20, "2adf8541")),
                        null)
                .withState(BackupState.OK, null);
    }

    @Test
    void an_operator_sees_what_was_stored_how_fast_and_what_wal_it_needs() {
        BackupResult result =
                new BackupResult(record(BackupKind.FULL, null), Duration.ofSeconds(90), Duration.ofMillis(3210));

        assertThat(BackupSummary.lines(result, COUNTS))
                .containsExactly(
                        "Backup 20261122T055500Z-F is complete, status OK",
                        "  Size        4.00 GiB in 1234 files",
                        "  Stored      1.00 GiB in 2 packs, zstd:3, 4.0 : 1",
                        "  Copied in   1m30s, 34.1 MiB/s",
                        "  WAL         16/B3000028 to 16/B5000138 on timeline 12, waited 3.2s",
                        "  Requests    42",
                        "  Bad pages   2");
    }

    /** What it has stored is no measure of how well that was compressed: most of it lies in its parents. */
    @Test
    void an_incremental_one_says_of_what_and_no_ratio() {
        BackupRecord.Parent parent =
                new BackupRecord.Parent(new BackupId("20261121T055500Z-F"), ChangedBy.SUMMARIES, List.of());
        BackupResult result =
                new BackupResult(record(BackupKind.INCREMENTAL, parent), Duration.ofSeconds(90), Duration.ZERO);

        assertThat(BackupSummary.lines(result, COUNTS))
                .startsWith("Backup 20261122T055500Z-I is complete, status OK")
                .contains(
                        "  Parent      20261121T055500Z-F, changes told by " + ChangedBy.SUMMARIES,
                        "  Stored      1.00 GiB in 2 packs, zstd:3",
                        "  WAL         16/B3000028 to 16/B5000138 on timeline 12, waited 0s");
    }

    @Test
    void a_backup_that_took_no_time_has_a_rate_nevertheless() {
        BackupResult result = new BackupResult(record(BackupKind.FULL, null), Duration.ZERO, Duration.ofSeconds(1));

        assertThat(BackupSummary.lines(result, COUNTS)).contains("  Copied in   0s, 2.93 TiB/s");
    }
}
