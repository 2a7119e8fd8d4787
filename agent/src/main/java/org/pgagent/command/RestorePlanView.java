package org.pgagent.command;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.Timeline;
import org.pgagent.repository.BackupId;
import org.pgagent.restore.FileOwner;
import org.pgagent.restore.PlannedDirectory;
import org.pgagent.restore.RestorePlan;

/**
 * A plan of a restore as it is printed: as lines for people, or, with these names, as JSON.
 *
 * @param backup the one that is restored
 * @param why that one
 * @param wal missing if the backup needs none
 * @param beginning whether the directory is filled anew or an interrupted restore goes on
 * @param owner who will own the files; missing if that is who runs this
 * @param warnings what is to be known before
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record RestorePlanView(
        String repository,
        String cluster,
        BackupId backup,
        String why,
        Recovery recovery,
        Wal wal,
        Content content,
        String beginning,
        List<Directory> directories,
        String owner,
        List<String> warnings) {
    /**
     * How far the server will recover.
     *
     * @param target the recovery target, in words
     * @param timeline on which it ends
     * @param action what the server does there
     * @param role whether it becomes a primary or follows as a standby
     * @param archiving whether it will archive
     * @param restoreCommand as it is configured
     */
    record Recovery(
            String target, Timeline timeline, String action, String role, String archiving, String restoreCommand) {}

    /**
     * The WAL that is needed to become consistent, and how far the archive reaches.
     *
     * @param first the first segment
     * @param last the last segment
     * @param archiveEnd how far the archive has WAL without a gap
     * @param archivedAt when the last of that was stored
     */
    record Wal(String first, String last, Lsn archiveEnd, Instant archivedAt) {}

    /**
     * What will be written and fetched.
     *
     * @param bytes to be written
     * @param storedBytes to be fetched
     * @param packs from how many objects
     */
    record Content(long files, long bytes, long storedBytes, int packs) {}

    /**
     * A directory that will be filled.
     *
     * @param role data directory, tablespace or WAL
     * @param oid of a tablespace
     * @param source where it was when it was backed up
     * @param path where it will be
     * @param bytes that it will have
     * @param freeBytes that its file system has
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Directory(String role, String oid, String source, String path, long bytes, long freeBytes) {}

    static RestorePlanView of(RestorePlan plan) {
        return new RestorePlanView(
                plan.repository(),
                plan.cluster(),
                plan.backup().id(),
                plan.why(),
                new Recovery(
                        plan.recovery().target().describe(),
                        plan.history().timeline(),
                        plan.recovery().action().toString(),
                        plan.recovery().role().toString(),
                        plan.recovery().archiving().toString(),
                        plan.recovery().restoreCommand()),
                new Wal(
                        plan.wal().first().fileName(),
                        plan.wal().last().fileName(),
                        plan.wal().end(),
                        plan.wal().storedAt().truncatedTo(ChronoUnit.SECONDS)),
                new Content(
                        plan.content().files(),
                        plan.content().bytes(),
                        plan.content().storedBytes(),
                        plan.content().packs()),
                plan.beginning().name().toLowerCase(Locale.ROOT),
                plan.directories().stream().map(RestorePlanView::directory).toList(),
                plan.owner().map(RestorePlanView::name).orElse(null),
                plan.warnings());
    }

    private static Directory directory(PlannedDirectory planned) {
        return new Directory(
                planned.role().toString(),
                planned.oid().orElse(null),
                planned.source().map(Object::toString).orElse(null),
                planned.path().toString(),
                planned.bytes(),
                planned.freeBytes());
    }

    private static String name(FileOwner owner) {
        return owner.user().getName() + ":" + owner.group().getName();
    }

    List<String> lines() {
        FactLines lines = FactLines.below("Plan: restore '" + cluster + "' from " + repository);
        lines.add("Backup", backup + " (" + why + ")");
        lines.add("Recovery", "to " + recovery.target() + ", on timeline " + recovery.timeline());
        lines.more("then " + (recovery.role().equals("standby") ? "follow as standby" : recovery.action())
                + ", archiving " + recovery.archiving());
        lines.add("WAL", wal.first() + " to " + wal.last() + " needed, all there");
        lines.more("archive reaches " + wal.archiveEnd() + ", stored until " + wal.archivedAt());
        lines.add(
                "Content",
                FactLines.size(content.bytes()) + " in " + content.files() + " files; "
                        + FactLines.size(content.storedBytes()) + " to fetch from " + content.packs() + " packs");
        for (Directory directory : directories) {
            lines.add(
                    "Directory",
                    directory.path() + ", " + directory.role() + ", needs " + FactLines.size(directory.bytes()) + " of "
                            + FactLines.size(directory.freeBytes()) + " free");
            if (directory.source() != null) {
                lines.more("tablespace " + directory.oid() + ", was " + directory.source());
            }
        }
        if (owner != null) {
            lines.add("Owner", owner);
        }
        if (beginning.equals("resumed")) {
            lines.add("Resumes", "an interrupted restore; what is whole already is kept");
        }
        lines.add("Fetches by", recovery.restoreCommand());
        warnings.forEach(warning -> lines.add("Warning", warning));
        return lines.all();
    }
}
