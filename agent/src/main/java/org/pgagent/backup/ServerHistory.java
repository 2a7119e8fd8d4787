package org.pgagent.backup;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.TimelineHistoryFile;
import org.pgagent.repository.WalArchive;

/**
 * Where the timelines of a server come from. Its own files are looked into first: after a promotion, the archive has them only
 * when the archiver has come round to it.
 */
record ServerHistory(Path dataDirectory, WalArchive archive) {
    /** The history of a timeline that the server has; without ancestors if no file tells of them. */
    TimelineHistory of(Timeline timeline) throws IOException {
        Optional<TimelineHistory> own = TimelineHistoryFile.find(dataDirectory, timeline);
        return own.isPresent()
                ? own.get()
                : archive.history(timeline).orElse(TimelineHistory.withoutAncestors(timeline));
    }
}
