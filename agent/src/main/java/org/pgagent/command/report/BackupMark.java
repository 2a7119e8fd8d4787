package org.pgagent.command.report;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What is drawn in one place: a backup, or several that are too close together for a mark each.
 *
 * @param x where the first one lies
 * @param backups at least one, oldest first
 */
record BackupMark(double x, List<ListedBackup> backups) {
    BackupMark {
        backups = List.copyOf(backups);
    }

    /** Puts backups together that are not as far from each other, so that no mark lies over another one. */
    static List<BackupMark> of(List<ListedBackup> backups, TimeAxis axis, double distance) {
        NavigableMap<Double, List<ListedBackup>> marks = new TreeMap<>();
        for (ListedBackup backup : sorted(backups)) {
            double x = axis.x(backup.at().orElseThrow());
            boolean apart = marks.isEmpty() || x - marks.lastKey() >= distance;
            marks.computeIfAbsent(apart ? x : marks.lastKey(), any -> new ArrayList<>())
                    .add(backup);
        }
        return marks.entrySet().stream()
                .map(mark -> new BackupMark(mark.getKey(), mark.getValue()))
                .toList();
    }

    private static List<ListedBackup> sorted(List<ListedBackup> backups) {
        return backups.stream()
                .filter(backup -> backup.at().isPresent())
                .sorted(Comparator.comparing(backup -> backup.at().orElseThrow()))
                .toList();
    }

    boolean isOne() {
        return backups.size() == 1;
    }

    /** Whether a full backup is among them. */
    boolean hasFull() {
        return backups.stream().anyMatch(ListedBackup::isFull);
    }

    boolean hasPinned(Instant now) {
        return backups.stream()
                .anyMatch(backup ->
                        backup.record().filter(record -> record.isPinned(now)).isPresent());
    }

    /** That of the one that most wants to be looked at. */
    Condition worst() {
        return backups.stream()
                .map(ListedBackup::condition)
                .max(Comparator.naturalOrder())
                .orElseThrow();
    }

    /** What is told of it when somebody points at it. */
    String words() {
        ListedBackup first = backups.get(0);
        if (isOne()) {
            return first.id() + ", " + (first.isFull() ? "full" : "incremental") + ", " + first.condition()
                    + first.at().map(at -> ", " + Wording.time(at)).orElse("");
        }
        Map<Condition, Long> counts = new EnumMap<>(Condition.class);
        backups.forEach(backup -> counts.merge(backup.condition(), 1L, Long::sum));
        return backups.size() + " backups, " + first.id() + " to "
                + backups.get(backups.size() - 1).id() + ": "
                + counts.entrySet().stream()
                        .map(entry -> entry.getValue() + " " + entry.getKey())
                        .collect(Collectors.joining(", "));
    }
}
