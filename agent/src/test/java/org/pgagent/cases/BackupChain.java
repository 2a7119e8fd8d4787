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
import org.pgagent.kit.InstalledPostgres;
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

    private final PostgresCluster cluster;
    private final String name;
    private final List<Taken> backups = new ArrayList<>();

    /** @param target how far a recovery must go to be at that content */
    private record Taken(BackupRecord record, ClusterContent content, List<String> target) {}

    BackupChain(PostgresCluster cluster, String name) {
        this.cluster = cluster;
        this.name = name;
    }

    /** Takes one while nobody writes. */
    BackupRecord take(String... arguments) {
        return take(() -> REPOSITORY.backup(cluster, name, arguments).record());
    }

    /** One that is taken in another way, while nobody writes. */
    BackupRecord take(Supplier<BackupRecord> way) {
        ClusterContent content = ClusterContent.of(cluster);
        BackupRecord record = way.get();
        backups.add(new Taken(record, content, List.of("--target-immediate")));
        return record;
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
        backups.add(new Taken(
                record, content, List.of("--target-name", record.id().toString(), "--target-timeline", "current")));
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
        BackupChain chain = new BackupChain(successor, name);
        chain.backups.addAll(backups);
        return chain;
    }

    /** Deletes one of them by chance. */
    void deleteOne(Random random) {
        Taken gone = backups.remove(random.nextInt(backups.size()));
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

    void requireRestorable() {
        requireRestorableFrom(0);
    }

    /** Those from some number on. */
    void requireRestorableFrom(int first) {
        backups.subList(first, backups.size()).forEach(this::requireRestorable);
    }

    /** Another backup must have the content of one of these. */
    void requireAs(BackupRecord other, int index) {
        requireRestorable(new Taken(other, backups.get(index).content(), List.of("--target-immediate")));
    }

    private void requireRestorable(Taken backup) {
        List<String> arguments =
                new ArrayList<>(List.of("--backup", backup.record().id().toString()));
        arguments.addAll(backup.target());
        try (RestoredCluster restored = REPOSITORY.restore(name, arguments.toArray(String[]::new))) {
            PostgresCluster copy = restored.recover();
            assertThat(ClusterContent.of(copy))
                    .as(backup.record().id().toString())
                    .isEqualTo(backup.content());
            SoundDatabases.require(copy);
            copy.stop(PostgresCluster.Stop.FAST);
            if (ChecksumSwitch.installedProgramTakes(copy)
                    && backup.record().source().dataChecksums()) {
                assertThat(InstalledPostgres.successOf(
                                "pg_checksums",
                                "--check",
                                "-D",
                                restored.dataDirectory().toString()))
                        .containsPattern("Bad checksums: +0");
            }
        }
    }
}
