package org.pgagent.storage;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Locale;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.FileSystemReason;
import org.pgagent.error.PgAgentException;

/** What the file system says, in our words. */
final class FileErrors {
    private FileErrors() {}

    /** @param what what was tried, such as {@code "write main/cluster.json"} */
    static PgAgentException translate(String what, Path root, IOException e) {
        if (e instanceof PgAgentException ours) {
            return ours;
        }
        String fact = "cannot " + what + " in " + root + ": " + FileSystemReason.of(e);
        if (e instanceof ClosedByInterruptException) {
            return new PgAgentException(ErrorKind.INTERRUPTED, fact, "Run the command again.", e);
        }
        if (FileSystemReason.saysFull(e)) {
            return new PgAgentException(ErrorKind.DISK_FULL, fact, "Make room in the file system of " + root + ".", e);
        }
        String reason = FileSystemReason.of(e).toLowerCase(Locale.ROOT);
        if (e instanceof AccessDeniedException
                || reason.contains("read-only")
                || reason.contains("not permitted")
                || reason.contains("too long")
                || reason.contains("is a directory")
                || reason.contains("not a directory")) {
            return new PgAgentException(
                    ErrorKind.STORE_DENIED,
                    fact,
                    "Let the operating system user '" + System.getProperty("user.name") + "' read and write in " + root
                            + ".",
                    e);
        }
        return new PgAgentException(
                ErrorKind.STORE_FAILED, fact, "Look into the kernel's log for errors of the disk.", e);
    }

    static PgAgentException missingRoot(Path root, IOException cause) {
        return new PgAgentException(
                ErrorKind.STORE_MISSING,
                "there is no directory " + root,
                "Create it, mount its file system, or name another one with --bucket file:///directory.",
                cause);
    }

    /** Whether a file system refused a hard link because it has none. */
    static boolean saysNoHardLinks(Exception e) {
        return e instanceof UnsupportedOperationException
                || (e instanceof FileSystemException file
                        && ("Operation not permitted".equals(file.getReason())
                                || "Operation not supported".equals(file.getReason())
                                || "Function not implemented".equals(file.getReason())));
    }

    /** Whether a path leads through a file, so that there can be nothing at its end. */
    static boolean saysNotDirectory(FileSystemException e) {
        return e instanceof NotDirectoryException || "Not a directory".equals(e.getReason());
    }
}
