package org.pgagent.restore;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.pgagent.postgres.ServerVersion;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.repository.BackupRecord;

/**
 * What a restore will do, decided before anything is written.
 *
 * @param repository the store, as it is called in messages
 * @param cluster the name of the cluster in it
 * @param backup where the files come from
 * @param why this backup and no other, for people
 * @param history of the timeline that the recovery will follow
 * @param wal the WAL that the archive has for the recovery
 * @param directories the data directory, the tablespaces' and that of pg_wal, if it is another
 * @param owner to whom the files will be given; empty if they need not be
 * @param warnings what somebody should look at before
 */
public record RestorePlan(
        String repository,
        String cluster,
        BackupRecord backup,
        String why,
        RecoveryRequest recovery,
        TimelineHistory history,
        WalCoverage wal,
        Content content,
        Beginning beginning,
        List<PlannedDirectory> directories,
        Optional<FileOwner> owner,
        List<String> warnings) {

    /** Whether the directories are empty. */
    public enum Beginning {
        ANEW,
        /** A restore from the same backup was interrupted here; what it wrote whole is kept. */
        RESUMED
    }

    /**
     * What the manifest lists.
     *
     * @param bytes sum of the files' sizes
     * @param storedBytes what is fetched for them
     * @param packs objects that they are in
     * @param mode of the data directory
     */
    public record Content(long files, long bytes, long storedBytes, int packs, int mode) {}

    public RestorePlan {
        directories = List.copyOf(directories);
        warnings = List.copyOf(warnings);
    }

    /** PostgreSQL's major version, which the server that is started here must have. */
    public int majorVersion() {
        return new ServerVersion(backup.source().version()).major();
    }

    public Path dataDirectory() {
        return directories.get(0).path();
    }

    /** The directories outside of the data directory, or at least not for its own files. */
    List<PlannedDirectory> parts() {
        return directories.subList(1, directories.size());
    }

    /** Where pg_wal shall be a link to; empty if it is a directory. */
    public Optional<Path> walDirectory() {
        return directories.stream()
                .filter(directory -> directory.role() == PlannedDirectory.Role.WAL)
                .map(PlannedDirectory::path)
                .findFirst();
    }

    public List<PlannedDirectory> tablespaces() {
        return directories.stream()
                .filter(directory -> directory.role() == PlannedDirectory.Role.TABLESPACE)
                .toList();
    }
}
