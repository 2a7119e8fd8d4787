package org.pgagent.restore;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.repository.RestorePoint;
import org.pgagent.repository.RestorePoints;

/**
 * A request whose recovery target may be the name of a restore point, with all that the repository knows of the point.
 *
 * @param request with the place of the point, and the timeline on which it lies if none was named
 * @param warnings what somebody should look at before
 */
record NamedPoint(RecoveryRequest request, List<String> warnings) {
    /**
     * Looks for the point; a request with another target stays as it is.
     *
     * @throws PgAgentException of kind RECOVERY_TARGET if there are several points of that name
     */
    static NamedPoint find(RestorePoints points, RecoveryRequest request) throws IOException {
        if (!(request.target() instanceof RecoveryTarget.AtName target)) {
            return new NamedPoint(request, List.of());
        }
        List<RestorePoint> found = points.named(target.name());
        if (found.size() > 1) {
            throw new PgAgentException(
                    ErrorKind.RECOVERY_TARGET,
                    "there are " + found.size() + " restore points '" + target.name() + "': "
                            + found.stream()
                                    .map(point -> "at " + point.lsn() + " on timeline " + point.timeline() + ", of "
                                            + point.time())
                                    .collect(Collectors.joining("; ")),
                    "Name the place instead, such as --target-lsn "
                            + found.get(0).lsn() + " --target-exclusive, with"
                            + " --target-timeline "
                            + found.get(0).timeline() + ".");
        }
        if (found.isEmpty()) {
            return new NamedPoint(
                    request,
                    List.of("the repository has no record of a restore point '" + target.name()
                            + "', so nobody knows whether this backup is older; if the WAL has none, PostgreSQL will end"
                            + " with 'recovery ended before configured recovery target was reached'"));
        }
        RestorePoint point = found.get(0);
        boolean any = request.timeline() instanceof TargetTimeline.Latest;
        return new NamedPoint(
                new RecoveryRequest(
                        new RecoveryTarget.AtName(target.name(), Optional.of(point)),
                        any ? new TargetTimeline.Numbered(point.timeline()) : request.timeline(),
                        request.action(),
                        request.role(),
                        request.archiving(),
                        request.restoreCommand()),
                List.of());
    }
}
