package org.pgagent.catalog;

import java.io.IOException;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.WalArchive;

/**
 * The timelines that an archive has, where each comes from and where it ends; and whether backups have their own WAL. A few
 * requests for each timeline, and one for each backup that is asked about. For one thread.
 */
final class ArchivedTimelines {
    private final WalArchive archive;
    private final WalSegmentSize size;
    private final Map<Timeline, TimelineHistory> histories = new TreeMap<>();
    private final Map<Timeline, WalArchive.End> ends = new HashMap<>();
    private final Map<BackupId, Boolean> whole = new HashMap<>();

    private ArchivedTimelines(WalArchive archive, WalSegmentSize size) {
        this.archive = archive;
        this.size = size;
    }

    /** @throws PgAgentException of kind CORRUPTED if a history file is damaged */
    static ArchivedTimelines read(WalArchive archive, WalSegmentSize size) throws IOException {
        ArchivedTimelines timelines = new ArchivedTimelines(archive, size);
        for (Timeline timeline : archive.timelines()) {
            timelines.histories.put(timeline, history(archive, timeline));
            archive.end(timeline).ifPresent(end -> timelines.ends.put(timeline, end));
        }
        return timelines;
    }

    private static TimelineHistory history(WalArchive archive, Timeline timeline) throws IOException {
        try {
            return archive.history(timeline).orElse(TimelineHistory.withoutAncestors(timeline));
        } catch (PgAgentException e) {
            if (e.kind() != ErrorKind.CORRUPTED) {
                throw e;
            }
            throw new PgAgentException(
                    ErrorKind.CORRUPTED,
                    "what may be expired cannot be told, because it is not known where a timeline comes from: "
                            + e.getMessage(),
                    "Put an older version of that object back, or remove it: the server's agent stores it again.",
                    e);
        }
    }

    WalSegmentSize segmentSize() {
        return size;
    }

    /** The histories of all timelines of which the archive has anything, by id. */
    Collection<TimelineHistory> histories() {
        return histories.values();
    }

    /**
     * Whether anything of a timeline may be as young as a moment. The store's clock is asked here alone, and only for a reason
     * to keep.
     */
    boolean mayReach(Timeline timeline, Instant moment) {
        WalArchive.End end = ends.get(timeline);
        return end != null && !end.storedAt().isBefore(moment);
    }

    /** The segment after the last one of which a timeline has anything; empty if it has nothing but its history. */
    Optional<WalSegment> next(Timeline timeline) {
        return Optional.ofNullable(ends.get(timeline))
                .map(end -> WalSegment.parse(end.lastSegment(), size).next());
    }

    /** When the last WAL of any timeline was stored; empty if there is none. */
    Optional<Instant> lastStoredAt() {
        return ends.values().stream().map(WalArchive.End::storedAt).max(Instant::compareTo);
    }

    /** Whether the archive has all WAL without which a backup cannot become consistent. */
    boolean hasWalOf(BackupRecord backup) throws IOException {
        Boolean known = whole.get(backup.id());
        if (known == null) {
            known = new BackupWal(archive).firstMissing(backup).isEmpty();
            whole.put(backup.id(), known);
        }
        return known;
    }
}
