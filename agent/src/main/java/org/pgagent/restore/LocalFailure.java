package org.pgagent.restore;

import java.io.IOException;
import java.nio.file.Path;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.FileSystemReason;
import org.pgagent.error.PgAgentException;

/** Tells what the file system's exceptions mean. */
final class LocalFailure {
    private static final String RESUME = "Then run the same command again: it goes on where this one stopped.";

    /** What to do when nobody knows any more what is on the disk. */
    static final String ANEW =
            "Look into the kernel's log for failed writes. Nothing here can be relied on, and the same"
                    + " command will refuse to go on: empty the data directory and the tablespaces' directories, or take another"
                    + " disk, and restore anew.";

    private LocalFailure() {}

    /** What the operator should know of a failure to write {@code path}; what is known already is handed through. */
    static PgAgentException writing(Path path, IOException e) {
        if (e instanceof PgAgentException known) {
            return known;
        }
        if (FileSystemReason.isFull(e, path.getParent())) {
            return new PgAgentException(
                    ErrorKind.DISK_FULL,
                    "no room is left to write " + path + ": " + FileSystemReason.of(e),
                    "Make room on the file system of " + path.getParent() + ". " + RESUME,
                    e);
        }
        return new PgAgentException(
                ErrorKind.LOCAL_IO,
                "cannot write " + path + ": " + FileSystemReason.of(e),
                "Look into the kernel's log and the permissions of " + path.getParent() + ". " + RESUME,
                e);
    }

    /** The same of a failure to make durable what is below {@code directory}, which another try must not hide. */
    static PgAgentException syncing(Path directory, IOException e) {
        if (e instanceof PgAgentException known) {
            return known;
        }
        return new PgAgentException(
                FileSystemReason.isFull(e, directory) ? ErrorKind.DISK_FULL : ErrorKind.LOCAL_IO,
                "not all that was written below " + directory + " is known to have reached the disk: "
                        + FileSystemReason.of(e),
                ANEW,
                e);
    }

    static PgAgentException reading(Path path, IOException e) {
        if (e instanceof PgAgentException known) {
            return known;
        }
        return new PgAgentException(
                ErrorKind.LOCAL_IO,
                "cannot read " + path + ": " + FileSystemReason.of(e),
                "Check that it exists and that this user may read it.",
                e);
    }
}
