package org.pgagent.restore;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.pgagent.postgres.DataDirectoryRules;
import org.pgagent.postgres.DataPath;

/** The directories of one restore: made at its beginning, closed to everybody else until its end. */
final class RestoredTree {
    /** What the control file is called until all is done. */
    static final DataPath COMING_CONTROL_FILE = DataPath.of("global/pg_control.pgagent-restore");

    private static final DataPath TABLESPACES = DataPath.of("pg_tblspc");
    static final DataPath WAL = DataPath.of("pg_wal");

    private final RestorePlan plan;
    private final FileAccess access;

    private RestoredTree(RestorePlan plan, FileAccess access) {
        this.plan = plan;
        this.access = access;
    }

    /** Makes the data directory, if it is missing, and nothing in it. */
    static RestoredTree prepare(RestorePlan plan) throws IOException {
        FileAccess access = plan.beginning() == RestorePlan.Beginning.ANEW
                ? FileAccess.forNewFiles(plan.owner())
                : FileAccess.forExistingFiles(plan.owner());
        RestoredTree tree = new RestoredTree(plan, access);
        try {
            MissingDirectories.makeFor(plan.owner(), plan.dataDirectory());
            access.claim(plan.dataDirectory());
        } catch (IOException e) {
            throw LocalFailure.writing(plan.dataDirectory(), e);
        }
        return tree;
    }

    /** Marks all directories as those of this restore, and makes those that are missing. Changes nothing else in them. */
    RestoreMarker.Held mark() throws IOException {
        RestoreMarker.Held held = RestoreMarker.of(plan).place(plan.dataDirectory(), plan.beginning(), access);
        try {
            new MarkedParts(plan, access).mark(held);
            return held;
        } catch (IOException e) {
            held.close();
            throw e;
        }
    }

    /** Removes the markers. The data directory's goes first: no part may lose its own while this restore could be resumed. */
    void unmark(RestoreMarker.Held held) throws IOException {
        held.remove();
        new MarkedParts(plan, access).unmark();
    }

    /** Removes what an earlier act may have completed, before anything else changes. */
    void makeUnstartable() throws IOException {
        Path controlFile = path(Restore.CONTROL_FILE);
        if (Files.deleteIfExists(controlFile)) {
            DirectorySync.syncOne(controlFile.getParent());
        }
    }

    /** Makes the links to the tablespaces and to pg_wal. */
    void makeLinks() throws IOException {
        for (PlannedDirectory tablespace : plan.tablespaces()) {
            link(TABLESPACES.resolve(tablespace.oid().orElseThrow()), tablespace.path());
        }
        if (plan.walDirectory().isPresent()) {
            link(WAL, plan.walDirectory().get());
        }
    }

    /** Makes the directories that the server wants to find and that no entry of the backup made. */
    void makeMissingDirectories() throws IOException {
        for (DataPath required : DataDirectoryRules.requiredDirectories(plan.majorVersion())) {
            Path directory = path(required);
            if (!Files.isDirectory(directory)) {
                makeDirectory(directory);
            }
        }
    }

    private void makeDirectory(Path directory) throws IOException {
        try {
            Files.createDirectory(directory, access.attribute(directoryMode()));
            access.apply(directory, directoryMode());
        } catch (IOException e) {
            throw LocalFailure.writing(directory, e);
        }
    }

    private void link(DataPath path, Path target) throws IOException {
        Path link = path(path);
        try {
            if (!Files.isDirectory(link.getParent())) {
                makeDirectory(link.getParent());
            }
            if (!isLinkTo(link, target)) {
                Files.deleteIfExists(link);
                Files.createSymbolicLink(link, target);
            }
            access.applyToLink(link);
        } catch (IOException e) {
            throw LocalFailure.writing(link, e);
        }
    }

    private static boolean isLinkTo(Path link, Path target) throws IOException {
        return Files.isSymbolicLink(link) && Files.readSymbolicLink(link).equals(target);
    }

    /** Writes a small file whole, in place of any other of its name. */
    void write(DataPath path, byte[] content) throws IOException {
        Path file = path(path);
        try {
            Files.deleteIfExists(file);
            Files.createFile(file, access.attribute(fileMode()));
            Files.write(file, content, StandardOpenOption.WRITE);
            access.apply(file, fileMode());
        } catch (IOException e) {
            throw LocalFailure.writing(file, e);
        }
    }

    /** The content of a small file; empty if there is none. */
    byte[] read(DataPath path) throws IOException {
        try {
            return Files.readAllBytes(path(path));
        } catch (NoSuchFileException e) {
            return new byte[0];
        } catch (IOException e) {
            throw LocalFailure.reading(path(path), e);
        }
    }

    void remove(DataPath path) throws IOException {
        Files.deleteIfExists(path(path));
    }

    /** Gives the directories at the top their mode and owner: from now on the server's user may enter. */
    void handOver() throws IOException {
        for (Path root : roots()) {
            access.set(root, directoryMode());
        }
    }

    /** Puts the control file in its place. All else must be durable. */
    void makeStartable() throws IOException {
        Path controlFile = path(Restore.CONTROL_FILE);
        Files.move(path(COMING_CONTROL_FILE), controlFile, StandardCopyOption.ATOMIC_MOVE);
        DirectorySync.syncOne(controlFile.getParent());
    }

    /** Makes the directory useless for a server again. */
    void removeControlFile() throws IOException {
        Files.deleteIfExists(path(Restore.CONTROL_FILE));
    }

    /** The data directory first, then those that its links lead to. */
    List<Path> roots() {
        return plan.directories().stream().map(PlannedDirectory::path).toList();
    }

    Path path(DataPath path) {
        return path.under(plan.dataDirectory());
    }

    RestorePlan plan() {
        return plan;
    }

    FileAccess access() {
        return access;
    }

    int directoryMode() {
        return plan.content().mode();
    }

    /** As the server makes its files: the group may read them if it may enter the data directory. */
    int fileMode() {
        return (directoryMode() & 050) == 0 ? 0600 : 0640;
    }
}
