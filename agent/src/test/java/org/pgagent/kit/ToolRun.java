package org.pgagent.kit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What a command left: its exit status and everything it printed.
 *
 * @param output standard output and standard error, in the order in which they came
 */
public record ToolRun(List<String> command, int exitStatus, String output) {
    private static final Duration LIMIT = Duration.ofMinutes(2);

    /** Runs a command to its end, which must come within two minutes. */
    public static ToolRun of(List<String> command) {
        try {
            Path output = Files.createTempFile("pgagent-output", ".txt");
            try {
                Process process = new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectInput(ProcessBuilder.Redirect.from(
                                Path.of("/dev/null").toFile()))
                        .redirectOutput(output.toFile())
                        .directory(Path.of("/").toFile())
                        .start();
                if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                    throw new AssertionError("no end within " + LIMIT.toSeconds() + " s: " + command + "\n"
                            + Files.readString(output, StandardCharsets.UTF_8));
                }
                return new ToolRun(command, process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
            } finally {
                Files.delete(output);
            }
        } catch (IOException e) {
            throw new AssertionError("cannot run " + command, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while running " + command, e);
        }
    }

    /** What it printed; fails unless the command has succeeded. */
    public String requireSuccess() {
        if (exitStatus != 0) {
            throw new AssertionError(String.join(" ", command) + " ended with " + exitStatus + ":\n" + output);
        }
        return output;
    }

    /** Runs a command that must succeed and returns what it printed. */
    public static String successOf(List<String> command) {
        return of(command).requireSuccess();
    }

    /** Runs a command that must succeed and returns what it printed. */
    public static String successOf(String... command) {
        return successOf(List.of(command));
    }
}
