package org.pgagent.error;

import java.io.File;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * Why the file system refused something. Java's exceptions often have the path for their whole message, or the system's
 * words in them; here is the reason alone, for messages that have named the path already.
 */
public final class FileSystemReason {
    private static final long FULL_BELOW_BYTES = 1 << 20;

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

    /** Whether the reason is that there is no room: by the system's words, or by what is left where {@code directory} lies. */
    public static boolean isFull(IOException e, Path directory) {
        OptionalLong free = freeBytes(directory);
        return saysFull(e) || (free.isPresent() && free.getAsLong() < FULL_BELOW_BYTES);
    }

    /**
     * What may still be written into the file system of a path that exists, in bytes; empty where nobody knows. Java looks for
     * the file system in the list of mounts, which lacks the root of a chroot; there the path itself is asked.
     */
    public static OptionalLong freeBytes(Path path) {
        try {
            return OptionalLong.of(Files.getFileStore(path).getUsableSpace());
        } catch (IOException unlisted) {
            File file = path.toFile();
            return file.getTotalSpace() > 0 ? OptionalLong.of(file.getUsableSpace()) : OptionalLong.empty();
        }
    }
}
