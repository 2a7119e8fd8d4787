package org.pgagent.error;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Locale;

/**
 * Why the file system refused something. Java's exceptions often have the path for their whole message, or the system's
 * words in them; here is the reason alone, for messages that have named the path already.
 */
public final class FileSystemReason {
    private FileSystemReason() {}

    /** The reason, such as {@code permission denied}: without the path, and in lower case at its beginning. */
    public static String of(IOException e) {
        if (e instanceof NoSuchFileException) {
            return "no such file or directory";
        }
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (e instanceof FileAlreadyExistsException) {
            return "file exists";
        }
        if (e instanceof NotDirectoryException) {
            return "not a directory";
        }
        if (e instanceof DirectoryNotEmptyException) {
            return "directory not empty";
        }
        String told = e instanceof FileSystemException file ? file.getReason() : e.getMessage();
        if (told == null || told.isBlank()) {
            return e.getClass().getSimpleName();
        }
        return told.substring(0, 1).toLowerCase(Locale.ROOT) + told.substring(1);
    }

    /**
     * Whether the reason is that there is no room. The system's words are those of the process's locale, so where it
     * matters the room that is left is to be looked at, too.
     */
    public static boolean saysFull(IOException e) {
        String reason = of(e).toLowerCase(Locale.ROOT);
        return reason.contains("no space left") || reason.contains("quota");
    }
}
