package org.pgagent.error;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.Objects;

/**
 * What is told of a command or a request that failed.
 *
 * @param message a fact with its values
 * @param hint what to do next
 */
public record Failure(ErrorKind kind, String message, String hint) {
    /** Finds the words for whatever came out of a command. */
    public static Failure of(Throwable thrown) {
        if (thrown instanceof PgAgentException e) {
            return new Failure(e.kind(), e.getMessage(), e.hint());
        }
        if (thrown instanceof IOException e) {
            return ofLocalFile(e);
        }
        if (thrown instanceof OutOfMemoryError) {
            return new Failure(
                    ErrorKind.BUG,
                    "out of memory: the limit is " + (Runtime.getRuntime().maxMemory() >> 20)
                            + " MiB, and pgagent should need less",
                    "Try fewer --jobs, and report this with the command and the size of the cluster.");
        }
        return new Failure(
                ErrorKind.BUG,
                "a defect in pgagent: " + thrown,
                "Please report this with the lines below, or those in the agent's log, and with 'pgagent version'.");
    }

    /** An exception of the file system that nobody had better words for. */
    private static Failure ofLocalFile(IOException e) {
        String reason = FileSystemReason.of(e);
        String file = e instanceof FileSystemException f ? Objects.requireNonNullElse(f.getFile(), "") : "";
        String where = file.isEmpty() ? "" : file + ": ";
        if (FileSystemReason.saysFull(e)) {
            return new Failure(
                    ErrorKind.DISK_FULL,
                    where + reason,
                    "Make room on that file system and run the same command again.");
        }
        return new Failure(
                ErrorKind.LOCAL_IO,
                where + reason,
                "Look at the file and the rights of the operating system user that runs pgagent.");
    }
}
