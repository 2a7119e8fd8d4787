package org.pgagent.postgres;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * One run of a server, from its start to its end, as {@code postmaster.pid} tells it (the manual's chapter on the layout of
 * database files; miscinit.c).
 *
 * @param pid of the postmaster
 * @param start when it was started, as it is written there
 */
public record ServerRun(long pid, String start) {
    private static final int START_LINE = 2;

    /** The run that is going on in a data directory; empty if the file is not there, or left by a server that was killed. */
    public static Optional<ServerRun> of(Path dataDirectory) {
        try {
            List<String> lines = Files.readAllLines(dataDirectory.resolve("postmaster.pid"));
            if (lines.size() <= START_LINE) {
                return Optional.empty();
            }
            ServerRun run = new ServerRun(
                    Long.parseLong(lines.get(0).strip()), lines.get(START_LINE).strip());
            return ProcessHandle.of(run.pid).isPresent() ? Optional.of(run) : Optional.empty();
        } catch (IOException | NumberFormatException e) {
            return Optional.empty();
        }
    }

    @Override
    public String toString() {
        return pid + " since " + start;
    }
}
