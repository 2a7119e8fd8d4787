package org.pgagent.catalog;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.repository.BackupRecord;

/**
 * From which backups the points since some moment are reached that no later backup reaches: on each timeline from the newest one
 * that was complete by then and lies on the way. Immutable.
 */
final class WindowBases {
    private final ArchivedTimelines archive;
    private final Instant now;

    /** @param now a moment that lies before it counts, and no later one */
    WindowBases(ArchivedTimelines archive, Instant now) {
        this.archive = archive;
        this.now = now;
    }

    @FunctionalInterface
    private interface Requirement {
        boolean holds(BackupRecord backup) throws IOException;
    }

    /** Whether a recovery can rely on a backup. */
    boolean isSound(BackupRecord backup) throws IOException {
        return isUsable(backup) && backup.hasOnlyGoodPages();
    }

    private boolean isUsable(BackupRecord backup) throws IOException {
        return backup.restorable() && archive.hasWalOf(backup);
    }

    /** Those of the timelines that may come as far as the moment. */
    Set<BackupRecord> of(Instant begin, Collection<BackupRecord> complete) throws IOException {
        return of(
                begin,
                complete,
                archive.histories().stream()
                        .filter(history -> isYoung(history.timeline(), begin))
                        .toList());
    }

    /** Whether a timeline may come as far as a moment. */
    boolean isYoung(Timeline timeline, Instant moment) {
        return archive.mayReach(timeline, moment.isBefore(now) ? moment : now);
    }

    /**
     * The backups without which every point since a moment can be recovered as before, on every timeline that is known, however
     * old it is. Pinned ones are not among them.
     */
    List<BackupRecord> notNeededSince(Instant begin, List<BackupRecord> records) throws IOException {
        List<BackupRecord> complete =
                records.stream().filter(BackupRecord::isComplete).toList();
        Map<Timeline, TimelineHistory> all = new TreeMap<>();
        archive.histories().forEach(history -> all.put(history.timeline(), history));
        complete.forEach(backup -> all.putIfAbsent(
                backup.stop().timeline(), archive.history(backup.stop().timeline())));
        Set<BackupRecord> needed = of(begin, complete, all.values());
        return complete.stream()
                .filter(backup ->
                        backup.stop().time().isBefore(begin) && !needed.contains(backup) && !backup.isPinned(now))
                .toList();
    }

    private Set<BackupRecord> of(
            Instant begin, Collection<BackupRecord> complete, Collection<TimelineHistory> timelines)
            throws IOException {
        Comparator<BackupRecord> byLsn =
                Comparator.comparing(backup -> backup.stop().lsn());
        List<BackupRecord> before = complete.stream()
                .filter(backup -> !backup.stop().time().isAfter(begin))
                .sorted(byLsn.reversed())
                .toList();
        Set<BackupRecord> bases = new LinkedHashSet<>();
        for (TimelineHistory history : timelines) {
            List<BackupRecord> onTheWay = new ArrayList<>(before);
            onTheWay.removeIf(backup -> !backup.liesOn(history));
            first(onTheWay, this::isUsable).ifPresent(bases::add);
            first(onTheWay, this::isSound).ifPresent(bases::add);
            if (!onTheWay.isEmpty() && !onTheWay.get(0).restorable()) {
                bases.add(onTheWay.get(0)); // what is damaged may be mended, and nothing has taken its place
            }
        }
        return bases;
    }

    private static Optional<BackupRecord> first(List<BackupRecord> backups, Requirement requirement)
            throws IOException {
        for (BackupRecord backup : backups) {
            if (requirement.holds(backup)) {
                return Optional.of(backup);
            }
        }
        return Optional.empty();
    }
}
