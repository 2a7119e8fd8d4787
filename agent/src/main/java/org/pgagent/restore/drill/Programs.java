package org.pgagent.restore.drill;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.FileSystemReason;
import org.pgagent.error.PgAgentException;
import org.pgagent.restore.FileOwner;

/** Runs programs of PostgreSQL as the user whom the restored files belong to, with what they print in a file. */
final class Programs {
    private static final int TAIL_BYTES_MAX = 64 << 10;

    private final Optional<FileOwner> owner;
    private final Patience patience;

    Programs(Optional<FileOwner> owner, Patience patience) {
        this.owner = owner;
        this.patience = patience;
    }

    /**
     * Starts one.
     *
     * @param input what it reads; empty: nothing
     * @param output what it prints goes to the end of this file
     */
    Process start(List<String> words, Optional<Path> input, Path output) throws PgAgentException {
        List<String> command = new ArrayList<>();
        if (owner.isPresent()) {
            // It becomes the program itself, so that the process is the one to watch and to end.
            command.addAll(List.of(
                    "setpriv",
                    "--reuid=" + owner.get().user().getName(),
                    "--regid=" + owner.get().group().getName(),
                    "--init-groups",
                    "--"));
        }
        command.addAll(words);
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(input.orElse(Path.of("/dev/null")).toFile())
                .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
                .directory(Path.of("/").toFile());
        // PGHOST, PGOPTIONS and the like are meant for another server.
        builder.environment().keySet().removeIf(name -> name.startsWith("PG") && !name.startsWith("PGAGENT_"));
        try {
            return builder.start();
        } catch (IOException e) {
            throw new PgAgentException(
                    ErrorKind.LOCAL_IO,
                    "cannot run " + command.get(0) + ": " + FileSystemReason.of(e),
                    owner.isPresent()
                            ? "PostgreSQL does not run as root: run this as the user that PostgreSQL runs as (runuser -u"
                                    + " postgres -- pgagent validate --boot …), or install util-linux, which has setpriv."
                            : "Check that it is there and can be run by this user.",
                    e);
        }
    }

    /**
     * Runs one to its end.
     *
     * @return its exit status
     * @throws DrillFailedException if that does not come in time
     */
    int run(List<String> words, Optional<Path> input, Path output) throws PgAgentException {
        Process process = start(words, input, output);
        try {
            while (!patience.sawTheEnd(process)) {
                // Looks at the clock and for signals in between.
            }
            patience.checkForSignal(process.exitValue());
            return process.exitValue();
        } finally {
            process.destroy();
        }
    }

    /** The last lines of what was printed. */
    static List<String> tail(Path output, int linesMax) throws IOException {
        if (!Files.exists(output)) {
            return List.of();
        }
        try (RandomAccessFile file = new RandomAccessFile(output.toFile(), "r")) {
            byte[] end = new byte[(int) Math.min(file.length(), TAIL_BYTES_MAX)];
            file.seek(file.length() - end.length);
            file.readFully(end);
            List<String> lines = new String(end, StandardCharsets.UTF_8).lines().toList();
            return lines.subList(Math.max(0, lines.size() - linesMax), lines.size());
        }
    }
}
