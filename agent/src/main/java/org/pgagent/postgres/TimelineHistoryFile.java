package org.pgagent.postgres;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.FileSystemReason;
import org.pgagent.error.PgAgentException;

/** A history file in {@code pg_wal} of a data directory. */
public final class TimelineHistoryFile {
    private TimelineHistoryFile() {}

    /**
     * Reads it.
     *
     * @return empty if there is none, as there never is of timeline 1
     * @throws PgAgentException of kind CORRUPTED if the file is malformed, LOCAL_IO if it cannot be read
     */
    public static Optional<TimelineHistory> find(Path dataDirectory, Timeline timeline) throws PgAgentException {
        Path file = dataDirectory.resolve("pg_wal").resolve(new ArchiveFile.History(timeline).fileName());
        String text;
        try {
            text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new PgAgentException(
                    ErrorKind.LOCAL_IO,
                    "cannot read " + file + ": " + FileSystemReason.of(e),
                    "Run pgagent as the operating system user that owns the data directory.",
                    e);
        }
        return Optional.of(TimelineHistory.parse(timeline, text));
    }
}
