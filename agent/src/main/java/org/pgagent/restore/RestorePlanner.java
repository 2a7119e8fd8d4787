package org.pgagent.restore;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.ClusterDescriptions;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.Manifests;
import org.pgagent.repository.PackId;
import org.pgagent.repository.WalArchive;
import org.pgagent.storage.ListDepth;
import org.pgagent.storage.ObjectKey;
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
        requireSense(request.recovery());
        Optional<RestoreMarker> marker = destinationCheck.dataDirectory(destination.dataDirectory());

        TargetHistory targetHistory = new TargetHistory(new WalArchive(store, keys), request.recovery());
        BackupChooser.Choice choice = choose(request, marker, targetHistory);
        BackupRecord backup = choice.backup();
        TimelineHistory history = targetHistory.of(backup);
        WalCoverage wal = new WalCheck(store, keys, new WalArchive(store, keys)).coverage(backup, history);
        List<String> warnings = new ArrayList<>(choice.warnings());
        servers.warning(backup.source().version() / 10_000).ifPresent(warnings::add);
        warnings.addAll(WalCheck.warnings(request.recovery().target(), wal));

        ManifestSurvey survey = survey(backup);
        requirePacks(survey, backup);
        PlannedDirectories directories = new PlannedDirectories(destinationCheck, destination);
        RestoreMarker own = RestoreMarker.of(
                keys.cluster().value(),
                backup,
                PlannedDirectories.locations(destination, survey),
                destination.walDirectory());
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
                backup,
                choice.why(),
                request.recovery(),
                history,
                wal,
                new RestorePlan.Content(
                        survey.files(),
                        survey.bytes(),
                        survey.storedBytes(),
                        survey.packEnds().size(),
                        survey.rootMode()),
                marker.isPresent() ? RestorePlan.Beginning.RESUMED : RestorePlan.Beginning.ANEW,
                planned,
                owner,
                warnings);
    }

    private static void requireSense(RecoveryRequest recovery) throws PgAgentException {
        if (recovery.role() == CopyRole.STANDBY && !(recovery.target() instanceof RecoveryTarget.EndOfWal)) {
            throw new PgAgentException(
                    ErrorKind.USAGE,
                    "a standby follows its primary for ever, and has no recovery target such as "
                            + recovery.target().describe(),
                    "Leave out either --as standby or the target.");
        }
    }

    private BackupChooser.Choice choose(
            RestoreRequest request, Optional<RestoreMarker> marker, TargetHistory targetHistory) throws IOException {
        if (new ClusterDescriptions(store, keys).find().isEmpty()) {
            throw new PgAgentException(
                    ErrorKind.NO_BACKUP,
                    store.describe() + " has no cluster '" + keys.cluster() + "'",
                    "Check --bucket, --prefix and --cluster; 'pgagent show' lists what is there.");
        }
        BackupChooser chooser = new BackupChooser(
                new BackupRecords(store, keys), request.recovery().target());
        if (request.backup().isPresent()) {
            return chooser.asked(request.backup().get(), "it was asked for");
        }
        if (marker.isPresent()) {
            return chooser.asked(new BackupId(marker.get().backup()), "the interrupted restore here began with it");
        }
        return chooser.newest(targetHistory.branch());
    }

    private ManifestSurvey survey(BackupRecord backup) throws IOException {
        ManifestSurvey survey = new ManifestSurvey();
        new Manifests(store, keys).read(backup, survey);
        if (!survey.hasControlFile()) {
            throw new PgAgentException(
                    ErrorKind.CORRUPTED,
                    "the manifest of backup " + backup.id() + " lists no " + Restore.CONTROL_FILE,
                    "Restore from another backup ('pgagent show' lists them, --backup chooses).");
        }
        return survey;
    }

    /** One request for up to a thousand packs of a backup. */
    private void requirePacks(ManifestSurvey survey, BackupRecord backup) throws IOException {
        Map<ObjectKey, Long> sizes = new HashMap<>();
        Set<BackupId> listed = new HashSet<>();
        for (Map.Entry<PackId, Long> needed : survey.packEnds().entrySet()) {
            if (listed.add(needed.getKey().backup())) {
                sizes.clear();
                listPacks(needed.getKey().backup(), sizes);
            }
            ObjectKey key = keys.pack(needed.getKey());
            Long size = sizes.get(key);
            if (size == null || size < needed.getValue()) {
                String how = size == null
                        ? " is missing"
                        : " has " + size + " bytes, and must have " + needed.getValue() + " at least";
                throw new PgAgentException(
                        ErrorKind.CORRUPTED,
                        "the pack " + key + how + "; backup " + backup.id() + " cannot be restored without it",
                        "Restore from another backup ('pgagent show' lists them, --backup chooses).");
            }
        }
    }

    private void listPacks(BackupId backup, Map<ObjectKey, Long> sizes) throws IOException {
        store.forEachPage(
                keys.packsPrefix(backup),
                ListDepth.ALL,
                page -> page.objects().forEach(pack -> sizes.put(pack.key(), pack.sizeBytes())));
    }
}
