package org.pgagent.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.pgagent.postgres.DataDirectoryRules;

/** A directory of log files, and the data directory of the server that writes them. */
final class LogDirectory {
    private final Path dataDirectory;
    private final Path directory;

    /** @param told absolute, or relative to the data directory, as {@code log_directory} is */
    LogDirectory(Path dataDirectory, Path told) {
        this.dataDirectory = dataDirectory.toAbsolutePath().normalize();
        this.directory = this.dataDirectory.resolve(told).normalize();
    }

    Path path() {
        return directory;
    }

    boolean isInside() {
        return directory.startsWith(dataDirectory);
    }

    /** As it is kept: relative if it lies in the data directory, for that may be restored elsewhere. */
    String kept() {
        return isInside() ? dataDirectory.relativize(directory).toString() : directory.toString();
    }

    /**
     * Why it cannot be one: what lies in it would be taken for log files, and put back beside the server's own files. Empty if
     * it can.
     *
     * @param major of the server
     */
    Optional<String> fault(int major) throws IOException {
        Path data = real(dataDirectory);
        Path logs = real(directory);
        boolean own = data.startsWith(logs)
                || DataDirectoryRules.requiredDirectories(major).stream()
                        .map(required -> required.under(data))
                        .anyMatch(logs::startsWith);
        return own
                ? Optional.of("log_directory is " + directory + ", where the server has files that are no logs")
                : Optional.empty();
    }

    private static Path real(Path path) throws IOException {
        return Files.exists(path) ? path.toRealPath() : path;
    }
}
