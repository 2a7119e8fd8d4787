package org.pgagent.cases;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.pgagent.kit.ChecksumSwitch;
import org.pgagent.kit.ClusterContent;
import org.pgagent.kit.ClusterCopy;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.ResidentProgram.Outcome;
import org.pgagent.kit.SoundDatabases;
import org.pgagent.kit.Workload;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupKind;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.ChangedBy;

/** The backups of a cluster, and what the cluster was at each. */
final class BackupChain {
    private static final Repository REPOSITORY = Repository.shared();
    private static final List<String> WHERE_CONSISTENT = List.of("--target-immediate");

    private final PostgresCluster cluster;
    private final String name;
    private final boolean copying;
    private final List<Taken> backups = new ArrayList<>();

    /**
     * @param target how far a recovery must go to be at that content
     * @param copy what the data directory was when the backup began, and the WAL until after its end; null if none was made
     */
    private record Taken(BackupRecord record, ClusterContent content, List<String> target, ClusterCopy copy) {
        void forgetCopy() {
            if (copy != null) {
                copy.close();
            }
        }
    }

    BackupChain(PostgresCluster cluster, String name) {
        this(cluster, name, false);
    }

    private BackupChain(PostgresCluster cluster, String name, boolean copying) {
        this.cluster = cluster;
        this.name = name;
        this.copying = copying;
    }

    /** With a copy of the data directory beside each backup, until {@link #forgetCopies}. */
    static BackupChain withCopies(PostgresCluster cluster, String name) {
        return new BackupChain(cluster, name, true);
    }

    /** Takes one while nobody writes. */
    BackupRecord take(String... arguments) {
        return take(() -> REPOSITORY.backup(cluster, name, arguments).record());
    }

    /** One that is taken in another way, while nobody writes. */
    BackupRecord take(Supplier<BackupRecord> way) {
        ClusterContent content = ClusterContent.of(cluster);
        ClusterCopy copy = beginCopy();
        BackupRecord record = way.get();
        endCopy(copy);
        backups.add(new Taken(record, content, WHERE_CONSISTENT, copy));
        return record;
    }

    private ClusterCopy beginCopy() {
        return copying ? ClusterCopy.of(cluster) : null;
    }

    private void endCopy(ClusterCopy copy) {
        if (copy != null) {
            cluster.archiveWal();
            copy.takeWal();
        }
    }

    /** Takes one while a session writes. */
    BackupRecord takeUnderLoad(Workload workload, String... arguments) {
        return takeUnderLoad(
                workload, () -> REPOSITORY.backup(cluster, name, arguments).record());
    }

    /** Takes one while something goes on. */
    BackupRecord takeUnderLoad(Runnable load, String... arguments) {
        return takeUnderLoad(
                load, () -> REPOSITORY.backup(cluster, name, arguments).record());
    }

    /** One that is taken in another way, while a session writes. */
    BackupRecord takeUnderLoad(Workload workload, Supplier<BackupRecord> way) {
        Runnable load = () -> {
            workload.addOrders(50);
            workload.churn();
        };
        return takeUnderLoad(load, way);
    }

