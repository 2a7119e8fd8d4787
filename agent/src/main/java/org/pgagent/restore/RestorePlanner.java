package org.pgagent.restore;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.storage.ObjectStore;

/**
 * Makes the plan of a restore: finds everything that would make it fail before a byte is written. Reads the repository and
 * this host's directories; writes nothing.
 */
final class RestorePlanner {
    private final ObjectStore store;
    private final ClusterKeys keys;
    private final DestinationCheck destinationCheck;
    private final InstalledServers servers;

    RestorePlanner(ObjectStore store, ClusterKeys keys, DestinationCheck destinationCheck, InstalledServers servers) {
        this.store = store;
        this.keys = keys;
        this.destinationCheck = destinationCheck;
        this.servers = servers;
    }

    RestorePlan plan(RestoreRequest request) throws IOException {
        RestoreDestination destination = request.destination();
        Optional<FileOwner> owner = destinationCheck.owner(destination.owner());
        SourcePlanner.requireSense(request.recovery());
        Optional<RestoreMarker> marker = destinationCheck.dataDirectory(destination.dataDirectory());

        SourcePlanner.Found found = new SourcePlanner(store, keys).find(request.recovery(), decided(request, marker));
        SourcePlan source = found.plan();
        ManifestSurvey survey = found.survey();
        List<String> warnings = new ArrayList<>(source.warnings());
        servers.warning(source.backup().source().version() / 10_000).ifPresent(warnings::add);
        SortOrder.warning(source.backup().source()).ifPresent(warnings::add);

        PlannedDirectories directories = new PlannedDirectories(destinationCheck, destination);
        RestoreMarker own = RestoreMarker.of(
                keys.cluster().value(),
                source.backup(),
                destination,
                PlannedDirectories.locations(destination, survey));
        List<PlannedDirectory> planned = directories.plan(survey, marker, own);
        warnings.addAll(directories.warnings());
        if (survey.linkedFileCount() > 0) {
            warnings.add(survey.linkedFileCount() + " files were links in the source and become plain files: "
                    + survey.linkedFiles().stream().map(Object::toString).collect(Collectors.joining(", "))
                    + (survey.linkedFileCount() > survey.linkedFiles().size() ? ", …" : ""));
        }
        return new RestorePlan(
                store.describe(),
                keys.cluster().value(),
                source.backup(),
                source.why(),
                source.recovery(),
                source.history(),
                source.wal(),
                source.content(),
                marker.isPresent() ? RestorePlan.Beginning.RESUMED : RestorePlan.Beginning.ANEW,
                planned,
                owner,
                warnings);
    }

    private static Optional<SourcePlanner.Decided> decided(RestoreRequest request, Optional<RestoreMarker> marker) {
        return request.backup()
                .map(backup -> new SourcePlanner.Decided(
                        backup,
                        "it was asked for",
                        "Leave --backup out to get an older one that fits, or choose a later target."))
                .or(() -> marker.map(interrupted -> new SourcePlanner.Decided(
                        new BackupId(interrupted.backup()),
                        "the interrupted restore here began with it",
                        "The directories hold a restore of that backup that was begun. Choose a later target to go on with"
                                + " it, or empty the data directory and the tablespaces' directories to restore to an"
                                + " earlier one.")));
    }
}
