package org.pgagent.command;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.pgagent.config.Settings;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.ControlFile;
import org.pgagent.postgres.SystemIdentifier;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.ClusterDescription;
import org.pgagent.repository.ClusterName;
import org.pgagent.restore.CopyRole;

/**
 * What a repository keeps under a cluster's name, as it is printed: as lines for people, or, with these names, as JSON.
 *
 * @param created whether the name was free
 * @param createdAt when the cluster was first stored
 * @param postgresVersion the major version
 * @param backups how many there are
 * @param findings what was found of the store
 * @param archiveCommand the line for PostgreSQL that archives
 * @param restoreCommand the line that fetches
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record InitView(
        String repository,
        String cluster,
        boolean dryRun,
        boolean created,
        Instant createdAt,
        SystemIdentifier systemIdentifier,
        int postgresVersion,
        int walSegmentSize,
        boolean dataChecksums,
        int backups,
        BackupId newestBackup,
        List<Findings.Finding> findings,
        String archiveCommand,
        String restoreCommand,
        @JsonIgnore List<String> checks) {
    /** @param isNew whether the name was free */
    record Place(String repository, ClusterName name, ControlFile own, boolean isNew, boolean dryRun) {}

    /** What was found of the store, and what the lines for PostgreSQL are made of. */
    record Lines(Findings findings, Settings settings) {}

    static InitView of(Place place, Optional<ClusterDescription> kept, BackupRecords.Listed backups, Lines lines)
            throws PgAgentException {
        List<BackupRecord> restorable =
                backups.records().stream().filter(BackupRecord::restorable).toList();
        Path program = FetchCommandLine.program();
        ControlFile own = place.own();
        return new InitView(
                place.repository(),
                place.name().value(),
                place.dryRun(),
                place.isNew() && !place.dryRun(),
                kept.map(ClusterDescription::createdAt).orElse(null),
                own.systemIdentifier(),
                own.majorVersion(),
                own.layout().walSegmentSize().bytes(),
                own.dataChecksums(),
                restorable.size(),
                restorable.isEmpty()
                        ? null
                        : restorable.get(restorable.size() - 1).id(),
                lines.findings().all(),
                FetchCommandLine.archiveCommand(program, lines.settings()),
                FetchCommandLine.text(program, lines.settings(), CopyRole.PRIMARY),
                lines.findings().lines());
    }

    List<String> lines() {
        List<String> lines = new ArrayList<>(checks);
        lines.add("");
        FactLines facts = FactLines.below(title());
        facts.add("System id", systemIdentifier);
        facts.add(
                "PostgreSQL",
                postgresVersion + ", WAL segments of " + FactLines.size(walSegmentSize) + ", page checksums "
                        + (dataChecksums ? "on" : "off"));
        facts.add("Backups", backups + (newestBackup == null ? "" : ", the newest is " + newestBackup));
        lines.addAll(facts.all());
        lines.add("");
        lines.add("For postgresql.conf (a restored cluster gets its restore_command by itself):");
        lines.add("  archive_mode = on");
        lines.add("  " + FetchCommandLine.configurationLine("archive_command", archiveCommand));
        lines.add("  " + FetchCommandLine.configurationLine("restore_command", restoreCommand));
        return lines;
    }

    private String title() {
        String what = "'" + cluster + "' in " + repository;
        if (createdAt == null) {
            return "Would note this cluster as " + what + ", where that name is free";
        }
        return created
                ? "Noted this cluster as " + what
                : "This cluster is " + what + " already, since " + FactLines.time(createdAt);
    }
}
