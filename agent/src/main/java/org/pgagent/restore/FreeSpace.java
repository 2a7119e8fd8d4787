package org.pgagent.restore;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.FileSystemReason;
import org.pgagent.error.PgAgentException;

/** Compares what directories will need with what their file systems have, several directories on one file system together. */
final class FreeSpace {
    /** What pg_wal grows to with PostgreSQL's default of max_wal_size. */
    private static final long WAL_BYTES = 1L << 30;

    private final Map<Object, Need> needs = new HashMap<>();

    private static final class Need {
        private final Path path;
        private final OptionalLong freeBytes;
        private long bytes;
        private long presentBytes;
        private long walBytes;

        private Need(Path path, OptionalLong freeBytes) {
            this.path = path;
            this.freeBytes = freeBytes;
        }
    }

    /**
     * Notes what a directory will need. What lies in it already, after an interrupted restore, counts as free.
     *
     * @return what is free there; 0 where nobody knows
     */
    long needed(Path directory, long bytes) throws IOException {
        Need need = needOf(directory);
        need.bytes += bytes;
        if (Files.exists(directory)) {
            need.presentBytes += size(directory);
        }
        return need.freeBytes.orElse(0);
    }

    /** The same of a directory that will have WAL in it while the server recovers. */
    long neededForWal(Path directory) throws IOException {
        Need need = needOf(directory);
        need.walBytes += WAL_BYTES;
        return need.freeBytes.orElse(0);
    }

    private Need needOf(Path directory) throws IOException {
        Path existing = DestinationCheck.existingParent(directory);
        Object device = Files.getAttribute(existing, "unix:dev");
        Need need = needs.get(device);
        if (need == null) {
            need = new Need(existing, FileSystemReason.freeBytes(existing));
            needs.put(device, need);
        }
        return need;
    }

    private static long size(Path directory) throws IOException {
        long sum = 0;
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                    sum += size(entry);
                } else if (Files.isRegularFile(entry, LinkOption.NOFOLLOW_LINKS)) {
                    sum += Files.size(entry);
                }
            }
        }
        return sum;
    }

    /**
     * Warnings where room is scarce.
     *
     * @throws PgAgentException of kind DISK_FULL if a file system has less than the files need
     */
    List<String> check() throws PgAgentException {
        List<String> warnings = new ArrayList<>();
        for (Need need : needs.values()) {
            if (need.freeBytes.isEmpty()) {
                warnings.add("the file system of " + need.path + " does not say what is free; the restored files need "
                        + mebibytes(need.bytes) + ", and recovery commonly wants " + mebibytes(need.walBytes)
                        + " more");
                continue;
            }
            long freeBytes = need.freeBytes.getAsLong();
            long available = freeBytes + need.presentBytes;
            if (available < need.bytes) {
                throw new PgAgentException(
                        ErrorKind.DISK_FULL,
                        "the file system of " + need.path + " has " + mebibytes(freeBytes)
                                + " free; the restored files need " + mebibytes(need.bytes),
                        "Make room, or choose another directory (-D, --tablespace-mapping).");
            }
            if (available - need.bytes < need.walBytes) {
                warnings.add("the file system of " + need.path + " will have " + mebibytes(available - need.bytes)
                        + " left for WAL; recovery commonly wants " + mebibytes(need.walBytes));
            }
        }
        return warnings;
    }

    private static String mebibytes(long bytes) {
        return bytes / (1 << 20) + " MiB";
    }
}
