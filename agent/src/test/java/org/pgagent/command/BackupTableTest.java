package org.pgagent.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.SystemIdentifier;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.WalRange;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupKind;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.BackupSource;
import org.pgagent.repository.BackupState;

final class BackupTableTest {
    private static final Instant TIME = Instant.parse("2026-11-22T05:55:00Z");

    private static BackupRecord running() {
        BackupSource source = new BackupSource(
                new SystemIdentifier(7_386_812_345_678_901_234L),
                150_020,
                8192,
                8192,
                16 << 20,
                true,
                false,
                Instant.parse("2026-11-01T00:00:00Z"),
                false,
                Map.of("max_connections", "100"),
                List.of(new BackupSource.Tablespace(16_385, "/srv/fast")),
                Map.of(),
                null);
        return BackupRecord.running(
                new BackupId("20261122T055500Z-F"),
                BackupKind.FULL,
                new BackupRecord.Writer("db1", 4711, "0.1.0"),
                source);
    }

    private static BackupRecord done() {
        Lsn begin = Lsn.parse("16/B3000028");
        Lsn end = Lsn.parse("16/B5000138");
        Timeline timeline = new Timeline(12);
        return running()
                .withBounds(
                        new BackupRecord.Start(TIME, timeline, begin, "fast", "nightly"),
                        new BackupRecord.Stop(
                                TIME.plusSeconds(11_100),
                                timeline,
                                end,
                                List.of(new WalRange(timeline, begin, end)),
                                735L,
                                TIME.plusSeconds(11_160)))
                .withContent(
                        new BackupRecord.Totals(1234, 56, 1, 4L << 40, 4L << 40, 1012L << 30, 0, "zstd:3", 1 << 20),
                        List.of(new BackupRecord.Pack(0, 1L << 30, "2adf8540")),
                        null)
                .withState(BackupState.DONE, null);
    }

    private static BackupRecords.Listed listed(List<BackupRecord> records) {
        return new BackupRecords.Listed(records, List.of());
    }

    @Test
    void a_backup_whose_record_is_damaged_has_its_place_in_the_table() {
        BackupRecords.Unreadable damaged = new BackupRecords.Unreadable(
                new BackupId("20261123T055500Z-F"), new PgAgentException(ErrorKind.CORRUPTED, "no JSON", "Look."));

        List<String> lines = BackupTable.lines(new BackupRecords.Listed(List.of(done()), List.of(damaged)));

        assertThat(lines.get(2))
                .startsWith("-                 20261123T055500Z-F  -")
                .endsWith("UNREADABLE");
        assertThat(lines.get(3)).endsWith("DONE");
        assertThat(lines).allMatch(line -> line.length() <= 80);
    }

    @Test
    void a_backup_is_one_line_with_what_pg_rman_shows() {
        List<String> lines = BackupTable.lines(listed(List.of(done())));

        assertThat(lines).hasSize(3);
        assertThat(lines.get(2)).isEqualTo("2026-11-22 05:55  20261122T055500Z-F  FULL     3h06m  1012 GiB   12  DONE");
    }

    @Test
    void the_newest_backup_comes_first_and_the_table_fits_on_a_terminal() {
        List<String> lines =
                BackupTable.lines(listed(List.of(done().withState(BackupState.DELETING, null), running())));

        assertThat(lines.get(2)).endsWith("RUNNING");
        assertThat(lines.get(3)).endsWith("DELETING");
        assertThat(lines).allMatch(line -> line.length() <= 80);
    }

    @Test
    void a_backup_that_never_got_far_is_shown_with_what_it_has() {
        BackupRecord failed = running().withState(BackupState.ERROR, "no connection");

        assertThat(BackupTable.lines(listed(List.of(failed))).get(2))
                .isEqualTo("-                 20261122T055500Z-F  FULL         -     -    -  ERROR");
        assertThat(BackupDetail.lines(failed, Optional.empty()))
                .contains("Status             ERROR", "Error              no connection")
                .anyMatch(line -> line.equals("PostgreSQL         15.20"));
    }

    @Test
    void the_detail_of_a_backup_has_everything_that_a_restore_depends_on() {
        assertThat(BackupDetail.lines(done(), Optional.empty()))
                .contains(
                        "Backup             20261122T055500Z-F",
                        "Label              nightly",
                        "Start LSN          16/B3000028 on timeline 12",
                        "WAL needed         16/B3000028 to 16/B5000138 on timeline 12",
                        "System identifier  7386812345678901234",
                        "Tablespace         16385 at /srv/fast",
                        "Taken by           pgagent 0.1.0 on db1")
                .allMatch(line -> line.length() <= 80);
    }
}
