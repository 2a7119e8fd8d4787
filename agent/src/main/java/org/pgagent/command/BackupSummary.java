package org.pgagent.command;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.pgagent.backup.BackupResult;
import org.pgagent.config.DurationText;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecord.Totals;
import org.pgagent.storage.StoreCounts;

/** What an operator wants to see of a backup that has just been taken. */
final class BackupSummary {
    private BackupSummary() {}

    static List<String> lines(BackupResult result, StoreCounts counts) {
        BackupRecord record = result.record();
        Totals totals = record.totals();
        FactLines lines = FactLines.below("Backup " + record.id() + " is complete, status " + record.state());
        if (record.parent() != null) {
            lines.add(
                    "Parent",
                    record.parent().id() + ", changes told by "
                            + record.parent().changedBy());
        }
        lines.add("Size", FactLines.size(totals.originalBytes()) + " in " + totals.files() + " files");
        lines.add(
                "Stored",
                FactLines.size(totals.storedBytes()) + " in " + record.packs().size() + " packs, "
                        + totals.compression() + (record.parent() == null ? ratio(totals) : ""));
        lines.add("Copied in", DurationText.rounded(result.copied()) + rate(totals.readBytes(), result.copied()));
        lines.add(
                "WAL",
                record.start().lsn() + " to " + record.stop().lsn() + " on timeline "
                        + record.stop().timeline() + ", waited " + DurationText.rounded(result.waitedForWal()));
        if (record.serverLogs() != null) {
            lines.add("Server logs", ServerLogRun.text(record.serverLogs()));
        }
        lines.add("Requests", counts.requestsTotal());
        lines.add("Bad pages", totals.badPages());
        return lines.all();
    }

    private static String ratio(Totals totals) {
        return totals.storedBytes() == 0
                ? ""
                : String.format(Locale.ROOT, ", %.1f : 1", (double) totals.originalBytes() / totals.storedBytes());
    }

    private static String rate(long bytes, Duration elapsed) {
        return ", " + FactLines.size(bytes * 1000 / Math.max(1, elapsed.toMillis())) + "/s";
    }
}
