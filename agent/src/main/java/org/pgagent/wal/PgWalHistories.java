package org.pgagent.wal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.FileSystemReason;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.ArchiveFile;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.repository.TimelineHistories;

/** The history files in {@code pg_wal} of a data directory. */
record PgWalHistories(Path dataDirectory) implements TimelineHistories {
    @Override
    public Optional<TimelineHistory> find(Timeline timeline) throws IOException {
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
