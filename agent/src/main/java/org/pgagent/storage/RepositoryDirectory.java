package org.pgagent.storage;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

/**
 * The directory behind a {@link FileObjectStore}: which file a key is, and how files and folders come into being so that a
 * crash does not lose them. Names that begin with {@link #OWN} are its own; no key may have them. Thread-safe.
 */
final class RepositoryDirectory {
    /** What the names of temporary and other files of the store itself begin with. */
    static final String OWN = ".tmp-";

    private static final FileAttribute<?> FILE_MODE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----"));
    private static final FileAttribute<?> FOLDER_MODE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-x---"));
    private static final int DURABLE_FOLDERS_MAX = 10_000;
    private static final int RACES_MAX = 100;

    private final Path root;
    private final RandomGenerator random;
    /** Folders whose entry in their parent is known to be on disk. */
    private final Set<Path> durableFolders = ConcurrentHashMap.newKeySet();

    /** @param root an absolute path without symbolic links */
    RepositoryDirectory(Path root, RandomGenerator random) {
        this.root = root;
        this.random = random;
    }

    Path root() {
        return root;
    }

    /**
     * The file of a key; there may be none.
     *
     * @throws IllegalArgumentException if the key has one of the store's own names
     */
    Path file(ObjectKey key) throws PgAgentException {
        if (isOwn(key.value())) {
            throw new IllegalArgumentException("key " + key + " has a segment that begins with " + OWN);
        }
        return path(key.value());
    }

    static boolean isOwn(String key) {
        return key.startsWith(OWN) || key.contains("/" + OWN);
    }

    /** The path of a key or folder, the store's own names included. */
    Path path(String key) throws PgAgentException {
        try {
            return root.resolve(key);
        } catch (InvalidPathException e) {
            throw new PgAgentException(
                    ErrorKind.CONFIGURATION,
                    "the locale of this process cannot express the file name '" + key + "'",
                    "Set LC_ALL=C.UTF-8 in the environment.",
                    e);
        }
    }

    /** Where the keys with a prefix begin: the folder that its last slash names; empty if no key can have the prefix. */
    Optional<Path> folderOf(String prefix) throws PgAgentException {
        String folder = prefix.substring(0, Math.max(0, prefix.lastIndexOf('/')));
        if (folder.isEmpty()) {
            return prefix.startsWith("/") ? Optional.empty() : Optional.of(root);
        }
        return ObjectKey.isLegal(folder) && !isOwn(folder) ? Optional.of(path(folder)) : Optional.empty();
    }

    /** Refuses a file that is reached through a symbolic link, and says so when the root itself is gone. */
    void requireInside(Path file) throws IOException {
        Path folder = file.getParent();
        try {
            if (!folder.toRealPath().equals(folder)) {
                throw linked(file);
            }
        } catch (NoSuchFileException e) {
            requireRoot();
        } catch (FileSystemException e) {
            if (!FileErrors.saysNotDirectory(e)) {
                throw e;
            }
        }
        if (Files.isSymbolicLink(file)) {
            throw linked(file);
        }
    }

    private PgAgentException linked(Path file) {
        return new PgAgentException(
                ErrorKind.STORE_DENIED,
                root.relativize(file) + " in " + root + " is reached through a symbolic link",
                "Replace the link; only the repository's root may be one.");
    }

    void requireRoot() throws PgAgentException {
        if (!Files.isDirectory(root)) {
            throw FileErrors.missingRoot(root, null);
        }
    }

    /** A fresh, empty file beside the file of a key; its folders are made and on disk. */
    Path createBeside(Path file) throws IOException {
        for (int races = 0; ; races++) {
            createFolders(file.getParent());
            try {
                return Files.createFile(file.resolveSibling(ownName()), FILE_MODE);
            } catch (NoSuchFileException e) {
                // Another process has removed the folder as empty in between.
                durableFolders.remove(file.getParent());
                if (races == RACES_MAX) {
                    throw e;
                }
            }
        }
    }

    String ownName() {
        return OWN + randomName();
    }

    String randomName() {
        byte[] name = new byte[16];
        synchronized (random) { // not every generator may be used by several threads
            random.nextBytes(name);
        }
        return HexFormat.of().formatHex(name);
    }

    /** Makes a folder and those above it, and puts their names on disk. */
    void createFolders(Path folder) throws IOException {
        if (folder.equals(root)) {
            requireRoot();
            return;
        }
        if (durableFolders.contains(folder) && Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        createFolders(folder.getParent());
        try {
            Files.createDirectory(folder, FOLDER_MODE);
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
                throw new PgAgentException(
                        ErrorKind.STORE_DENIED,
                        root.relativize(folder) + " in " + root + " is not a folder",
                        "A directory cannot keep an object 'a' and an object 'a/b'; remove what is in the way.",
                        e);
            }
        }
        syncFolder(folder.getParent());
        if (durableFolders.size() >= DURABLE_FOLDERS_MAX) {
            durableFolders.clear();
        }
        durableFolders.add(folder);
    }

    /** Puts the names in a folder on disk. */
    void syncFolder(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** What is done with each entry of a folder. */
    @FunctionalInterface
    interface EntryAction {
        void run(Path entry) throws IOException;
    }

    /** Visits the entries of a folder in no order, one at a time; a folder that is not there has none. */
    void forEachEntry(Path folder, EntryAction action) throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                action.run(entry);
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        } catch (NoSuchFileException | NotDirectoryException e) {
            requireRoot();
        }
    }

    /** Removes a folder and those above it as long as they are empty. */
    void removeEmptyFolders(Path folder) throws IOException {
        Path empty = folder;
        while (!empty.equals(root) && empty.startsWith(root)) {
            try {
                Files.delete(empty);
            } catch (DirectoryNotEmptyException e) {
                return;
            } catch (NoSuchFileException e) {
                // removed by another process; the one above may be empty too
            }
            durableFolders.remove(empty);
            empty = empty.getParent();
        }
    }
}
