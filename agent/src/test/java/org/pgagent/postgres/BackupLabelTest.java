package org.pgagent.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

final class BackupLabelTest {
    private static final String TEXT = """
        START WAL LOCATION: 16/B374D848 (file 0000000A00000016000000B3)
        CHECKPOINT LOCATION: 16/B374D880
        BACKUP METHOD: streamed
        BACKUP FROM: standby
        START TIME: 2026-11-22 05:55:00 CET
        LABEL: pgagent 20261122T045500Z-F
        START TIMELINE: 10
        """;

    @ParameterizedTest(name = "PostgreSQL {0}")
    @MethodSource("org.pgagent.postgres.Golden#majors")
    void reads_the_label_of_the_server(int major) throws PgAgentException {
        Golden golden = new Golden(major);
        BackupLabel label = BackupLabel.parse(golden.text("backup_label"));

        assertThat(label.start()).hasToString(golden.expected("backup").get("start"));
        assertThat(label.label()).isEqualTo("golden " + major);
        assertThat(label.standby()).isFalse();
        assertThat(label.timeline()).isEqualTo(new Timeline(1));
        assertThat(label.checkpoint()).isGreaterThan(label.start());
        assertThat(label.startTime()).endsWith(" UTC");
    }

    @Test
    void reads_every_line() throws PgAgentException {
        assertThat(BackupLabel.parse(TEXT))
                .isEqualTo(new BackupLabel(
                        Lsn.parse("16/B374D848"),
                        "0000000A00000016000000B3",
                        Lsn.parse("16/B374D880"),
                        true,
                        "2026-11-22 05:55:00 CET",
                        "pgagent 20261122T045500Z-F",
                        new Timeline(10)));
    }

    @Test
    void a_label_may_be_empty_or_look_like_anything() throws PgAgentException {
        assertThat(BackupLabel.parse(TEXT.replace("pgagent 20261122T045500Z-F", ""))
                        .label())
                .isEmpty();
        assertThat(BackupLabel.parse(TEXT.replace("pgagent 20261122T045500Z-F", "START TIMELINE: 3 'é'"))
                        .label())
                .isEqualTo("START TIMELINE: 3 'é'");
    }

    @Test
    void refuses_the_label_of_an_incremental_backup_of_the_server() {
        String incremental = TEXT + "INCREMENTAL FROM LSN: 16/A0000028\nINCREMENTAL FROM TLI: 10\n";

        assertThat(Refusal.of(ErrorKind.INCOMPATIBLE, () -> BackupLabel.parse(incremental))
                        .hint())
                .contains("pg_combinebackup");
    }

    @ParameterizedTest
    @CsvSource({
        "streamed, pg_start_backup",
        "standby, elsewhere",
        "START TIMELINE: 10, START TIMELINE: 11",
        "START TIMELINE: 10, START TIMELINE: 0",
        "START TIMELINE: 10, START TIMELINE: x",
        "16/B374D848, 16B374D848",
        "16/B374D880, 16/B374D880000",
        "(file 0000000A00000016000000B3), ''",
        "START WAL LOCATION, Start WAL Location",
        "LABEL: , ''"
    })
    void refuses_a_line_that_no_server_writes(String line, String edited) {
        Refusal.of(ErrorKind.INCOMPATIBLE, () -> BackupLabel.parse(TEXT.replace(line, edited)));
    }

    @Test
    void refuses_text_that_was_edited() {
        Refusal.of(ErrorKind.INCOMPATIBLE, () -> BackupLabel.parse(""));
        Refusal.of(ErrorKind.INCOMPATIBLE, () -> BackupLabel.parse(TEXT.stripTrailing()));
        Refusal.of(ErrorKind.INCOMPATIBLE, () -> BackupLabel.parse(TEXT + "\n"));
        Refusal.of(ErrorKind.INCOMPATIBLE, () -> BackupLabel.parse("\uFEFF" + TEXT));
        Refusal.of(ErrorKind.INCOMPATIBLE, () -> BackupLabel.parse(TEXT.replace("\n", "\r\n")));
        Refusal.of(ErrorKind.INCOMPATIBLE, () -> BackupLabel.parse(TEXT + TEXT));
    }
}
