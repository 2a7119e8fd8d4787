package org.pgagent.catalog;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.pgagent.catalog.WalInventory.Run;
import org.pgagent.catalog.WalInventory.TimelineWal;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.ArchiveFile;
import org.pgagent.postgres.SegmentRange;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.repository.WalArchive;
import org.pgagent.storage.ObjectInfo;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lists the whole archive once, a page at a time, and says what WAL there is. For one survey by one thread. */
public final class WalSurvey {
    private static final Logger LOG = LoggerFactory.getLogger(WalSurvey.class);

    private final WalArchive archive;
    private final WalSegmentSize size;
    private final NavigableMap<Timeline, Found> found = new TreeMap<>();

    public WalSurvey(WalArchive archive, WalSegmentSize size) {
        this.archive = archive;
        this.size = size;
    }

    /** What was found of one timeline so far. */
    private static final class Found {
        private final List<Run> runs = new ArrayList<>();
        private Instant historyStoredAt;
        private long segments;
        private long storedBytes;

        private void add(WalSegment segment, ObjectInfo object) {
            Instant storedAt = object.lastModified();
            int last = runs.size() - 1;
            if (last >= 0 && runs.get(last).range().isFollowedBy(segment)) {
                runs.set(last, new Run(runs.get(last).range().with(segment), storedAt));
            } else {
                runs.add(new Run(SegmentRange.of(segment), storedAt));
            }
            segments++;
            storedBytes += object.sizeBytes();
        }
    }

    /** One request for each thousand archive files, and one for each history file. */
    public WalInventory survey() throws IOException {
        archive.forEachFile((file, object) -> {
            if (file instanceof ArchiveFile.History history) {
                of(history.timeline()).historyStoredAt = object.lastModified();
            } else if (file instanceof ArchiveFile.Segment segment) {
                parse(segment).ifPresent(parsed -> of(parsed.timeline()).add(parsed, object));
            }
        });
        List<TimelineWal> timelines = new ArrayList<>();
        for (Map.Entry<Timeline, Found> entry : found.entrySet()) {
            Found wal = entry.getValue();
            timelines.add(new TimelineWal(
                    history(entry.getKey(), wal), wal.historyStoredAt, wal.runs, wal.segments, wal.storedBytes));
        }
        return new WalInventory(timelines);
    }

    private Found of(Timeline timeline) {
        return found.computeIfAbsent(timeline, key -> new Found());
    }

    /** Empty for a name that no segment of the cluster's size has. */
    private Optional<WalSegment> parse(ArchiveFile.Segment segment) {
        try {
            return Optional.of(segment.segment(size));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private TimelineHistory history(Timeline timeline, Found wal) throws IOException {
        TimelineHistory unknown = TimelineHistory.withoutAncestors(timeline);
        if (wal.historyStoredAt == null) {
            return unknown;
        }
        try {
            return archive.history(timeline).orElse(unknown);
        } catch (PgAgentException e) {
            if (e.kind() != ErrorKind.CORRUPTED) {
                throw e;
            }
            LOG.warn("where a timeline comes from cannot be told: {}", e.getMessage());
            return unknown;
        }
    }
}
