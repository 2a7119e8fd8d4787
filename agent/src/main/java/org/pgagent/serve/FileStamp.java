package org.pgagent.serve;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** What shows, without reading it, that a file or directory was changed or replaced; empty for one that cannot be looked at. */
public record FileStamp(Map<String, Object> attributes) {
    public static FileStamp of(Path file) {
        try {
            return new FileStamp(Files.readAttributes(file, "unix:ino,lastModifiedTime,size"));
        } catch (IOException e) {
            return new FileStamp(Map.of());
        }
    }
}
