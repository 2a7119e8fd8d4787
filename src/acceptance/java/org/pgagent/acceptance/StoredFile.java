package org.pgagent.acceptance;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;

/** An object of the store, looked at behind the store's back: it keeps each as a file of its own. */
record StoredFile(Path path) {
    /**
     * What an object is now. The store makes a new file for each PUT, so a second PUT of the same bytes is another version.
     *
     * @param file the file's identity, which is its inode
     */
    record Version(Object file, FileTime written, ByteBuffer content) {}

    boolean exists() {
        return Files.exists(path);
    }

    /** Fails if there is no such object. */
    Version version() throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
        return new Version(
                attributes.fileKey(), attributes.lastModifiedTime(), ByteBuffer.wrap(Files.readAllBytes(path)));
    }

    /** Loses the object, as a lifecycle rule or a careless hand would. */
    void remove() throws IOException {
        Files.delete(path);
    }
}
