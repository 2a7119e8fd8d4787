package org.pgagent.command;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import org.pgagent.backup.BackupResult;
import org.pgagent.backup.ServerLogBackup;
import org.pgagent.config.Setting;
import org.pgagent.config.Settings;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.session.ServerFacts;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.ServerLogFiles;
import org.pgagent.repository.ServerLogPolicy;
import org.pgagent.repository.ServerLogs;
import org.pgagent.storage.ObjectStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What {@code backup --with-serverlog} does when the backup is complete. That log files cannot be stored is warned of and kept
 * in the backup's record; the backup is what it was.
 */
final class ServerLogRun {
    private static final Logger LOG = LoggerFactory.getLogger(ServerLogRun.class);

    private final Surroundings surroundings;
    private final Settings settings;

    ServerLogRun(Surroundings surroundings, Settings settings) {
        this.surroundings = surroundings;
        this.settings = settings;
    }

    /** What the settings say. */
    static ServerLogPolicy policy(Settings settings) throws PgAgentException {
        return new ServerLogPolicy(
                settings.find(Setting.KEEP_SRVLOG_FILES).map(OptionalInt::of).orElse(OptionalInt.empty()),
                settings.find(Setting.KEEP_SRVLOG_DAYS).map(Duration::ofDays));
    }

    /** In a few words. */
    static String text(ServerLogFiles logs) {
        String stored = FactLines.count(logs.files(), "file") + ", " + FactLines.size(logs.bytes()) + "; "
                + FactLines.size(logs.storedBytes()) + " stored anew";
        return logs.error() == null ? stored : stored + "; not all: " + logs.error();
    }

    /**
     * Stores what is new, and says in the backup's record what there is.
     *
     * @return the backup with its record as it is now
     * @throws PgAgentException of kind INTERRUPTED if it was told to stop; the backup is complete
     */
    BackupResult after(BackupResult backup, ObjectStore store, ServerFacts server) throws IOException {
        ServerLogFiles logs = store(store, server);
        if (logs.error() != null) {
            LOG.warn(
                    "the backup is complete, but not all log files of the server are stored id={} reason=\"{}\"",
                    backup.record().id(),
                    logs.error());
        }
        BackupRecords records = new BackupRecords(store, new ClusterKeys(settings.get(Setting.CLUSTER)));
        try {
            Optional<BackupRecord> now = records.change(backup.record().id(), logs::toldBy);
            return new BackupResult(now.orElse(backup.record()), backup.copied(), backup.waitedForWal());
        } catch (PgAgentException e) {
            requireNotStopped(e);
            LOG.warn(
                    "the backup is complete, but its record does not tell of the server's log files id={}",
                    backup.record().id(),
                    e);
            return new BackupResult(logs.toldBy(backup.record()), backup.copied(), backup.waitedForWal());
        }
    }

    private ServerLogFiles store(ObjectStore store, ServerFacts server) throws IOException {
        Path dataDirectory =
                settings.find(Setting.PGDATA).orElse(server.settings().dataDirectory());
        LogDirectory directory =
                new LogDirectory(dataDirectory, server.settings().logDirectory());
        String kept = directory.kept();
        Optional<String> fault = server.settings().collectsLogs()
                ? directory.fault(server.major())
                : Optional.of("logging_collector is off, so the server writes no log files of its own");
        if (fault.isPresent()) {
            return new ServerLogFiles(kept, 0, 0, 0, 0, fault.get());
        }
        try {
            ServerLogBackup.Stored stored = new ServerLogBackup(
                            new ServerLogs(store, new ClusterKeys(settings.get(Setting.CLUSTER))),
                            policy(settings),
                            settings.get(Setting.COMPRESS),
                            new ServerLogBackup.Surroundings(surroundings.clock(), surroundings.cancellation()))
                    .store(directory.path());
            return new ServerLogFiles(
                    kept,
                    stored.files(),
                    stored.bytes(),
                    stored.storedBytes(),
                    stored.failed(),
                    stored.failed() == 0 ? null : stored.failed() + " could not be read");
        } catch (PgAgentException e) {
            requireNotStopped(e);
            return new ServerLogFiles(kept, 0, 0, 0, 0, e.getMessage());
        }
    }

    private static void requireNotStopped(PgAgentException e) throws PgAgentException {
        if (e.kind() == ErrorKind.INTERRUPTED) {
            throw e;
        }
    }
}