    /**
     * One that is taken while something goes on.
     *
     * @param load is run again and again until the backup has ended
     */
    BackupRecord takeUnderLoad(Runnable load, Supplier<BackupRecord> way) {
        ClusterCopy copy = beginCopy();
        AtomicBoolean ended = new AtomicBoolean();
        CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> {
            while (!ended.get()) {
                load.run();
            }
        });
        BackupRecord record;
        try {
            record = way.get();
        } finally {
            ended.set(true);
            writer.join();
        }
        ClusterContent content = ClusterContent.of(cluster);
        cluster.value("SELECT pg_create_restore_point('" + record.id() + "')");
        cluster.archiveWal();
        endCopy(copy);
        List<String> target = List.of("--target-name", record.id().toString(), "--target-timeline", "current");
        backups.add(new Taken(record, content, target, copy));
        return record;
    }

    void takeFull() {
        assertThat(take().kind()).isEqualTo(BackupKind.FULL);
    }

    /** Takes one that must be compared with the one before, in this way. */
    BackupRecord takeIncremental(ChangedBy expected, String... arguments) {
        BackupId before = backups.get(backups.size() - 1).record().id();
        BackupRecord record = take(arguments);
        assertThat(record.kind()).isEqualTo(BackupKind.INCREMENTAL);
        assertThat(record.parent().id()).isEqualTo(before);
        assertThat(record.parent().changedBy())
                .as(record.parent().reasons().toString())
                .isEqualTo(expected);
        return record;
    }

    BackupRecord record(int index) {
        return backups.get(index).record();
    }

    int size() {
        return backups.size();
    }

    /** Goes on with another server of the same cluster. */
    BackupChain on(PostgresCluster successor) {
        BackupChain chain = new BackupChain(successor, name, copying);
        chain.backups.addAll(backups);
        return chain;
    }

    /** Deletes one of them by chance. */
    void deleteOne(Random random) {
        Taken gone = backups.remove(random.nextInt(backups.size()));
        gone.forgetCopy();
        Outcome outcome =
                REPOSITORY.run("delete", "--cluster", name, gone.record().id().toString());
        assertThat(outcome.status()).as(outcome.output()).isZero();
    }

    void purge() {
        Outcome outcome = REPOSITORY.run("purge", "--cluster", name);
        assertThat(outcome.status()).as(outcome.output()).isZero();
    }

    /** Also packs of which all but a little is needed. */
    void compact() {
        Outcome outcome = REPOSITORY.run("compact", "--cluster", name, "--live-max", "95");
        assertThat(outcome.status()).as(outcome.output()).isZero();
    }

    void forgetCopies() {
        backups.forEach(Taken::forgetCopy);
    }

    void requireRestorable() {
        requireRestorableFrom(0);
    }

    /** Those from some number on; uses up their copies. */
    void requireRestorableFrom(int first) {
        for (int i = first; i < backups.size(); i++) {
            Taken backup = backups.get(i);
            boolean laterContent = !backup.target().equals(WHERE_CONSISTENT);
            if (backup.copy() != null) {
                ClusterContent content = requireLikeCopy(backup);
                backups.set(i, new Taken(backup.record(), backup.content(), backup.target(), null));
                if (!laterContent) {
                    assertThat(content).isEqualTo(backup.content());
                }
            }
            // With a copy, what was taken while nobody wrote is compared already: to be immediate is seen once.
            if (backup.copy() == null || laterContent || i == first) {
                requireRestorable(backup.record(), backup.target(), backup.content());
            }
        }
    }

    /** Another backup must have the content of one of these. */
    void requireAs(BackupRecord other, int index) {
        Taken like = backups.get(index);
        requireRestorable(other, WHERE_CONSISTENT, like.content());
    }

    /** At the LSN where the backup is consistent; returns what the copy holds there. */
    private ClusterContent requireLikeCopy(Taken backup) {
        String lsn = backup.record().stop().lsn().toString();
        ClusterContent content = ClusterContent.of(backup.copy().recoverTo(lsn));
        backup.copy().close();
        requireRestorable(backup.record(), List.of("--target-lsn", lsn, "--target-timeline", "current"), content);
        return content;
    }

    /** @param target how far the recovery must go to be at that content */
    private void requireRestorable(BackupRecord backup, List<String> target, ClusterContent content) {
        List<String> arguments = new ArrayList<>(List.of("--backup", backup.id().toString()));
        arguments.addAll(target);
        try (RestoredCluster restored = REPOSITORY.restore(name, arguments.toArray(String[]::new))) {
            PostgresCluster recovered = restored.recover();
            assertThat(ClusterContent.of(recovered))
                    .as("%s %s", backup.id(), target)
                    .isEqualTo(content);
            SoundDatabases.require(recovered);
            recovered.stop(PostgresCluster.Stop.FAST);
            if (backup.source().dataChecksums()) {
                ChecksumSwitch.requireGood(recovered);
            }
        }
    }
}
