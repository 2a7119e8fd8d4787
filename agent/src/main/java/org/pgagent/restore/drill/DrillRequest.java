package org.pgagent.restore.drill;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.pgagent.repository.BackupId;
import org.pgagent.restore.FileOwner;
import org.pgagent.restore.RecoveryTarget;

/**
 * What a drill is asked to do.
 *
 * @param backup the backup to take; empty: the newest that fits the target
 * @param restoreCommand by which the server fetches WAL
 * @param place absolute; the drill makes a directory of its own in it
 * @param owner as whom the server runs; empty: as this process
 * @param settings of PostgreSQL, by name, that the server is to have besides
 * @param timeMax how long all of it may take
 */
public record DrillRequest(
        Optional<BackupId> backup,
        RecoveryTarget target,
        String restoreCommand,
        Path place,
        Optional<FileOwner> owner,
        Map<String, String> settings,
        Looks looks,
        Remains remains,
        Duration timeMax) {

    /**
     * What is looked at when the server has recovered.
     *
     * @param superuser the role to log in as; empty: the usual ones are tried
     * @param sqlFile absolute; what psql runs, the first error being a failure
     * @param jobs how many relations pg_amcheck looks at at the same time
     */
    public record Looks(Optional<String> superuser, Optional<Path> sqlFile, int jobs) {}

    /** What is there afterwards. */
    public enum Remains {
        NOTHING,
        /** The directory, with the server stopped. */
        DIRECTORY
    }

    public DrillRequest {
        settings = Map.copyOf(settings);
        requireHarmless(settings.keySet());
    }

    /** Refuses names that are none, and those of settings by which the drill stays private. */
    public static void requireHarmless(Set<String> names) {
        PrivateConfiguration.requireHarmless(names);
    }
}
