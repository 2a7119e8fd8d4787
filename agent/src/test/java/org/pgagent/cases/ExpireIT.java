package org.pgagent.cases;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.pgagent.chunk.Compression;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.ResidentProgram.Outcome;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.ClusterDescription;
import org.pgagent.repository.ClusterDescriptions;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.WalObjects;
import org.pgagent.storage.ListDepth;
import org.pgagent.storage.ObjectStore;
import org.pgagent.wal.ArchiveHealing;
import org.pgagent.wal.HealResult;
import org.pgagent.wal.WalArchiver;

/** What retention keeps is restored, and what it has given up stays away. */
final class ExpireIT {
    private static final Repository REPOSITORY = Repository.shared();
    private static final String NAME = "expire";
    private static final ClusterKeys KEYS = Repository.keys(NAME);

    private final List<String> segments = new ArrayList<>();

    private static List<String> objects() throws IOException {
        List<String> keys = new ArrayList<>();
        REPOSITORY
                .store()
                .forEachPage(
                        NAME + "/",
                        ListDepth.ALL,
                        page -> page.objects().forEach(object -> keys.add(object.key() + " " + object.etag())));
        return keys;
    }

    private static boolean isArchived(String segment) throws IOException {
        return REPOSITORY.store().head(KEYS.walFile(segment)).isPresent();
    }

    private static Outcome run(String... arguments) {
        Outcome outcome = REPOSITORY.run(arguments);
        assertThat(outcome.status()).as(outcome.output()).isZero();
        return outcome;
    }

    private void addRows(PostgresCluster cluster, int rows) {
        cluster.sql("INSERT INTO t SELECT generate_series(1, " + rows + ")");
        segments.add(cluster.archiveWal());
    }

    private static HealResult heal(PostgresCluster cluster) throws IOException {
        ObjectStore store = REPOSITORY.store();
        ClusterDescription description =
                new ClusterDescriptions(store, KEYS).find().orElseThrow();
        WalArchiver archiver = new WalArchiver(new WalObjects(store, KEYS), description, Compression.DEFAULT);
        return new ArchiveHealing(
                        cluster.dataDirectory(),
                        store,
                        KEYS,
                        new ArchiveHealing.Means(description, archiver::push, Clock.systemUTC(), "host"))
                .heal();
    }

    @Test
    void what_is_kept_comes_back_and_what_was_given_up_stays_away() throws IOException {
        PostgresSetup setup = REPOSITORY.archiving(
                PostgresSetup.ofVersion(17).withWalSegmentMiB(1).withSetting("wal_keep_size", "256MB"), NAME);
        try (PostgresCluster cluster = setup.start()) {
            cluster.sql("CREATE TABLE t (i int)");
            addRows(cluster, 10);
            StoredBackup first = REPOSITORY.backup(cluster, NAME);
            addRows(cluster, 10);
            StoredBackup pinned = REPOSITORY.backup(cluster, NAME);
            run("pin", pinned.id().toString(), "--cluster", NAME, "--note", "audit");
            addRows(cluster, 10);
            StoredBackup third = REPOSITORY.backup(cluster, NAME, "--type", "full");
            addRows(cluster, 10);
            StoredBackup fourth = REPOSITORY.backup(cluster, NAME);
            addRows(cluster, 10);

            requireDryRunChangesNothing();
            Outcome expired = run("expire", "--cluster", NAME, "--keep-full", "1");
            assertThat(expired.output())
                    .contains("Expired 1 backup")
                    .contains(first.id().toString())
                    .contains("WAL gone");
            assertThat(REPOSITORY.run("show", "--cluster", NAME).output())
                    .doesNotContain(first.id().toString())
                    .contains(
                            pinned.id().toString(),
                            third.id().toString(),
                            fourth.id().toString());
            assertThat(isArchived(segments.get(0))).isFalse();
            assertThat(isArchived(segments.get(2))).isFalse();
            assertThat(isArchived(segments.get(3))).isTrue();

            assertThat(heal(cluster).healed()).as("healing leaves it").isEmpty();
            assertThat(REPOSITORY.run("show", "--wal", "--cluster", NAME).output())
                    .contains("No segment is missing")
                    .containsPattern(pinned.id() + ".* expired")
                    .containsPattern(third.id() + ".* end");
            requireAnswers(third);
            requireRows(20, "--backup", pinned.id().toString(), "--target-immediate");
            requireRows(20, "--backup", pinned.id().toString());
            requireRows(50);
            requirePinHolds(pinned.id());
            requireExpiryAfterBackup(cluster, pinned.id());
        }
    }

