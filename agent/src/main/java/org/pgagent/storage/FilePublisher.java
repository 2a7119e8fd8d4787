package org.pgagent.storage;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

/**
 * Gives a file that was written and synced beside it the name of its object, all at once and under a condition.
 *
 * <p>An object that must be absent is published by {@code link(2)}, which fails when the name is taken, so it needs no
 * lock. Every other change to a name is made under the store's lock: look, then {@code rename(2)}. A file that replaces
 * another gets a later modification time than that one, whatever the clock says, so that no two versions of an object have
 * the same ETag.
 */
final class FilePublisher {
    private final RepositoryDirectory directory;
    private final StoreLock lock;

    FilePublisher(RepositoryDirectory directory, StoreLock lock) {
        this.directory = directory;
        this.lock = lock;
    }

    /**
     * Publishes. When it returns, the caller still has to put the name on disk and to remove {@code written}, which may be
     * there under its old name too; when it throws, nothing was published.
     *
     * @throws ObjectChangedException if the condition does not hold; an object that should be absent is on disk by then
     */
    ObjectInfo publish(Path written, ObjectKey key, WriteCondition condition) throws IOException {
        Path file = directory.file(key);
        if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new PgAgentException(
                    ErrorKind.STORE_DENIED,
                    key + " in " + directory.root() + " is a folder",
                    "A directory cannot keep an object 'a' and an object 'a/b'; remove what is in the way.");
        }
        FileState published = condition instanceof WriteCondition.IfAbsent
                ? create(written, file, key)
                : lock.holding(() -> replace(written, file, key, condition));
        return published.info(key);
    }

    private FileState create(Path written, Path file, ObjectKey key) throws IOException {
        FileState state = stateOf(written);
        try {
            Files.createLink(file, written);
            return state;
        } catch (FileAlreadyExistsException e) {
            throw exists(file, key, e);
        } catch (FileSystemException | UnsupportedOperationException e) {
            if (!FileErrors.saysNoHardLinks(e)) {
                throw e;
            }
            // A file system without hard links: all its writers come this way, so the lock is enough.
            return lock.holding(() -> createUnderLock(written, file, key));
        }
    }

    private FileState createUnderLock(Path written, Path file, ObjectKey key) throws IOException {
        if (FileState.of(file).isPresent()) {
            throw exists(file, key, null);
        }
        FileState state = stateOf(written);
        Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
        return state;
    }

    private FileState replace(Path written, Path file, ObjectKey key, WriteCondition condition) throws IOException {
        Optional<FileState> present = FileState.of(file);
        if (condition instanceof WriteCondition.IfUnchanged unchanged
                && !present.map(FileState::etag).equals(Optional.of(unchanged.etag()))) {
            throw changed(key, null);
        }
        if (present.isPresent()) {
            makeLater(written, present.get().modified());
        }
        FileState state = stateOf(written);
        Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
        return state;
    }

    private static void makeLater(Path written, FileTime than) throws IOException {
        if (stateOf(written).modified().compareTo(than) <= 0) {
            Files.setLastModifiedTime(written, FileTime.from(than.toInstant().plus(1, ChronoUnit.MICROS)));
        }
    }

    private static FileState stateOf(Path written) throws IOException {
        return FileState.of(written).orElseThrow(() -> new NoSuchFileException(written.toString()));
    }

    /** Puts the name on disk, which its writer may not have done yet: whoever finds his own bytes there relies on it. */
    private ObjectChangedException exists(Path file, ObjectKey key, IOException cause) throws IOException {
        directory.syncFolder(file.getParent());
        return changed(key, cause);
    }

    private ObjectChangedException changed(ObjectKey key, IOException cause) {
        return new ObjectChangedException(key + " in " + directory.root(), cause);
    }
}
