package org.pgagent.command;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.pgagent.catalog.BackupRemoval;
import org.pgagent.catalog.Expiry;
import org.pgagent.catalog.KeepCalendar;
import org.pgagent.catalog.RetentionPolicy;
import org.pgagent.catalog.ServerLogExpiry;
import org.pgagent.config.Setting;
import org.pgagent.config.Settings;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.repository.ClusterDescription;
import org.pgagent.repository.ClusterDescriptions;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.ServerLogs;
import org.pgagent.storage.ObjectStore;

/** What {@code expire} does, and {@code backup --expire} after a backup. */
final class Expiring {
    private final Surroundings surroundings;
    private final OpenStore opened;
    private final Settings settings;

    Expiring(Surroundings surroundings, OpenStore opened, Settings settings) {
        this.surroundings = surroundings;
        this.opened = opened;
        this.settings = settings;
    }

    /**
     * The policy that the settings say.
     *
     * @throws PgAgentException of kind CONFIGURATION if there is none
     */
    static RetentionPolicy policy(Settings settings) throws PgAgentException {
        RetentionPolicy policy = new RetentionPolicy(
                settings.find(Setting.KEEP_FULL).map(OptionalInt::of).orElse(OptionalInt.empty()),
                settings.find(Setting.KEEP_DAYS).map(Duration::ofDays),
                settings.find(Setting.KEEP_WAL_DAYS).map(Duration::ofDays),
                settings.find(Setting.KEEP).orElse(KeepCalendar.NONE));
        if (!policy.expiresBackups()) {
            throw new PgAgentException(
                    ErrorKind.CONFIGURATION,
                    "nothing says which backups to keep",
                    "Set keep-full, keep-days or keep, such as --keep-days 14. To remove nothing but WAL that no backup"
                            + " needs: pgagent expire --only-wal");
        }
        return policy;
    }

    /** Every backup, and WAL as far as the settings say. */
    static RetentionPolicy everyBackup(Settings settings) {
        RetentionPolicy every = RetentionPolicy.EVERY_BACKUP;
        return new RetentionPolicy(
                every.fullBackups(),
                every.window(),
                settings.find(Setting.KEEP_WAL_DAYS).map(Duration::ofDays),
                every.calendar());
    }

    /** What an expiry comes to, and how that is printed. */
    record Expired(ExpiryView view, Expiry.Outcome outcome) {
        List<String> lines() {
            return view.lines(outcome);
        }
    }

    Expired plan(RetentionPolicy policy) throws IOException {
        Expiry.Outcome outcome = expiry(opened.store()).plan(policy, segmentSize());
        ServerLogExpiry.Gone logs =
                policy.expiresBackups() ? serverLogs(opened.store()).plan() : ServerLogExpiry.Gone.NOTHING;
        return new Expired(ExpiryView.of(RemovalView.planned(where(), outcome.backups()), outcome, logs), outcome);
    }

    Expired run(RetentionPolicy policy) throws IOException {
        ObjectStore store = Removal.claimed(surroundings, opened, settings).store();
        Expiry.Outcome outcome = expiry(store).run(policy, segmentSize());
        ServerLogExpiry.Gone logs = policy.expiresBackups() ? serverLogs(store).run() : ServerLogExpiry.Gone.NOTHING;
        return new Expired(ExpiryView.of(RemovalView.done(where(), outcome.backups()), outcome, logs), outcome);
    }

    /**
     * The server's log files alone.
     *
     * @throws PgAgentException of kind CONFIGURATION if nothing says which to keep
     */
    LogView logs(Whether whether) throws IOException {
        if (ServerLogRun.policy(settings).keepsEverything()) {
            throw new PgAgentException(
                    ErrorKind.CONFIGURATION,
                    "nothing says which log files to keep",
                    "Set keep-srvlog-days or keep-srvlog-files, such as --keep-srvlog-days 90.");
        }
        boolean dryRun = whether == Whether.DRY_RUN;
        ServerLogExpiry expiry = serverLogs(
                dryRun
                        ? opened.store()
                        : Removal.claimed(surroundings, opened, settings).store());
        ServerLogExpiry.Gone gone = dryRun ? expiry.plan() : expiry.run();
        return new LogView(where(), dryRun, gone.files(), gone.bytes());
    }

    /** Whether something is done or only planned. */
    enum Whether {
        DONE,
        DRY_RUN
    }

    /** What of the server's log files goes, with these names as JSON. */
    record LogView(@JsonUnwrapped Whose whose, boolean dryRun, long serverLogFiles, long serverLogBytes) {
        String text() {
            return (dryRun ? "Would expire " : "Expired ") + FactLines.count(serverLogFiles, "log file")
                    + " of the server '" + whose.cluster() + "' in " + whose.repository() + ", "
                    + FactLines.size(serverLogBytes);
        }
    }

    private ServerLogExpiry serverLogs(ObjectStore store) throws PgAgentException {
        return new ServerLogExpiry(new ServerLogs(store, keys()), ServerLogRun.policy(settings), surroundings.clock());
    }

    private Whose where() throws PgAgentException {
        return new Whose(opened.store().describe(), keys().cluster().value());
    }

    private ClusterKeys keys() throws PgAgentException {
        return new ClusterKeys(settings.get(Setting.CLUSTER));
    }

    private Expiry expiry(ObjectStore store) throws PgAgentException {
        BackupRemoval removal = new BackupRemoval(store, keys(), surroundings.clock(), surroundings.random());
        return new Expiry(store, keys(), removal, surroundings.clock());
    }

    private WalSegmentSize segmentSize() throws IOException {
        Optional<ClusterDescription> cluster = new ClusterDescriptions(opened.store(), keys()).find();
        String name = keys().cluster().toString();
        return cluster.orElseThrow(() -> Removal.nothingStored(opened.store(), name))
                .segmentSize();
    }
}
