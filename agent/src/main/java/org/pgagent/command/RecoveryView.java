package org.pgagent.command;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.pgagent.catalog.RecoveryInterval;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.Timeline;
import org.pgagent.repository.BackupId;

/**
 * What points can be recovered, as it is printed: as lines for people, or, with these names, as JSON.
 *
 * @param backupsWithoutWal those whose own WAL is not complete: they cannot be restored
 */
record RecoveryView(@JsonUnwrapped Whose whose, List<Interval> intervals, List<BackupId> backupsWithoutWal) {
    private static final DateTimeFormatter SECOND =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss").withZone(ZoneOffset.UTC);

    /**
     * A stretch of which every point can be recovered.
     *
     * @param from when its first backup was consistent
     * @param fromLsn where
     * @param to when the last of its WAL was stored
     * @param toLsn where that ends
     * @param backups that it can be recovered from
     * @param then why it ends
     */
    record Interval(
            Timeline timeline, Instant from, Lsn fromLsn, Instant to, Lsn toLsn, List<BackupId> backups, String then) {}

    static RecoveryView of(Whose whose, List<RecoveryInterval> intervals, List<BackupId> withoutWal) {
        return new RecoveryView(
                whose,
                intervals.stream()
                        .map(interval -> new Interval(
                                interval.timeline(),
                                interval.fromTime(),
                                interval.from(),
                                interval.toStoredAt(),
                                interval.to(),
                                interval.backups(),
                                interval.then().name().toLowerCase(Locale.ROOT)))
                        .toList(),
                withoutWal);
    }

    /** At most 80 columns wide. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        if (intervals.isEmpty()) {
            lines.add("Nothing of '" + whose.cluster() + "' in " + whose.repository() + " can be recovered.");
        } else {
            lines.addAll(table());
        }
        for (BackupId id : backupsWithoutWal) {
            lines.add("Backup " + id + " cannot be restored: WAL that it needs is missing.");
        }
        return lines;
    }

    private List<String> table() {
        TextTable table = TextTable.of(">TLI", "Any point from (UTC)", "to (UTC)", ">LSN", ">Backups", "Then");
        for (Interval interval : intervals) {
            table.row(
                    interval.timeline().toString(),
                    SECOND.format(interval.from()),
                    SECOND.format(interval.to()),
                    interval.toLsn().toString(),
                    String.valueOf(interval.backups().size()),
                    interval.then());
        }
        return table.lines();
    }
}
