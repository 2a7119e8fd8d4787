package org.pgagent.restore;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.ClusterDescriptions;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.Manifests;
import org.pgagent.repository.PackId;
import org.pgagent.repository.RestorePoints;
import org.pgagent.repository.WalArchive;
import org.pgagent.storage.ListDepth;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectStore;

/**
 * Finds the backup, the timeline and the WAL for a recovery, and makes sure that all of it is there. Reads the repository;
 * writes nothing.
 */
public final class SourcePlanner {
    private final ObjectStore store;
    private final ClusterKeys keys;

    public SourcePlanner(ObjectStore store, ClusterKeys keys) {
        this.store = store;
        this.keys = keys;
    }

    /**
     * A backup that somebody has decided for.
     *
     * @param why for people
     * @param ifTooLate the hint if it ended after the target
     */
    record Decided(BackupId backup, String why, String ifTooLate) {}

    /** A plan, and what is to be known of the files besides. */
    record Found(SourcePlan plan, ManifestSurvey survey) {}

    /**
     * Plans from the newest backup that fits. Reads its whole manifest.
     *
     * @throws PgAgentException of the kind that says why it cannot be done: NO_BACKUP, RECOVERY_TARGET, CORRUPTED, USAGE, or
     *     the store's
     */
    public SourcePlan plan(RecoveryRequest request) throws IOException {
        return find(request, Optional.empty()).plan();
    }

    Found find(RecoveryRequest asked, Optional<Decided> decided) throws IOException {
        requireSense(asked);
        NamedPoint named = NamedPoint.find(new RestorePoints(store, keys), asked);
        RecoveryRequest request = named.request();
        WalArchive archive = new WalArchive(store, keys);
        TargetHistory targetHistory = new TargetHistory(archive, request);
        BackupChooser.Choice choice = choose(request, decided, targetHistory);
        BackupRecord backup = choice.backup();
        TimelineHistory history = targetHistory.of(backup);
        WalCoverage wal = new WalCheck(store, keys, archive).coverage(backup, history);
        List<String> warnings = new ArrayList<>(choice.warnings());
        if (!backup.exclusions().isEmpty()) {
            warnings.add("what matches " + String.join(", ", backup.exclusions())
                    + " does not come back: it was excluded when the backup was taken");
        }
        if (request.role() == CopyRole.STANDBY && request.archiving() == Archiving.OFF) {
            warnings.add(
                    "archiving is off in the standby, and stays off when it is promoted; with --adopt its archive_mode stays"
                            + " as it was");
        }
        warnings.addAll(WalCheck.warnings(request.target(), wal));
        warnings.addAll(named.warnings());

        ManifestSurvey survey = survey(backup);
        requirePacks(survey, backup);
        RestorePlan.Content content = new RestorePlan.Content(
                survey.files(),
                survey.bytes(),
                survey.storedBytes(),
                survey.packEnds().size(),
                survey.rootMode());
        RecoveryRequest recovery = onTheWay(request, wal);
        return new Found(new SourcePlan(backup, choice.why(), recovery, history, wal, content, warnings), survey);
    }

    /** A recovery to the end of WAL that would go astray there stops before that; a standby cannot. */
    private static RecoveryRequest onTheWay(RecoveryRequest request, WalCoverage wal) throws PgAgentException {
        if (wal.leftAt().isEmpty() || !(request.target() instanceof RecoveryTarget.EndOfWal)) {
            return request;
        }
        Lsn left = wal.leftAt().get();
        if (request.role() == CopyRole.STANDBY) {
            throw new PgAgentException(
                    ErrorKind.RECOVERY_TARGET,
                    "a standby would replay another branch, and could not follow its primary: "
                            + WalCheck.leftBranch(left),
                    WalCheck.HOW_TO_GO_ON);
        }
        return new RecoveryRequest(
                new RecoveryTarget.AtLsn(left, RecoveryTarget.Edge.EXCLUSIVE),
                request.timeline(),
                request.action(),
                request.role(),
                request.archiving(),
                request.restoreCommand());
    }

    static void requireSense(RecoveryRequest recovery) throws PgAgentException {
        if (recovery.role() == CopyRole.STANDBY && !(recovery.target() instanceof RecoveryTarget.EndOfWal)) {
            throw new PgAgentException(
                    ErrorKind.USAGE,
                    "a standby follows its primary for ever, and has no recovery target such as "
                            + recovery.target().describe(),
                    "Leave out either --as standby or the target.");
        }
    }

    private BackupChooser.Choice choose(RecoveryRequest request, Optional<Decided> decided, TargetHistory targetHistory)
            throws IOException {
        if (new ClusterDescriptions(store, keys).find().isEmpty()) {
            throw new PgAgentException(
                    ErrorKind.NO_BACKUP,
                    store.describe() + " has no cluster '" + keys.cluster() + "'",
                    "Check --bucket, --prefix and --cluster; 'pgagent show' lists what is there.");
        }
        BackupChooser chooser = new BackupChooser(new BackupRecords(store, keys), request.target());
        return decided.isPresent() ? chooser.decided(decided.get()) : chooser.newest(targetHistory.branch());
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
