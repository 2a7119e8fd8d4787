package org.pgagent;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.pgagent.command.Console;
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

    /** The wiring of a program that prints nowhere. */
    static Wiring silentWiring() {
        return new Wiring(Map.of(), Path.of("/nonexistent/pgagent.toml"), silentConsole(), new Cancellation());
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
        Main main = new Main(environment, Path.of("/nonexistent/pgagent.toml"), console, new Cancellation());
        int status = main.run(arguments);
        if (List.of(arguments).contains("--json") && out.size() > 0) {
            JsonDocuments.requireDescribed(arguments[0], out.toString(UTF_8));
        }
        return new Outcome(status, out.toString(UTF_8), err.toString(UTF_8));
    }
}
