package org.pgagent;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.pgagent.command.Console;
import org.pgagent.config.SettingsReader;
import org.pgagent.error.Cancellation;

/** The program in this process, with an environment of its own and what it prints kept. Not thread-safe. */
public final class CapturedProgram {
    private final Map<String, String> environment = new HashMap<>();

    /** What a run left behind. */
    public record Outcome(int status, String out, String err) {}

    /** The same program with one more environment variable. */
    public CapturedProgram with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    /** A console that keeps nothing. */
    static Console silentConsole() {
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, UTF_8);
        return new Console(nowhere, nowhere, false);
    }

    public Outcome run(String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Console console = new Console(new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8), false);
        SettingsReader reader = new SettingsReader(environment, Path.of("/nonexistent/pgagent.toml"));
        int status = new Main(reader, console, new Cancellation()).run(arguments);
        return new Outcome(status, out.toString(UTF_8), err.toString(UTF_8));
    }
}
