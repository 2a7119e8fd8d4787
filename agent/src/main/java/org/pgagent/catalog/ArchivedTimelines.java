package org.pgagent.catalog;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.WalArchive;

/**
 * The timelines that an archive has, where each comes from and where it ends; and whether backups have their own WAL. A few
 * requests for each timeline, and one for each backup that is asked about. For one thread.
 */
final class ArchivedTimelines {
    /** By how much the clocks of servers, of this host and of the store may differ without any harm. */
    private static final Duration CLOCKS_DIFFER_MAX = Duration.ofDays(1);

    private final WalArchive archive;
    private final Map<Timeline, TimelineHistory> histories = new TreeMap<>();
    private final Map<Timeline, Instant> storedAt = new HashMap<>();
    private final Map<Timeline, String> lastSegments = new HashMap<>();
    private final Map<BackupId, Boolean> whole = new HashMap<>();

    private ArchivedTimelines(WalArchive archive) {
        this.archive = archive;
    }

    /**
     * Looks.
     *
     * @throws PgAgentException of kind CORRUPTED if a history file is damaged
     */
    static ArchivedTimelines read(WalArchive archive) throws IOException {
        ArchivedTimelines timelines = new ArchivedTimelines(archive);
        timelines.storedAt.putAll(archive.histories());
        for (Timeline timeline : archive.timelines()) {
            timelines.histories.put(timeline, history(archive, timeline));
            Optional<WalArchive.End> end = archive.end(timeline);
            if (end.isPresent()) {
                timelines.storedAt.merge(timeline, end.get().storedAt(), ArchivedTimelines::later);
                timelines.lastSegments.put(timeline, end.get().lastSegment());
            }
        }
        List.copyOf(timelines.histories.keySet()).forEach(timelines::deriveHistory);
        return timelines;
    }

    private static Instant later(Instant one, Instant other) {
        return one.isBefore(other) ? other : one;
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
                    "what may be deleted cannot be told, because it is not known where a timeline comes from: "
                            + e.getMessage(),
                    "Put an older version of that object back, or remove it: the server's agent stores it again.",
                    e);
        }
    }

    /** A timeline whose history file is missing comes from where those that come from it say. */
    private void deriveHistory(Timeline timeline) {
        if (!isOfUnknownOrigin(timeline)) {
            return;
        }
        for (TimelineHistory child : histories.values()) {
            int index = child.timelines().indexOf(timeline);
            if (index > 0 && !child.timeline().equals(timeline)) {
                histories.put(
                        timeline,
                        new TimelineHistory(timeline, child.ancestors().subList(0, index)));
                return;
            }
        }
    }

    /** Whether nobody knows where a timeline comes from. */
    boolean isOfUnknownOrigin(Timeline timeline) {
        return !timeline.equals(Timeline.FIRST) && history(timeline).ancestors().isEmpty();
    }

    /** The histories of all timelines of which the archive has anything, by id. */
    Collection<TimelineHistory> histories() {
        return histories.values();
    }

    /** The history of a timeline, also of one that the archive has nothing of. */
    TimelineHistory history(Timeline timeline) {
        return histories.getOrDefault(timeline, TimelineHistory.withoutAncestors(timeline));
    }

    /**
     * Whether anything of a timeline may be as young as a moment, also if clocks differ by a day. The store's clock is asked
     * here alone, and only for a reason to keep.
     */
    boolean mayReach(Timeline timeline, Instant moment) {
        Instant last = storedAt.get(timeline);
        return last != null && !last.plus(CLOCKS_DIFFER_MAX).isBefore(moment);
    }

    /** The name of the last segment of which a timeline has anything; empty if it has nothing but its history. */
    Optional<String> lastSegment(Timeline timeline) {
        return Optional.ofNullable(lastSegments.get(timeline));
    }

    /** When the last file of any timeline was stored; empty if there is none. */
    Optional<Instant> lastStoredAt() {
        return storedAt.values().stream().max(Instant::compareTo);
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
