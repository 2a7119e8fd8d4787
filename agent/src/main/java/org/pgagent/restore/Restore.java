package org.pgagent.restore;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.pgagent.error.Cancellation;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.DataPath;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.storage.ObjectStore;
import org.pgagent.transfer.TransferProgress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts a cluster back: first a plan, which writes nothing and refuses what cannot succeed, then the act (the manual's chapter
 * "Recovering Using a Continuous Archive Backup"). The replay of WAL is PostgreSQL's, once it is started.
 *
 * <p>Until the act is complete there is no control file, so that no server can start in the directory; the same request
 * goes on where an act was interrupted.
 */
public final class Restore {
    static final DataPath CONTROL_FILE = DataPath.of("global/pg_control");
    static final String BACKUP_LABEL = "backup_label";

    private static final Logger LOG = LoggerFactory.getLogger(Restore.class);

    private final ObjectStore store;
    private final ClusterKeys keys;
    private final int jobs;
    private final Surroundings around;

    /**
     * What goes on around a restore.
     *
     * @param user whom this process runs as, and whose home is no place for a cluster
     * @param servers where a server may be installed that is to be started afterwards
     */
    public record Surroundings(
            LocalUser user, InstalledServers servers, TransferProgress progress, Cancellation cancellation) {}

    /**
     * For one cluster of a repository.
     *
     * @param jobs how many ranges are fetched at the same time
     */
    public Restore(ObjectStore store, ClusterKeys keys, int jobs, Surroundings around) {
        this.store = store;
        this.keys = keys;
        this.jobs = jobs;
        this.around = around;
    }

    /**
     * Decides what a restore will do. Changes nothing.
     *
     * @throws org.pgagent.error.PgAgentException of the kind that says why it cannot be done: NO_BACKUP, RECOVERY_TARGET,
     *     CORRUPTED, TARGET_DIRECTORY, CLUSTER_RUNNING, WRONG_OWNER, DISK_FULL, USAGE, or the store's
     */
    public RestorePlan plan(RestoreRequest request) throws IOException {
        return new RestorePlanner(store, keys, new DestinationCheck(around.user()), around.servers()).plan(request);
    }

    /**
     * What {@code postgresql.auto.conf} says after a restore of a cluster that had no settings of its own: what the recovery
     * needs, and nothing else.
     */
    public static byte[] recoverySettings(RestorePlan plan) {
        return new RecoveryConfiguration(
                        plan.backup(), plan.recovery(), plan.history().timeline())
                .rewritten(new byte[0], new byte[0]);
    }

    /**
     * Does what a plan says, and makes it durable.
     *
     * @throws org.pgagent.error.PgAgentException if that fails: no server can start in the directory then, and the same
     *     request goes on with what is there. CORRUPTED names the damaged or missing object; DISK_FULL, LOCAL_IO,
     *     INTERRUPTED, ALREADY_RUNNING and the store's kinds are for another try, but for a failure to make the files
     *     durable: after that the directories must be emptied first
     */
    public RestoreResult run(RestorePlan plan) throws IOException {
        return run(plan, new DirectorySync(around.cancellation()));
    }

    RestoreResult run(RestorePlan plan, TreeSync treeSync) throws IOException {
        long begin = System.nanoTime();
        requireAsPlanned(plan);
        around.progress().totalKnown(plan.content().bytes(), plan.content().files());
        LOG.info(
                "restore begins backup={} data_directory={} beginning={}",
                plan.backup().id(),
                plan.dataDirectory(),
                plan.beginning());
        RestoredTree tree = RestoredTree.prepare(plan);
        try (RestoreMarker.Held marker = tree.mark()) {
            tree.makeUnstartable();
            tree.makeLinks();
            Written written = write(tree);
            tree.handOver();
            makeDurable(tree, treeSync, marker);
            tree.unmark(marker);
            LOG.info(
                    "restore is complete backup={} data_directory={}",
                    plan.backup().id(),
                    plan.dataDirectory());
            return new RestoreResult(
                    plan, written.gets(), Duration.ofNanos(System.nanoTime() - begin), written.notes());
        } catch (IOException e) {
            throw LocalFailure.writing(plan.dataDirectory(), e);
        }
    }

    /** The kernel tells of a lost write once, so that the next try would find everything in order. */
    private static void makeDurable(RestoredTree tree, TreeSync treeSync, RestoreMarker.Held marker)
            throws IOException {
        try {
            treeSync.sync(tree.roots(), marker.file());
            tree.makeStartable();
        } catch (IOException e) {
            PgAgentException failure = LocalFailure.syncing(tree.plan().dataDirectory(), e);
            if (failure.kind() != ErrorKind.INTERRUPTED) {
                try {
                    marker.syncFailed();
                    tree.removeControlFile();
                } catch (IOException again) {
                    failure.addSuppressed(again);
                }
            }
            throw failure;
        }
    }

    /** Somebody may have thought about the plan for hours. */
    private void requireAsPlanned(RestorePlan plan) throws IOException {
        DestinationCheck check = new DestinationCheck(around.user());
        boolean interrupted = check.dataDirectory(plan.dataDirectory()).isPresent();
        if (interrupted != (plan.beginning() == RestorePlan.Beginning.RESUMED)) {
            throw new PgAgentException(
                    ErrorKind.TARGET_DIRECTORY,
                    "another restore was begun in " + plan.dataDirectory() + " since this one was planned",
                    "Plan again.");
        }
        if (!interrupted) {
            for (PlannedDirectory part : plan.parts()) {
                check.newDirectory(part.role(), part.path());
            }
        }
    }

    private record Written(long gets, List<String> notes) {}

    private Written write(RestoredTree tree) throws IOException {
        BackupRecord backup = tree.plan().backup();
        try (RestoredManifest listed = RestoredManifest.begin(tree)) {
            FileRestore.Outcome files = new FileRestore(store, keys, jobs, around).restore(tree, listed);
            if (tree.plan().beginning() == RestorePlan.Beginning.RESUMED) {
                new ForeignFiles(tree, files.paths()).remove();
            }
            tree.makeMissingDirectories();
            List<String> notes = new RecoveryFiles(tree, listed)
                    .make(files.trailer(), backup.stop().time());
            listed.complete(backup.stop().wal());
            files.writer().closeDirectories();
            return new Written(files.gets(), notes);
        }
    }
}
