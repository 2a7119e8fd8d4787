package org.pgagent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Starts the program in a JVM of its own, as a user does. */
final class StartUpTest {
    private static final long RUN_SECONDS_MAX = 60;

    @ParameterizedTest
    @ValueSource(strings = {"--help", "--version", "show --help", "version"})
    void help_loads_neither_the_aws_sdk_nor_the_jdbc_driver(String line, @TempDir Path directory) throws Exception {
        Path loaded = directory.resolve("classes");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xlog:class+load:file=" + loaded,
                "-cp",
                System.getProperty("java.class.path"),
                "org.pgagent.Main"));
        command.addAll(List.of(line.split(" ")));

        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("output").toFile())
                .start();
        boolean ended = process.waitFor(RUN_SECONDS_MAX, TimeUnit.SECONDS);

        assertThat(ended).isTrue();
        assertThat(Files.readString(directory.resolve("output"))).contains("pgagent");
        assertThat(process.exitValue()).isZero();
        List<String> classes = Files.readAllLines(loaded);
        assertThat(classes).anyMatch(text -> text.contains(" org.pgagent.Main "));
        assertThat(classes)
                .filteredOn(text -> text.matches(".* (software\\.amazon|org\\.apache\\.hc|org\\.postgresql)\\..*"))
                .isEmpty();
    }
}
