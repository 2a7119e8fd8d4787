package org.pgagent.command.report;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.pgagent.catalog.RecoveryInterval;
import org.pgagent.catalog.RecoverySurvey;
import org.pgagent.catalog.RecoveryWindow;
import org.pgagent.repository.BackupRecord;

/**
 * What whoever opens a report wants to know first.
 *
 * @param attention what somebody should look at, in plain words
 */
record Verdict(Standing standing, String headline, String detail, List<String> attention) {
    private static final Duration QUIET_MAX = Duration.ofDays(1);

    Verdict {
        attention = List.copyOf(attention);
    }

    /** The verdict in a word. */
    enum Standing {
        GOOD("\u2713", "Can be restored"),
        ATTENTION("!", "Can be restored, but needs a look"),
        BAD("\u2715", "Cannot be restored"),
        EMPTY("\u2013", "No backup yet");

        private final String sign;
        private final String words;

        Standing(String sign, String words) {
            this.sign = sign;
            this.words = words;
        }

        String sign() {
            return sign;
        }

        String words() {
            return words;
        }
    }

    static Verdict of(ReportContent content, List<RecoveryInterval> intervals) {
        List<ListedBackup> backups = content.backups();
        if (backups.isEmpty()) {
            return new Verdict(
                    Standing.EMPTY,
                    "There is nothing to restore yet.",
                    "Take the first backup: pgagent backup --bucket BUCKET -D DATA_DIRECTORY. And let PostgreSQL archive"
                            + " its WAL: archive_command = 'pgagent wal-push %p'.",
                    List.of());
        }
        List<String> attention = attention(content, backups);
        Optional<Instant> newest = newest(intervals);
        if (newest.isEmpty()) {
            return new Verdict(
                    Standing.BAD,
                    "No point can be restored.",
                    "None of the backups is complete, whole, and has the WAL that it needs. Take a backup now.",
                    attention);
        }
        Duration age = Duration.between(newest.get(), content.writtenAt());
        if (age.compareTo(QUIET_MAX) > 0) {
            attention.add(
                    "The newest point is " + Wording.age(age)
                            + " old. If the cluster was in use since then, its WAL does not arrive: pgagent check, pgagent status.");
        }
        return new Verdict(
                attention.isEmpty() ? Standing.GOOD : Standing.ATTENTION,
                age.toMinutes() < 1
                        ? "The cluster can be restored up to the minute of this report."
                        : "The cluster can be restored up to " + Wording.age(age) + " before this report.",
                "The newest point is of " + Wording.time(newest.get()) + ", the oldest one of "
                        + Wording.time(oldest(intervals).orElseThrow()) + " (UTC)"
                        + (intervals.size() == 1
                                ? ", and every one between them can be restored."
                                : ". What lies between them is drawn below."),
                attention);
    }

    /** The end of the newest WAL that a recovery comes to. */
    static Optional<Instant> newest(List<RecoveryInterval> intervals) {
        return intervals.stream().map(RecoveryInterval::toStoredAt).max(Comparator.naturalOrder());
    }

    static Optional<Instant> oldest(List<RecoveryInterval> intervals) {
        return intervals.stream().map(RecoveryInterval::fromTime).min(Comparator.naturalOrder());
    }

    private static List<String> attention(ReportContent content, List<ListedBackup> backups) {
        List<String> attention = new ArrayList<>();
        content.archive().map(ReportContent.Archive::survey).ifPresent(survey -> ofWal(survey, attention));
        tell(backups, Condition.CORRUPT, "found damaged; pgagent show ID tells what of it.", attention);
        tell(
                backups,
                Condition.UNREADABLE,
                "found with a damaged record, and nothing else is known of them.",
                attention);
        ListedBackup last = backups.get(backups.size() - 1);
        if (last.condition() == Condition.ERROR) {
            attention.add("The newest backup, " + last.id() + ", did not end well"
                    + last.record()
                            .map(BackupRecord::error)
                            .map(error -> ": " + error)
                            .orElse("") + ".");
        }
        return attention;
    }

    private static void tell(List<ListedBackup> backups, Condition condition, String words, List<String> attention) {
        long count = backups.stream()
                .filter(backup -> backup.condition() == condition)
                .count();
        if (count > 0) {
            attention.add(Wording.count(count, "backup") + (count == 1 ? " was " : " were ") + words);
        }
    }

    private static void ofWal(RecoverySurvey survey, List<String> attention) {
        List<RecoveryWindow> windows = survey.windows();
        boolean behindGap = !windows.isEmpty()
                && windows.stream()
                        .filter(window -> window.backup()
                                .id()
                                .equals(windows.get(0).backup().id()))
                        .allMatch(window -> window.then() == RecoveryWindow.Then.GAP);
        if (behindGap) {
            attention.add("WAL is missing after the newest backup, and what comes after it cannot be recovered."
                    + " Take a backup now.");
        } else if (!survey.gaps().isEmpty()) {
            attention.add(Wording.count(survey.gaps().size(), "gap")
                    + " in the WAL: some points of the past cannot be recovered.");
        }
        int without = survey.withoutWal().size();
        if (without > 0) {
            attention.add(Wording.count(without, "backup") + " cannot be restored for want of WAL: "
                    + survey.withoutWal().get(0) + (without > 1 ? " and others." : "."));
        }
    }
}
