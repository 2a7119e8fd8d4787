package org.pgagent.command.report;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.pgagent.catalog.RecoverySurvey;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.ClusterDescription;
import org.pgagent.repository.RestorePoint;

/**
 * What a report tells of.
 *
 * @param repository where the cluster's backups are
 * @param writtenAt what is true then is told
 * @param writtenBy this program's version
 * @param all all that there is, compactions and deleted backups included, as of then
 * @param listed what of that the list of backups has
 * @param archive what the cluster is, and what its WAL allows; empty if nothing was ever stored for it
 * @param points its newest restore points, oldest first
 */
public record ReportContent(
        String repository,
        String cluster,
        Instant writtenAt,
        String writtenBy,
        BackupRecords.Listed all,
        BackupRecords.Listed listed,
        Optional<Archive> archive,
        List<RestorePoint> points) {
    /** So many restore points are drawn, the newest ones. */
    public static final int POINTS_MAX = 1000;

    public ReportContent {
        points = List.copyOf(points);
    }

    /** All backups that there are, oldest first. */
    List<ListedBackup> backups() {
        return lines(all.backups());
    }

    /** All that has packs, oldest first. */
    List<ListedBackup> everything() {
        return lines(all);
    }

    /** What is to be listed, oldest first. */
    List<ListedBackup> lines() {
        return lines(listed);
    }

    private List<ListedBackup> lines(BackupRecords.Listed records) {
        Set<BackupId> withoutWal =
                archive.map(known -> Set.copyOf(known.survey().withoutWal())).orElse(Set.of());
        return ListedBackup.of(records, withoutWal);
    }

    /** A cluster's archive. */
    public record Archive(ClusterDescription cluster, RecoverySurvey survey) {}
}
