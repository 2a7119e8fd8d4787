package org.pgagent.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.CapturedProgram;

final class ShowReportTest {
    @TempDir
    private Path bucket;

    @Test
    void look() throws IOException {
        ReportScene.sixWeeks(bucket);
        CapturedProgram program = new CapturedProgram().with("PGAGENT_BUCKET", "file://" + bucket);
        CapturedProgram.Outcome outcome = program.run("show", "--report", "/tmp/h2-report.html");
        assertThat(outcome.status()).as(outcome.err()).isZero();
        assertThat(Files.size(Path.of("/tmp/h2-report.html"))).isPositive();
    }
}
