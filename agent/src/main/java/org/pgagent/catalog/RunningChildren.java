package org.pgagent.catalog;

import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.BackupState;

/** The backups that are being taken and build on others, and the compactions that write the manifests of others anew. */
final class RunningChildren {
    private final BackupRecords records;
    private final Clock clock;

    RunningChildren(BackupRecords records, Clock clock) {
        this.records = records;
        this.clock = clock;
    }

    static boolean buildsOn(BackupRecord record, Collection<BackupId> others) {
        return others.stream().anyMatch(record::buildsOn);
    }

    /**
     * Those that live; those that were abandoned cannot come to life again afterwards.
     *
     * @throws PgAgentException of kind ALREADY_RUNNING if one that was taken for abandoned lives
     */
    List<BackupRecord> living(Collection<BackupId> parents, BackupHoldings holdings) throws IOException {
        List<BackupRecord> living = new ArrayList<>();
        for (BackupRecords.Versioned backup : holdings.backups()) {
            BackupRecord now = backup.record().asOf(clock.instant());
            if (backup.record().state() != BackupState.RUNNING || !buildsOn(now, parents)) {
                continue;
            }
            if (now.state() == BackupState.RUNNING) {
                living.add(now);
            } else {
                giveUp(backup, now);
            }
        }
        return living;
    }

    /**
     * What is true of a backup now, and remains true: one that was abandoned cannot come to life again afterwards.
     *
     * @throws PgAgentException of kind ALREADY_RUNNING if one that was taken for abandoned lives
     */
    BackupRecord settled(BackupRecords.Versioned backup) throws IOException {
        BackupRecord now = backup.record().asOf(clock.instant());
        if (backup.record().state() == BackupState.RUNNING && now.state() != BackupState.RUNNING) {
            giveUp(backup, now);
        }
        return now;
    }

    private void giveUp(BackupRecords.Versioned backup, BackupRecord abandoned) throws IOException {
        if (!records.giveUp(backup, abandoned)) {
            Optional<BackupRecord> now = records.find(abandoned.id());
            if (now.isPresent() && now.get().state() == BackupState.RUNNING) {
                throw runs(backup.record());
            }
        }
    }

    /** What to say of one that is in the way. */
    static PgAgentException runs(BackupRecord running) {
        String who = " pgagent on " + running.writer().host() + " (pid "
                + running.writer().pid() + ")";
        String what = running.id().isBackup()
                ? "the backup " + running.id() + " is being taken by" + who
                        + (running.parent() == null
                                ? ""
                                : ", and compared with " + running.parent().id())
                : "the compaction " + running.id() + " is at work, by" + who;
        return new PgAgentException(
                ErrorKind.ALREADY_RUNNING,
                what,
                "Wait for its end. If that process was killed, it counts as dead from " + running.aliveUntil()
                        + " on.");
    }
}
