package org.pgagent.storage;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** An object as a file: what tells one version of it from another. */
record FileState(long sizeBytes, FileTime modified, long inode) {
    private static final String ATTRIBUTES = "unix:size,lastModifiedTime,ino,isRegularFile";

    /** The file's state; empty when it does not exist or is no regular file. Symbolic links are not followed. */
    static Optional<FileState> of(Path file) throws IOException {
        try {
            Map<String, Object> found = Files.readAttributes(file, ATTRIBUTES, LinkOption.NOFOLLOW_LINKS);
            if (!(Boolean) found.get("isRegularFile")) {
                return Optional.empty();
            }
            return Optional.of(new FileState(
                    (Long) found.get("size"), (FileTime) found.get("lastModifiedTime"), (Long) found.get("ino")));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (FileSystemException e) {
            if (FileErrors.saysNotDirectory(e)) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /**
     * Changes with every version: a replacement never has the modification time of its predecessor, see {@link
     * FilePublisher}.
     */
    String etag() {
        return Long.toHexString(sizeBytes) + "-" + Long.toHexString(modified.to(TimeUnit.NANOSECONDS)) + "-"
                + Long.toHexString(inode);
    }

    ObjectInfo info(ObjectKey key) {
        return new ObjectInfo(key, sizeBytes, etag(), modified.toInstant());
    }
}
