package org.pgagent.restore;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * The directories that must be made before there is one of some name, itself included.
 *
 * @param missing the outermost first
 */
record MissingDirectories(List<Path> missing) {
    private static final int PASSABLE = 0755;

    MissingDirectories {
        missing = List.copyOf(missing);
    }

    /** Looks which are missing on the way to a directory. */
    static MissingDirectories above(Path directory) {
        List<Path> missing = new ArrayList<>();
        Path existing = DestinationCheck.existingParent(directory);
        for (Path each = directory; !each.equals(existing); each = each.getParent()) {
            missing.add(each);
        }
        Collections.reverse(missing);
        return new MissingDirectories(missing);
    }

    /** Makes a directory of a restore, and what is missing above it, through which the server's user must come. */
    static void makeFor(Optional<FileOwner> owner, Path directory) throws IOException {
        above(directory.getParent()).makePassable(FileAccess.forExistingFiles(owner));
        above(directory).make();
    }

    /** Where a crash could lose one of their names. */
    List<Path> parents() {
        return missing.stream().map(Path::getParent).toList();
    }

    /** Makes one directory. */
    @FunctionalInterface
    private interface Making {
        void make(Path directory) throws IOException;
    }

    /** Makes them, durably; if that fails, what was made is removed, so that another try does not take it for durable. */
    void make() throws IOException {
        make(Files::createDirectories);
    }

    /** The same for those that the server's user must come through: they are its own, and the umask counts for nothing. */
    private void makePassable(FileAccess access) throws IOException {
        make(directory -> {
            try {
                Files.createDirectory(directory);
                access.set(directory, PASSABLE);
            } catch (FileAlreadyExistsException e) {
                // Whoever has made it meanwhile knows its mode.
                if (!Files.isDirectory(directory)) {
                    throw e;
                }
            }
        });
    }

    private void make(Making making) throws IOException {
        try {
            for (Path each : missing) {
                making.make(each);
            }
            for (Path parent : parents()) {
                if (Files.isReadable(parent)) {
                    DirectorySync.syncOne(parent);
                }
            }
        } catch (IOException e) {
            remove(e);
            throw e;
        }
    }

    private void remove(IOException because) {
        try {
            for (int i = missing.size() - 1; i >= 0; i--) {
                Files.deleteIfExists(missing.get(i));
            }
        } catch (IOException e) {
            because.addSuppressed(e);
        }
    }
}