    private static void requireDryRunChangesNothing() throws IOException {
        List<String> before = objects();
        Outcome plan = run("expire", "--cluster", NAME, "--keep-full", "1", "--dry-run");
        assertThat(plan.output())
                .contains("Would expire 1 backup")
                .containsPattern("-I +[0-9TZ:-]+ +pin")
                .containsPattern("-F +[0-9TZ:-]+ +window")
                .containsPattern("-I +[0-9TZ:-]+ +newest");
        assertThat(plan.output().lines()).allMatch(line -> line.length() <= 80);
        assertThat(objects()).isEqualTo(before);
    }

    private static void requireRows(int rows, String... how) throws IOException {
        try (RestoredCluster restored = REPOSITORY.restore(NAME, how)) {
            assertThat(restored.recover().value("SELECT count(*) FROM t")).isEqualTo("" + rows);
        }
    }

    /** What can be restored, and what not any more. */
    private static void requireAnswers(StoredBackup third) {
        assertThat(run("can-restore", "--cluster", NAME).output())
                .contains("Yes: 'expire'")
                .containsPattern("Takes +about");
        String inWhatWasExpired = third.record().start().time().minusMillis(1).toString();
        Outcome no = REPOSITORY.run("can-restore", "--cluster", NAME, "--at", "2001-01-01T00:00:00Z");
        assertThat(no.status()).isEqualTo(51);
        assertThat(no.output()).contains("before the earliest point");
        assertThat(REPOSITORY
                        .run("can-restore", "--cluster", NAME, "--at", "2001-01-01T00:00:00Z", "--json")
                        .output())
                .contains("\"possible\" : false");
        Outcome expired = REPOSITORY.run("can-restore", "--cluster", NAME, "--at", inWhatWasExpired);
        assertThat(expired.status()).as(expired.output()).isEqualTo(51);
        assertThat(expired.output()).contains("WAL after the backup was expired");
    }

    private static void requirePinHolds(BackupId pinned) {
        assertThat(REPOSITORY.run("show", pinned.toString(), "--cluster", NAME).output())
                .containsPattern("Pinned +until it is unpinned: audit");
        Outcome refused = REPOSITORY.run("delete", pinned.toString(), "--cluster", NAME);
        assertThat(refused.status()).isEqualTo(2);
        assertThat(refused.output()).contains("is pinned: audit").contains("unpin");
        Outcome without = REPOSITORY.run("expire", "--cluster", NAME);
        assertThat(without.status()).isEqualTo(3);
        assertThat(without.output()).contains("nothing says which backups to keep");
    }

    private void requireExpiryAfterBackup(PostgresCluster cluster, BackupId pinned) throws IOException {
        run("unpin", pinned.toString(), "--cluster", NAME);
        Outcome refused = REPOSITORY.onServer(cluster, NAME, "backup", "--expire");
        assertThat(refused.status()).as(refused.output()).isEqualTo(3);
        Outcome backup = REPOSITORY.onServer(cluster, NAME, "backup", "--type", "full", "--expire", "--keep", "last=1");
        assertThat(backup.status()).as(backup.output()).isZero();
        assertThat(backup.output()).contains("is complete").contains("Expired 3 backups");
        assertThat(isArchived(segments.get(4))).isFalse();
        run("purge", "--cluster", NAME);
        addRows(cluster, 7);
        requireRows(57);
        assertThat(REPOSITORY.run("show", "--wal", "--cluster", NAME).output()).contains("No segment is missing");
    }
}
