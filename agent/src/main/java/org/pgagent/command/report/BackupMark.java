package org.pgagent.command.report;

import java.time.Instant;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What is drawn in one place: a backup, or several that are too close together for a mark each.
 *
 * @param x where the first one lies
 * @param width how much room there is for it
 * @param backups at least one, oldest first
 */
record BackupMark(double x, double width, List<ListedBackup> backups) {
    private static final double NARROW = 15;
    private static final int NARROW_COUNT_MAX = 9;
    private static final double BROAD = 25;

    BackupMark {
        backups = List.copyOf(backups);
    }

    /** The marks of backups, none over another one. */
    static List<BackupMark> of(List<ListedBackup> backups, TimeAxis axis) {
        List<ListedBackup> known =
                backups.stream().filter(backup -> backup.at().isPresent()).toList();
        List<BackupMark> narrow = of(known, axis, NARROW);
        return narrow.stream().allMatch(mark -> mark.backups.size() <= NARROW_COUNT_MAX)
                ? narrow
                : of(known, axis, BROAD);
    }

    private static List<BackupMark> of(List<ListedBackup> backups, TimeAxis axis, double width) {
        return axis.apart(backups, backup -> backup.at().orElseThrow(), width).entrySet().stream()
                .map(mark -> new BackupMark(mark.getKey(), width - 1.5, mark.getValue()))
                .toList();
    }

    /** How many these are, in three characters at most. */
    String count() {
        return backups.size() > 999 ? backups.size() / 1000 + "k" : String.valueOf(backups.size());
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
            return first.id() + ", " + first.kind() + ", " + first.condition()
                    + first.at().map(at -> ", " + Wording.time(at)).orElse("");
        }
        Map<Condition, Long> counts = new EnumMap<>(Condition.class);
        backups.forEach(backup -> counts.merge(backup.condition(), 1L, Long::sum));
        return backups.size() + " backups, " + first.id() + " to "
                + backups.get(backups.size() - 1).id() + ": "
                + counts.entrySet().stream()
                        .map(entry -> entry.getValue() + " " + entry.getKey().word())
                        .collect(Collectors.joining(", "));
    }
}
