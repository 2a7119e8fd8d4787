package org.pgagent.command;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.pgagent.repository.RepositoryJson;

/**
 * Where commands print: results to standard output, everything else to standard error. Does not own the streams.
 *
 * @param terminal whether standard error is a terminal that a bar can be drawn on
 */
public record Console(PrintStream out, PrintStream err, boolean terminal) {
    /** The console of this process. */
    public static Console ofProcess(Map<String, String> environment) {
        boolean dumb = environment.getOrDefault("TERM", "dumb").equals("dumb");
        return new Console(System.out, System.err, !dumb && standardErrorIsTerminal());
    }

    private static boolean standardErrorIsTerminal() {
        try {
            String device = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
            return device.startsWith("/dev/pts/") || device.startsWith("/dev/tty");
        } catch (IOException | UnsupportedOperationException e) {
            return false; // without /proc nobody knows; plain lines are right everywhere
        }
    }

    /** Prints one line of a result. */
    public void print(String line) {
        out.println(line);
    }

    /** Prints a result as JSON, with the field names that the repository has. */
    public void printJson(Object result) {
        try {
            RepositoryJson.mapper()
                    .writerWithDefaultPrettyPrinter()
                    .without(JsonGenerator.Feature.AUTO_CLOSE_TARGET)
                    .writeValue(out, result);
            out.println();
        } catch (IOException e) {
            throw new IllegalStateException("cannot print " + result.getClass(), e);
        }
    }
}
