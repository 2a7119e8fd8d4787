package org.pgagent.backup;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.NotLinkException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Optional;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.FileSystemReason;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.DataDirectoryRules.EntryKind;
import org.pgagent.postgres.DataPath;

/**
 * Looks at single entries of a directory tree that a running server works in. Every answer is empty if the entry is gone
 * when it is asked for, and an exception of kind LOCAL_IO if it cannot be read.
 */
final class SourceEntries {
    private SourceEntries() {}

    static Optional<PosixFileAttributes> attributes(Path location, LinkOption... options) throws PgAgentException {
        try {
            return Optional.of(Files.readAttributes(location, PosixFileAttributes.class, options));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw unreadable(location, e);
        }
    }

    /** What a link says. */
    static Optional<Path> target(Path link) throws PgAgentException {
        try {
            return Optional.of(Files.readSymbolicLink(link));
        } catch (NoSuchFileException | NotLinkException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw unreadable(link, e);
        }
    }

    /** Where an entry really is, with all links followed; empty also if one of them leads nowhere. */
    static Optional<Path> real(Path location) throws PgAgentException {
        try {
            return Optional.of(location.toRealPath());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw unreadable(location, e);
        }
    }

    /** The names of what lies in a directory, in order; none if the directory is gone. */
    static NameList names(Path directory) throws PgAgentException {
        NameList names = new NameList();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                names.add(DataPath.rawBytes(entry.getFileName()));
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            return new NameList();
        } catch (DirectoryIteratorException e) {
            throw unreadable(directory, e.getCause());
        } catch (IOException e) {
            throw unreadable(directory, e);
        }
        names.sort();
        return names;
    }

    static EntryKind kind(PosixFileAttributes attributes) {
        if (attributes.isRegularFile()) {
            return EntryKind.FILE;
        }
        if (attributes.isDirectory()) {
            return EntryKind.DIRECTORY;
        }
        return attributes.isSymbolicLink() ? EntryKind.LINK : EntryKind.SPECIAL;
    }

    static int mode(PosixFileAttributes attributes) {
        int mode = 0;
        for (PosixFilePermission permission : attributes.permissions()) {
            mode |= bit(permission);
        }
        return mode;
    }

    private static int bit(PosixFilePermission permission) {
        return switch (permission) {
            case OWNER_READ -> 0400;
            case OWNER_WRITE -> 0200;
            case OWNER_EXECUTE -> 0100;
            case GROUP_READ -> 040;
            case GROUP_WRITE -> 020;
            case GROUP_EXECUTE -> 010;
            case OTHERS_READ -> 04;
            case OTHERS_WRITE -> 02;
            case OTHERS_EXECUTE -> 01;
        };
    }

    static PgAgentException unreadable(Path location, IOException cause) {
        return new PgAgentException(
                ErrorKind.LOCAL_IO,
                "cannot read " + location + ": " + FileSystemReason.of(cause),
                "Run pgagent as the operating system user that owns the data directory.",
                cause);
    }
}
