package org.pgagent.command;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.Writer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import java.util.UUID;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.FileSystemReason;
import org.pgagent.error.PgAgentException;

/**
 * A file for people that is there in whole, or as it was before: written beside its place, synced, and renamed. What was there before
 * is replaced, and its permissions are kept.
 */
final class ReportFile {
    private static final String SUFFIX = ".pgagent-report";

    private final Path file;

    ReportFile(Path file) {
        this.file = file.toAbsolutePath();
    }

    /** Writes what the file is to have. */
    @FunctionalInterface
    interface Content {
        void write(Writer out) throws IOException;
    }

    /**
     * Writes it; on disk when this returns.
     *
     * @throws PgAgentException of kind LOCAL_IO or DISK_FULL if the file system refuses
     */
    void write(Content content) throws PgAgentException {
        try {
            Path target = Files.exists(file) ? file.toRealPath() : file;
            if (Files.exists(target) && !Files.isRegularFile(target)) {
                throw new PgAgentException(
                        ErrorKind.LOCAL_IO,
                        file + " is no file that a report could take the place of",
                        "Name a file, such as report.html, or '-' for standard output.");
            }
            Path written = target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID() + SUFFIX);
            try {
                write(written, content);
                if (Files.exists(target)) {
                    keepPermissions(target, written);
                }
                Files.move(written, target, StandardCopyOption.ATOMIC_MOVE);
                sync(target.getParent());
            } finally {
                Files.deleteIfExists(written);
            }
        } catch (PgAgentException e) {
            throw e;
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    private static void write(Path path, Content content) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
                Writer out = new BufferedWriter(Channels.newWriter(channel, StandardCharsets.UTF_8))) {
            content.write(out);
            out.flush();
            channel.force(true);
        }
    }

    /** Sets nothing that is set already: some file systems have the same for all their files, and refuse. */
    private static void keepPermissions(Path old, Path written) throws IOException {
        Set<PosixFilePermission> kept = Files.getPosixFilePermissions(old);
        if (!kept.equals(Files.getPosixFilePermissions(written))) {
            Files.setPosixFilePermissions(written, kept);
        }
    }

    private static void sync(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private PgAgentException unwritable(IOException e) {
        if (e instanceof NoSuchFileException) {
            return new PgAgentException(
                    ErrorKind.LOCAL_IO,
                    "there is no directory " + file.getParent() + " to write the report into",
                    "Make it, or name another file.",
                    e);
        }
        return new PgAgentException(
                FileSystemReason.saysFull(e) ? ErrorKind.DISK_FULL : ErrorKind.LOCAL_IO,
                "the report cannot be written to " + file + ": " + FileSystemReason.of(e),
                "Look at the room and the permissions of " + file.getParent() + ", or name another file.",
                e);
    }
}
