package org.pgagent.command;

import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import org.pgagent.command.report.BackupFigures;
import org.pgagent.config.ByteSize;
import org.pgagent.config.DurationText;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupKind;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;

/** The list of backups, one line each, at most 80 columns wide, in pg_rman's order and with its words. */
final class BackupTable {
    private static final DateTimeFormatter MINUTE =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm").withZone(ZoneOffset.UTC);

    /** What stands in the place of a state when the record cannot be read. */
    static final String UNREADABLE = "UNREADABLE";

    private BackupTable() {}

    private static final class Row {
        private final BackupId id;
        private final String[] cells;

        private Row(BackupId id, String... cells) {
            this.id = id;
            this.cells = cells;
        }

        private BackupId id() {
            return id;
        }
    }

    /** The table, newest backup first. */
    static List<String> lines(BackupRecords.Listed backups) {
        List<Row> rows = new ArrayList<>();
        backups.records().forEach(record -> rows.add(row(record)));
        backups.unreadable()
                .forEach(backup ->
                        rows.add(new Row(backup.id(), "-", backup.id().toString(), "-", "-", "-", "-", UNREADABLE)));
        rows.sort(Comparator.comparing(Row::id));
        Collections.reverse(rows);
        TextTable table = TextTable.of("Start time (UTC)", "Backup", "Mode", ">Duration", ">Size", ">TLI", "Status");
        rows.forEach(row -> table.row(row.cells));
        return table.lines();
    }

    private static Row row(BackupRecord record) {
        return new Row(
                record.id(),
                record.start() == null ? "-" : MINUTE.format(record.start().time()),
                record.id().toString(),
                mode(record.kind()),
                duration(record),
                size(record),
                record.start() == null ? "-" : record.start().timeline().toString(),
                record.state().name());
    }

    private static String size(BackupRecord record) {
        OptionalLong stored = BackupFigures.storedBytes(record);
        return stored.isPresent() ? new ByteSize(stored.getAsLong()).rounded() : "-";
    }

    /** In pg_rman's words. */
    static String mode(BackupKind kind) {
        return switch (kind) {
            case FULL -> "FULL";
            case INCREMENTAL -> "INCR";
            case COMPACTION -> "COMPACT";
        };
    }

    /** From the start call until the last object was stored. */
    static String duration(BackupRecord record) {
        return BackupFigures.duration(record).map(DurationText::rounded).orElse("-");
    }
}
