package org.pgagent.cases;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.pgagent.kit.Await;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.ResidentProgram.Outcome;
import org.pgagent.repository.BackupRecord;

/** A primary that archives, a standby that streams from it, and backups of the standby. */
record PrimaryAndStandby(String name, PostgresCluster primary, PostgresCluster standby) implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final Repository REPOSITORY = Repository.shared();

    static PrimaryAndStandby start(PostgresSetup setup, String name) {
        PostgresSetup small =
                setup.withWalSegmentMiB(1).withSetting("autovacuum", "off").withSetting("wal_keep_size", "64MB");
        PostgresCluster primary = REPOSITORY.archiving(small, name).start();
        return new PrimaryAndStandby(name, primary, PostgresCluster.standbyOf(primary));
    }

    /** Waits until the standby has replayed all that the primary has written. */
    void awaitReplay() {
        awaitReplay(primary, standby);
    }

    static void awaitReplay(PostgresCluster ahead, PostgresCluster behind) {
        String position = ahead.value("SELECT pg_current_wal_lsn()");
        behind.awaitTrue("SELECT pg_last_wal_replay_lsn() >= '" + position + "'");
    }

    /** Makes the standby's next backup begin after all that was written. */
    void checkpoint() {
        primary.sql("CHECKPOINT");
        awaitReplay();
    }

    /** A backup on the standby alone, for which the primary ends a WAL segment now and then. */
    Outcome aloneEnding(String... arguments) {
        CompletableFuture<Outcome> backup =
                CompletableFuture.supplyAsync(() -> REPOSITORY.onServer(standby, name, "backup", arguments));
        Await.until("the end of the backup", LIMIT, () -> {
            if (!backup.isDone()) {
                primary.archiveWal();
            }
            return backup.isDone();
        });
        return backup.join();
    }

    /** A copy of the standby, started and stopped on the primary. */
    Outcome copying(String... arguments) {
        return copying(primary, standby, arguments);
    }

    Outcome copying(PostgresCluster startedOn, PostgresCluster copied, String... arguments) {
        List<String> all = new ArrayList<>(List.of(
                "--standby-host",
                copied.socketDirectory().toString(),
                "--standby-port",
                String.valueOf(copied.port())));
        all.addAll(List.of(arguments));
        return REPOSITORY.onServer(startedOn, name, "backup", all.toArray(String[]::new));
    }

    /** The record of a backup that must have succeeded, and must be of a standby. */
    BackupRecord taken(Outcome outcome) {
        assertThat(outcome.status()).as(outcome.output()).isZero();
        BackupRecord record = REPOSITORY.stored(name, Repository.idIn(outcome)).record();
        assertThat(record.source().standby()).isTrue();
        return record;
    }

    @Override
    public void close() {
        standby.close();
        primary.close();
    }
}
