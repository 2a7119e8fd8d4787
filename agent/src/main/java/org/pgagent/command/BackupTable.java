package org.pgagent.command;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import org.pgagent.config.ByteSize;
import org.pgagent.config.DurationText;
import org.pgagent.repository.BackupRecord;

/** The list of backups, one line each, at most 80 columns wide, in pg_rman's order and with its words. */
final class BackupTable {
    private static final DateTimeFormatter MINUTE =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm").withZone(ZoneOffset.UTC);

    private BackupTable() {}

    /** The table, newest backup first. */
    static List<String> lines(List<BackupRecord> oldestFirst) {
        TextTable table = TextTable.of("Start time (UTC)", "Backup", "Mode", ">Duration", ">Size", ">TLI", "Status");
        for (int i = oldestFirst.size() - 1; i >= 0; i--) {
            BackupRecord record = oldestFirst.get(i);
            table.row(
                    record.start() == null ? "-" : MINUTE.format(record.start().time()),
                    record.id().toString(),
                    record.kind().toString().toUpperCase(Locale.ROOT),
                    duration(record),
                    record.totals() == null ? "-" : new ByteSize(record.totals().storedBytes()).rounded(),
                    record.start() == null ? "-" : record.start().timeline().toString(),
                    record.state().name());
        }
        return table.lines();
    }

    /** From the start call until the last object was stored. */
    static String duration(BackupRecord record) {
        Instant end = record.stop() == null ? null : record.stop().finishedAt();
        return record.start() == null || end == null
                ? "-"
                : DurationText.rounded(Duration.between(record.start().time(), end));
    }
}
