package org.pgagent.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.CapturedProgram;
import org.pgagent.CapturedProgram.Outcome;

final class ShowCommandTest {
    @TempDir
    private Path bucket;

    @Test
    void a_damaged_record_is_shown_as_such_and_told_on_standard_error() throws IOException {
        Path backup = Files.createDirectories(bucket.resolve("main/backups/20261122T055500Z-F"));
        Files.writeString(backup.resolve("backup.json"), "{");
        CapturedProgram program = new CapturedProgram().with("PGAGENT_BUCKET", "file://" + bucket);

        Outcome table = program.run("show");
        Outcome json = program.run("show", "--json");
        Outcome one = program.run("show", "20261122T055500Z-F");

        assertThat(table.status()).isZero();
        assertThat(table.out()).containsPattern("20261122T055500Z-F .* UNREADABLE");
        assertThat(table.err()).contains("20261122T055500Z-F/backup.json");
        assertThat(json.status()).isZero();
        assertThat(json.out()).contains("\"status\" : \"UNREADABLE\"");
        assertThat(one.status()).isEqualTo(22);
    }
}
