package org.pgagent.command;

import java.util.List;
import java.util.Optional;
import org.pgagent.config.DurationText;
import org.pgagent.postgres.ServerVersion;
import org.pgagent.postgres.WalRange;
import org.pgagent.postgres.WalSegment;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecord.Start;
import org.pgagent.repository.BackupRecord.Stop;
import org.pgagent.repository.BackupRecord.Totals;
import org.pgagent.repository.BackupSource;
import org.pgagent.repository.Pin;
import org.pgagent.repository.ProvenRestore;
import org.pgagent.repository.RestoreDrills;
import org.pgagent.repository.Validation;

/** Everything that is known of one backup, a line for each fact; what a backup does not have yet is left out. */
final class BackupDetail {
    private final FactLines facts = FactLines.plain();

    private BackupDetail() {}

    /** @param missing the first segment of the WAL that the backup needs which is no longer there */
    static List<String> lines(BackupRecord record, Optional<WalSegment> missing) {
        BackupDetail detail = new BackupDetail();
        detail.facts.add("Backup", record.id());
        detail.facts.add("Mode", BackupTable.mode(record.kind()));
        detail.facts.add("Status", record.state());
        detail.wishes(record);
        if (record.error() != null) {
            detail.facts.add("Error", record.error());
        }
        if (record.pin() != null) {
            detail.facts.add("Pinned", pin(record.pin()));
        }
        if (record.validation() != null) {
            detail.validation(record.validation());
        }
        if (record.damagedAt() != null) {
            detail.facts.add("Found damaged", FactLines.time(record.damagedAt()) + ", so no backup goes on with it");
        }
        if (record.drills() != null) {
            detail.drills(record.drills());
        }
        if (record.parent() != null) {
            detail.parent(record.parent());
        }
        if (record.start() != null) {
            detail.start(record.start());
        }
        if (record.stop() != null) {
            detail.stop(record.stop(), record.restorable());
            missing.ifPresent(segment -> detail.facts.add(
                    "WAL missing",
                    segment + ", perhaps more; without it the backup cannot be restored. If the server still has it in"
                            + " pg_wal, push it ('pgagent wal-push')"));
            detail.facts.add("Duration", BackupTable.duration(record));
        }
        if (record.totals() != null) {
            detail.totals(record.totals(), record.packs());
        }
        if (record.needs() != null) {
            detail.needs(record.needs());
        }
        if (record.serverLogs() != null) {
            detail.facts.add("Server logs", ServerLogRun.text(record.serverLogs()));
        }
        if (record.source() != null) {
            detail.source(record.source());
        }
        if (record.writer() != null) {
            detail.facts.add(
                    "Taken by",
                    "pgagent " + record.writer().pgagentVersion() + " on "
                            + record.writer().host());
        }
        return detail.facts.all();
    }

    /** How long a backup is kept, and why. */
    static String pin(Pin pin) {
        String end = pin.until() == null ? "until it is unpinned" : "until " + FactLines.time(pin.until());
        return pin.note() == null ? end : end + ": " + pin.note();
    }

    private void wishes(BackupRecord record) {
        if (record.annotations() != null) {
            record.annotations().forEach((key, value) -> facts.add("Annotation", key + "=" + value));
        }
        for (String glob : record.exclusions()) {
            facts.add("Excluded", glob);
        }
    }

    private void validation(Validation validation) {
        boolean deep = validation.depth() == Validation.Depth.DEEP;
        facts.add("Validated", FactLines.time(validation.at()) + " (" + validation.depth() + ")");
        if (Boolean.TRUE.equals(validation.onlyPacksMissing())) {
            facts.add("Lacks packs", "and nothing else: the next backup stores anew what was in them");
        }
        if (!deep && validation.deepAt() != null) {
            facts.add("Read back", FactLines.time(validation.deepAt()));
        }
    }

    private void drills(RestoreDrills drills) {
        ProvenRestore proven = drills.proven();
        if (proven != null) {
            facts.add(
                    "Restore proven",
                    FactLines.time(proven.at()) + " on " + proven.host() + ", to " + proven.target() + ": "
                            + String.join(", ", proven.checks()));
            facts.add(
                    "RTO then",
                    DurationText.rounded(proven.recoveryTime()) + " for " + FactLines.size(proven.bytes()) + " and "
                            + FactLines.size(proven.walBytes()) + " of WAL");
        }
        if (drills.failed() != null) {
            facts.add("Drill FAILED", DrillView.inShort(drills.failed()));
        }
    }

    private void parent(BackupRecord.Parent parent) {
        facts.add("Parent", parent.id() + " (not needed to restore)");
        if (parent.changedBy() != null) {
            facts.add("Changed by", parent.changedBy());
        }
        for (String reason : parent.reasons()) {
            facts.add("Not by", reason);
        }
    }

    /** The packs of other backups that the restore reads. */
    private void needs(List<BackupRecord.Need> needs) {
        long bytes = needs.stream().mapToLong(BackupRecord.Need::storedBytes).sum();
        facts.add("Of others", FactLines.size(bytes) + " (" + bytes + " bytes) in " + needs.size() + " packs");
    }

    private void start(Start start) {
        facts.add("Label", start.label());
        facts.add("Start time", FactLines.time(start.time()));
        facts.add("Start LSN", start.lsn() + " on timeline " + start.timeline());
        facts.add("Checkpoint", start.checkpoint());
    }

    private void stop(Stop stop, boolean restorable) {
        facts.add("Stop time", FactLines.time(stop.time()) + (restorable ? " (restorable from here on)" : ""));
        facts.add("Stop LSN", stop.lsn() + " on timeline " + stop.timeline());
        if (stop.xid() != null) {
            facts.add("Next xid", stop.xid());
        }
        for (WalRange range : stop.wal()) {
            facts.add("WAL needed", range.start() + " to " + range.end() + " on timeline " + range.timeline());
        }
        if (stop.finishedAt() != null) {
            facts.add("Finished", FactLines.time(stop.finishedAt()));
        }
    }

    private void totals(Totals totals, List<BackupRecord.Pack> packs) {
        facts.add(
                "Files",
                totals.files() + ", and " + totals.directories() + " directories, " + totals.links() + " links");
        facts.add("Size", FactLines.size(totals.originalBytes()) + " (" + totals.originalBytes() + " bytes)");
        String stored = FactLines.size(totals.storedBytes()) + " (" + totals.storedBytes() + " bytes)";
        facts.add("Stored", packs == null ? stored : stored + " in " + packs.size() + " packs");
        facts.add("Compression", totals.compression());
        facts.add("Bad pages", totals.badPages());
    }

    private void source(BackupSource source) {
        facts.add("PostgreSQL", new ServerVersion(source.version()) + (source.standby() ? ", a standby" : ""));
        facts.add("System identifier", source.systemIdentifier());
        facts.add("Page checksums", source.dataChecksums() ? "on" : "off");
        facts.add("WAL segments", FactLines.size(source.walSegmentSize()));
        for (BackupSource.Tablespace tablespace : source.tablespaces()) {
            facts.add("Tablespace", tablespace.oid() + " at " + tablespace.location());
        }
    }
}
