package org.pgagent.command;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.pgagent.config.ByteSize;
import org.pgagent.postgres.WalRange;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecord.Source;
import org.pgagent.repository.BackupRecord.Start;
import org.pgagent.repository.BackupRecord.Stop;
import org.pgagent.repository.BackupRecord.Totals;

/** Everything that is known of one backup, a line for each fact; what a backup does not have yet is left out. */
final class BackupDetail {
    private static final DateTimeFormatter SECOND =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss 'UTC'").withZone(ZoneOffset.UTC);

    private final List<String> lines = new ArrayList<>();

    private BackupDetail() {}

    static List<String> lines(BackupRecord record) {
        BackupDetail detail = new BackupDetail();
        detail.line("Backup", record.id());
        detail.line("Mode", record.kind().toString().toUpperCase(Locale.ROOT));
        detail.line("Status", record.state());
        if (record.error() != null) {
            detail.line("Error", record.error());
        }
        if (record.start() != null) {
            detail.start(record.start());
        }
        if (record.stop() != null) {
            detail.stop(record.stop());
            detail.line("Duration", BackupTable.duration(record));
        }
        if (record.totals() != null) {
            detail.totals(record.totals(), record.packs());
        }
        if (record.source() != null) {
            detail.source(record.source());
        }
        if (record.writer() != null) {
            detail.line(
                    "Taken by",
                    "pgagent " + record.writer().pgagentVersion() + " on "
                            + record.writer().host());
        }
        return detail.lines;
    }

    private void start(Start start) {
        line("Label", start.label());
        line("Start time", time(start.time()));
        line("Start LSN", start.lsn() + " on timeline " + start.timeline());
        line("Checkpoint", start.checkpoint());
    }

    private void stop(Stop stop) {
        line("Stop time", time(stop.time()) + " (restorable from here on)");
        line("Stop LSN", stop.lsn() + " on timeline " + stop.timeline());
        if (stop.xid() != null) {
            line("Next xid", stop.xid());
        }
        for (WalRange range : stop.wal()) {
            line("WAL needed", range.start() + " to " + range.end() + " on timeline " + range.timeline());
        }
        if (stop.finishedAt() != null) {
            line("Finished", time(stop.finishedAt()));
        }
    }

    private void totals(Totals totals, List<BackupRecord.Pack> packs) {
        line("Files", totals.files() + ", and " + totals.directories() + " directories, " + totals.links() + " links");
        line("Size", new ByteSize(totals.originalBytes()).rounded() + " (" + totals.originalBytes() + " bytes)");
        String stored = new ByteSize(totals.storedBytes()).rounded() + " (" + totals.storedBytes() + " bytes)";
        line("Stored", packs == null ? stored : stored + " in " + packs.size() + " packs");
        line("Compression", totals.compression());
        line("Bad pages", totals.badPages());
    }

    private void source(Source source) {
        line("PostgreSQL", version(source.version()) + (source.standby() ? ", a standby" : ""));
        line("System identifier", source.systemIdentifier());
        line("Page checksums", source.dataChecksums() ? "on" : "off");
        line("WAL segments", new ByteSize(source.walSegmentSize()));
        for (BackupRecord.Tablespace tablespace : source.tablespaces()) {
            line("Tablespace", tablespace.oid() + " at " + tablespace.location());
        }
    }

    /** From {@code server_version_num}, such as 150020 for 15.20. */
    private static String version(int number) {
        return number / 10_000 + "." + number % 10_000;
    }

    private static String time(Instant instant) {
        return SECOND.format(instant);
    }

    private void line(String name, Object value) {
        lines.add(String.format("%-18s %s", name, value));
    }
}
