package org.pgagent.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgagent.CapturedProgram;
import org.pgagent.CapturedProgram.Outcome;
import org.pgagent.error.ErrorKind;
import org.pgagent.postgres.Lsn;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupKind;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupState;
import org.pgagent.repository.ProvenRestore;
import org.pgagent.repository.RepositoryJson;
import org.pgagent.repository.RestoreDrills;

final class ShowCommandTest {
    @TempDir
    private Path bucket;

    @Test
    void a_damaged_record_is_shown_as_such_and_told_on_standard_error() throws IOException {
        Path records = Files.createDirectories(bucket.resolve("main/records"));
        Files.writeString(records.resolve("20261122T055500Z-F.json"), "{");
        CapturedProgram program = new CapturedProgram().with("PGAGENT_BUCKET", "file://" + bucket);

        Outcome table = program.run("show");
        Outcome json = program.run("show", "--json");
        Outcome one = program.run("show", "20261122T055500Z-F");

        assertThat(table.status()).isZero();
        assertThat(table.out()).containsPattern("20261122T055500Z-F .* UNREADABLE");
        assertThat(table.err()).contains("records/20261122T055500Z-F.json");
        assertThat(json.status()).isZero();
        assertThat(json.out()).contains("\"status\" : \"UNREADABLE\"");
        assertThat(one.status()).isEqualTo(22);
    }

    @Test
    void the_last_proven_restore_is_told_below_the_list_and_in_its_document() throws IOException {
        BackupRecord proven = RestoreDrills.of(
                BackupRecord.running(new BackupId("20261122T055500Z-F"), BackupKind.FULL, null, null)
                        .withState(BackupState.OK, null),
                new ProvenRestore(
                        Instant.parse("2026-11-23T01:00:00Z"),
                        "drills",
                        "0.1.0",
                        "end of WAL",
                        Lsn.parse("0/5000000"),
                        null,
                        1000,
                        100,
                        40_000,
                        12_000,
                        3000,
                        List.of("3 databases")));
        Path records = Files.createDirectories(bucket.resolve("main/records"));
        Files.writeString(
                records.resolve(proven.id() + ".json"), RepositoryJson.mapper().writeValueAsString(proven));
        CapturedProgram program = new CapturedProgram().with("PGAGENT_BUCKET", "file://" + bucket);

        assertThat(program.run("show").out())
                .contains("Last proven restore: 2026-11-23T01:00:00Z of " + proven.id() + ", RTO 52s");
        assertThat(RepositoryJson.mapper()
                        .readTree(program.run("show", "--json").out())
                        .path("last_proven_restore")
                        .path("rto_seconds")
                        .asDouble())
                .isEqualTo(52);
    }

    private void store(String id) throws IOException {
        Path records = Files.createDirectories(bucket.resolve("main/records"));
        Files.writeString(
                records.resolve(id + ".json"),
                "{\"format\":1,\"id\":\"" + id + "\",\"kind\":\"full\",\"state\":\"ERROR\",\"error\":\"it was a test\","
                        + "\"writer\":{\"host\":\"db1\",\"pid\":1,\"pgagent_version\":\"0.1.0\"},"
                        + "\"annotations\":{\"release\":\"2026.4\"},\"excluded\":[\"log/*\"]}");
    }

    @Test
    void a_date_lists_the_backups_of_that_time_and_detail_tells_everything_of_each() throws IOException {
        store("20261031T235959Z-F");
        store("20261101T000000Z-F");
        store("20261122T055500Z-F");
        CapturedProgram program = new CapturedProgram().with("PGAGENT_BUCKET", "file://" + bucket);

        assertThat(program.run("show", "2026-11").out())
                .contains("20261122T055500Z-F", "20261101T000000Z-F")
                .doesNotContain("20261031T235959Z-F");
        assertThat(program.run("show", "2026-11-22 05:55").out())
                .contains("20261122T055500Z-F")
                .doesNotContain("20261101T000000Z-F");
        for (String detail : new String[] {"detail", "--detail"}) {
            assertThat(program.run("show", "20261101", detail).out())
                    .containsPattern("Backup +20261101T000000Z-F")
                    .containsPattern("Error +it was a test")
                    .containsPattern("Annotation +release=2026\\.4")
                    .containsPattern("Excluded +log/\\*")
                    .doesNotContain("20261122T055500Z-F");
        }
        assertThat(program.run("show", "detail").out())
                .containsSubsequence("20261122T055500Z-F", "20261101T000000Z-F", "20261031T235959Z-F");
        assertThat(program.run("show", "2027").status()).isEqualTo(ErrorKind.NO_BACKUP.exitCode());
    }

    @ParameterizedTest
    @ValueSource(strings = {"nonsense", "202", "2026-11-22x", "2026 2027", "--wal 2026", "202611220555001"})
    void what_is_neither_an_id_nor_a_date_is_refused(String arguments) {
        Outcome outcome =
                new CapturedProgram().with("PGAGENT_BUCKET", "file://" + bucket).run(("show " + arguments).split(" "));

        assertThat(outcome.status()).isEqualTo(ErrorKind.USAGE.exitCode());
        assertThat(outcome.err()).contains("hint: ");
    }
}
