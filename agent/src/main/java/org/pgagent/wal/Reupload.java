package org.pgagent.wal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.ArchiveFile;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.repository.WalArchive;
import org.pgagent.wal.HealResult.Refused;

/** Stores again what the archive lacks and {@code pg_wal} has, one file after another. For one round of healing. */
final class Reupload {
    /** What is wrong with one file. Any other failure would meet the other files as well. */
    private static final Set<ErrorKind> REFUSALS = EnumSet.of(
            ErrorKind.ARCHIVE_CONFLICT,
            ErrorKind.BAD_ARCHIVE_FILE,
            ErrorKind.FOREIGN_CLUSTER,
            ErrorKind.LOCAL_IO,
            ErrorKind.CORRUPTED);

    private final PgWal pgWal;
    private final WalArchive archive;
    private final ArchivePush push;
    private final List<String> healed = new ArrayList<>();
    private final List<Refused> refused = new ArrayList<>();

    Reupload(PgWal pgWal, WalArchive archive, ArchivePush push) {
        this.pgWal = pgWal;
        this.archive = archive;
        this.push = push;
    }

    /** Tells which segments somebody may still want. */
    @FunctionalInterface
    interface Wanted {
        boolean has(WalSegment segment);
    }

    List<String> healed() {
        return healed;
    }

    List<Refused> refused() {
        return refused;
    }

    /**
     * The history files of a timeline and of those it comes from. The server notes none to be archived that it wrote while
     * its archiving was off, so the notes are not asked.
     *
     * @return false if the archive has another history of this timeline: two servers took it
     */
    boolean histories(TimelineHistory history) throws IOException {
        if (history.ancestors().isEmpty()) {
            return true;
        }
        NavigableSet<Timeline> archived = archive.histories().navigableKeySet();
        for (TimelineHistory.Entry ancestor : history.ancestors()) {
            if (!archived.contains(ancestor.timeline())) {
                pushHistory(ancestor.timeline());
            }
        }
        Optional<TimelineHistory> stored = archive.history(history.timeline());
        return stored.equals(Optional.of(history)) || pushHistory(history.timeline());
    }

    /** The one of the first timeline does not exist, and another one may have been removed. */
    private boolean pushHistory(Timeline timeline) throws IOException {
        String fileName = new ArchiveFile.History(timeline).fileName();
        return !pgWal.has(fileName) || push(fileName);
    }

    /**
     * The other archive files that the server believes to be archived and that lie on its history.
     *
     * @param wanted which segments somebody may still want
     */
    void files(TimelineHistory history, WalSegmentSize size, Wanted wanted) throws IOException {
        WalArchive.Lookup lookup = archive.lookup();
        List<String> missing = new ArrayList<>();
        for (ArchiveFile file : pgWal.done()) {
            Optional<WalSegment> segment =
                    segmentOf(file, size).filter(candidate -> wanted.has(candidate) && liesOn(history, candidate));
            if (segment.isPresent() && !lookup.has(file.fileName())) {
                missing.add(file.fileName());
            }
        }
        for (String fileName : missing) {
            push(fileName);
        }
    }

    /** Empty for files that belong to no segment, and for names that no segment of this size has. */
    private static Optional<WalSegment> segmentOf(ArchiveFile file, WalSegmentSize size) {
        try {
            if (file instanceof ArchiveFile.Segment segment) {
                return Optional.of(segment.segment(size));
            }
            if (file instanceof ArchiveFile.Partial partial) {
                return Optional.of(partial.segment(size));
            }
            return file instanceof ArchiveFile.BackupHistory backup
                    ? Optional.of(backup.segment(size))
                    : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Also the segment in which an ancestor was left, which has that ancestor's last bytes. */
    private static boolean liesOn(TimelineHistory history, WalSegment segment) {
        return history.timelines().contains(segment.timeline())
                && history.switchPoint(segment.timeline())
                        .map(left -> segment.number()
                                <= WalSegment.containing(segment.timeline(), left, segment.size())
                                        .number())
                        .orElse(true);
    }

    /** Whether the archive has the file now, or the server no longer has it, so that there is nothing to be said of it. */
    private boolean push(String fileName) throws IOException {
        Path path = pgWal.path(fileName);
        try {
            push.push(path);
            healed.add(fileName);
            return true;
        } catch (PgAgentException e) {
            if (!REFUSALS.contains(e.kind())) {
                throw e;
            }
            if (!Files.exists(path)) { // the server needs it no longer and has removed it meanwhile
                return true;
            }
            refused.add(new Refused(fileName, e));
            return false;
        }
    }
}
