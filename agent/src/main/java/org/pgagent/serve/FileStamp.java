package org.pgagent.serve;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;

/** What shows, without reading it, that a file or directory was changed or replaced. Two that are not there are equal. */
public record FileStamp(Object inode, FileTime modified, long bytes) {
    private static final FileStamp ABSENT = new FileStamp(0L, FileTime.fromMillis(0), -1);

    public static FileStamp of(Path file) {
        try {
            return new FileStamp(
                    Files.getAttribute(file, "unix:ino"), Files.getLastModifiedTime(file), Files.size(file));
        } catch (IOException e) {
            return ABSENT;
        }
    }
}
