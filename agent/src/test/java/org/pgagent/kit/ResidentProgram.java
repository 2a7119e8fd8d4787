package org.pgagent.kit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The program as one process that stays, run by the server's user, and a script {@code pgagent} in {@link #directory} that
 * hands its arguments to that process and ends with its answer. So an archive_command costs milliseconds where a JVM of its
 * own costs a second. Thread-safe.
 */
public final class ResidentProgram implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofMinutes(2);

    /** Paths below pg_wal are relative to the server's working directory, which the resident process does not have. */
    private static final String SCRIPT = """
            #!/bin/sh
            call='@DIRECTORY@'/$$
            [ ! -e "$call.answer" ] || rm -f "$call".*
            mkfifo -m 600 "$call.answer" || exit 126
            for argument in "$@"; do
                case $argument in
                    pg_wal/*) argument=$PWD/$argument ;;
                esac
                printf '%s\\0' "$argument"
            done >"$call.arguments"
            exec 3<>"$call.answer"
            echo $$ >'@DIRECTORY@/door'
            read -r status <&3
            [ ! -e "$call.out" ] || cat "$call.out"
            [ ! -e "$call.err" ] || cat "$call.err" >&2
            rm -f "$call".*
            exit "$status"
            """;

    private final ScratchDirectory scratch;
    private final Process process;

    /** How a command line ended, and what it printed. */
    public record Outcome(int status, String out, String err) {
        /** Everything printed, the results first. */
        public String output() {
            return out + err;
        }
    }

    private ResidentProgram(ScratchDirectory scratch, Process process) {
        this.scratch = scratch;
        this.process = process;
    }

    /**
     * Starts the process.
     *
     * @param environment variables that it sees
     * @param umask what its files may not have, such as 077
     */
    public static ResidentProgram start(Map<String, String> environment, String umask) {
        ScratchDirectory scratch = ScratchDirectory.create();
        Path script = scratch.resolve("pgagent");
        try {
            Files.writeString(
                    script, SCRIPT.replace("@DIRECTORY@", scratch.path().toString()));
            ToolRun.successOf("chmod", "755", script.toString());
            ToolRun.successOf("mkfifo", "-m", "600", scratch.resolve("door").toString());
            ServerUser.current().own(scratch.path());
            String command = "umask " + umask + "; exec "
                    + PublishedClassPath.command(
                            ResidentProgramMain.class.getName(), scratch.path().toString());
            ProcessBuilder builder = new ProcessBuilder(ServerUser.current().command("sh", "-c", command))
                    .redirectErrorStream(true)
                    .redirectOutput(scratch.resolve("resident.log").toFile())
                    .directory(Path.of("/").toFile());
            builder.environment().keySet().removeIf(name -> name.startsWith("PG") || name.startsWith("AWS_"));
            builder.environment().putAll(environment);
            return new ResidentProgram(scratch, builder.start());
        } catch (IOException e) {
            throw new AssertionError("cannot start the resident program", e);
        }
    }

    /** What must come first in the PATH of whoever calls {@code pgagent}. */
    public Path directory() {
        return scratch.path();
    }

    /** A PATH in which {@code pgagent} is this program. */
    public String searchPath() {
        return directory() + ":" + System.getenv("PATH");
    }

    /** Runs one command line to its end, as the server's user. */
    public Outcome run(String... arguments) {
        List<String> command =
                new ArrayList<>(List.of(scratch.resolve("pgagent").toString()));
        command.addAll(Arrays.asList(arguments));
        try {
            Path out = Files.createTempFile("pgagent-out", ".txt");
            Path err = Files.createTempFile("pgagent-err", ".txt");
            try {
                Process call = new ProcessBuilder(ServerUser.current().command(command))
                        .redirectInput(Path.of("/dev/null").toFile())
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile())
                        .directory(Path.of("/").toFile())
                        .start();
                if (!call.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                    call.destroyForcibly();
                    throw new AssertionError("no end within " + LIMIT.toSeconds() + " s: " + command + "\n"
                            + Files.readString(scratch.resolve("resident.log")));
                }
                return new Outcome(call.exitValue(), read(out), read(err));
            } finally {
                Files.delete(out);
                Files.delete(err);
            }
        } catch (IOException e) {
            throw new AssertionError("cannot run " + command, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while running " + command, e);
        }
    }

    private static String read(Path file) throws IOException {
        return Files.readString(file, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        scratch.close();
    }
}
