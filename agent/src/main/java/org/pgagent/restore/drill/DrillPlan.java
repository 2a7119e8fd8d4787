package org.pgagent.restore.drill;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.pgagent.restore.RecoveryTarget;
import org.pgagent.restore.RestorePlan;

/**
 * What a drill will do, decided before anything is written.
 *
 * @param directory that it will make and remove
 * @param warnings what somebody should know of it; those of the restore are the restore's
 */
public record DrillPlan(
        DrillRequest request, RestorePlan restore, Path directory, Programs programs, List<String> warnings) {

    /**
     * What is run on this host.
     *
     * @param psql empty if nothing is to be run with it
     * @param amcheck empty if pg_amcheck is not there, or is not for such a server
     */
    public record Programs(Path postgres, Optional<Path> psql, Optional<Path> amcheck) {}

    public DrillPlan {
        warnings = List.copyOf(warnings);
    }

    /** Whether recovery goes to the end of WAL, and not only to a target. */
    boolean endsWithTheArchive() {
        return restore.recovery().target() instanceof RecoveryTarget.EndOfWal;
    }

    /** What will be looked at, in words. */
    public List<String> looks() {
        return Stream.of(
                        Optional.of("every database"),
                        programs.amcheck().map(Path::toString),
                        request.looks().sqlFile().map(Path::toString))
                .flatMap(Optional::stream)
                .toList();
    }
}
