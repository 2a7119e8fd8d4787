package org.pgagent.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.pgagent.repository.BackupRecord;

/** The host and the process that run this program. */
public final class ThisHost {
    private ThisHost() {}

    public static BackupRecord.Writer writer() {
        return new BackupRecord.Writer(name(), ProcessHandle.current().pid(), ProgramVersion.current());
    }

    /** As the kernel knows it, which needs no name service. */
    private static String name() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        } catch (IOException e) {
            return "unknown"; // a name for people, on which nothing depends
        }
    }
}
