package org.pgagent.restore;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * Gives files the mode and the owner that they shall have, whatever the umask is, with as few system calls as that takes.
 * Thread-safe.
 */
final class FileAccess {
    private static final int ALL = 0777;
    private static final int OWNER_WRITES = 0600;
    private static final String LETTERS = "rwxrwxrwx";

    private final int mayBeMissing;
    private final Optional<FileOwner> owner;
    private final Map<Integer, Set<PosixFilePermission>> permissions = new ConcurrentHashMap<>();
    private final Map<Integer, FileAttribute<?>> attributes = new ConcurrentHashMap<>();

    private FileAccess(int mayBeMissing, Optional<FileOwner> owner) {
        this.mayBeMissing = mayBeMissing;
        this.owner = owner;
    }

    /** For files that may exist already, with any mode. */
    static FileAccess forExistingFiles(Optional<FileOwner> owner) {
        return new FileAccess(ALL, owner);
    }

    /** For files that are made anew. */
    static FileAccess forNewFiles(Optional<FileOwner> owner) throws IOException {
        return new FileAccess(umask(), owner);
    }

    /** Linux tells it since 4.7; elsewhere any bit may be masked. */
    private static int umask() throws IOException {
        try (Stream<String> status = Files.lines(Path.of("/proc/self/status"))) {
            return status.filter(line -> line.startsWith("Umask:"))
                    .map(line -> Integer.parseInt(
                            line.substring(line.indexOf(':') + 1).strip(), 8))
                    .findFirst()
                    .orElse(ALL);
        }
    }

    /** What to create a file or directory with: its owner can open it to write. {@link #apply} must follow. */
    FileAttribute<?> attribute(int mode) {
        return attributes.computeIfAbsent(
                (mode | OWNER_WRITES) & ALL, bits -> PosixFilePermissions.asFileAttribute(permissions(bits)));
    }

    /** Lets this process's user, to whom an existing file belongs, open it to write. {@link #apply} must follow. */
    void letWrite(Path file) throws IOException {
        Files.setPosixFilePermissions(file, permissions(OWNER_WRITES));
    }

    /** Makes mode and owner right of what was created with {@link #attribute}. */
    void apply(Path path, int mode) throws IOException {
        if ((mode & mayBeMissing) != 0 || (mode & OWNER_WRITES) != OWNER_WRITES) {
            Files.setPosixFilePermissions(path, permissions(mode & ALL));
        }
        if (owner.isPresent()) {
            owner.get().own(path);
        }
    }

    /** Gives mode and owner to what may have had others; through a link, if it is one. */
    void set(Path path, int mode) throws IOException {
        Files.setPosixFilePermissions(path, permissions(mode & ALL));
        if (owner.isPresent()) {
            owner.get().own(path.toRealPath());
        }
    }

    /** Lets nobody but this process's user into a directory, until {@link #set} says who may. */
    void claim(Path directory) throws IOException {
        Files.setPosixFilePermissions(directory, permissions(0700));
        if (owner.isPresent()) {
            Files.setOwner(directory.toRealPath(), LocalUser.current().principal());
        }
    }

    /** Gives the owner to a link; a link has no mode. */
    void applyToLink(Path link) throws IOException {
        if (owner.isPresent()) {
            owner.get().own(link);
        }
    }

    private Set<PosixFilePermission> permissions(int mode) {
        return permissions.computeIfAbsent(mode, bits -> {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < LETTERS.length(); i++) {
                text.append((bits & (0400 >> i)) == 0 ? '-' : LETTERS.charAt(i));
            }
            return PosixFilePermissions.fromString(text.toString());
        });
    }
}
