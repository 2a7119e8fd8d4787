package org.pgagent.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgagent.CapturedProgram;
import org.pgagent.CapturedProgram.Outcome;
import org.pgagent.error.ErrorKind;
import org.pgagent.kit.ServerUser;

/** What {@code validate --boot} refuses before it asks the store for anything. */
final class DrillOptionsTest {
    @TempDir
    private Path bucket;

    private Outcome validate(String line) {
        List<String> words = new ArrayList<>(List.of("validate"));
        words.addAll(List.of(line.split(" ")));
        return new CapturedProgram().with("PGAGENT_BUCKET", "file://" + bucket).run(words.toArray(String[]::new));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--boot --deep",
                "--boot --all",
                "--boot --older-than 3d",
                "--boot 20261122T055500Z-F 20261123T055500Z-F",
                "--boot 2026-11",
                "--boot --target-time yesterday",
                "--boot --set archive_mode=on",
                "--boot --set shared_buffers",
                "--boot --time-limit soon",
                "--scratch /srv",
                "--sql-file smoke.sql",
                "--keep-scratch --deep",
                "--no-record"
            })
    void a_line_that_makes_no_sense_is_refused(String line) {
        Outcome outcome = validate(line);

        assertThat(outcome.status()).as(outcome.err()).isEqualTo(ErrorKind.USAGE.exitCode());
        assertThat(outcome.err()).contains("Try: pgagent validate --help");
        assertThat(bucket).isEmptyDirectory();
    }

    @Test
    void a_place_that_is_not_there_and_a_cluster_that_is_not_stored_are_told() throws IOException {
        String drill = "--boot --owner " + ServerUser.current().name() + " --scratch ";
        Outcome nowhere = validate(drill + bucket.resolve("missing"));
        Outcome nothing = validate(drill + Files.createDirectory(bucket.resolve("place")));

        assertThat(nowhere.status()).isEqualTo(ErrorKind.TARGET_DIRECTORY.exitCode());
        assertThat(nowhere.err()).contains("there is no directory", "--scratch DIR");
        assertThat(nothing.status()).isEqualTo(ErrorKind.NO_BACKUP.exitCode());
    }
}
