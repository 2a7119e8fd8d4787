package org.pgagent.cases;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.pgagent.error.ErrorKind;
import org.pgagent.kit.Await;
import org.pgagent.kit.PostgresBinaries;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.ResidentProgram.Outcome;
import org.pgagent.postgres.DataPath;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupKind;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupState;
import org.pgagent.repository.FileContent;
import org.pgagent.repository.ManifestEntry;
import org.pgagent.repository.PlacedChunk;
import org.pgagent.repository.RepositoryJson;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.WriteCondition;

/** What {@code pgagent validate} tells an operator of real backups in a real store. */
final class ValidateIT {
    private static final Repository REPOSITORY = Repository.shared();
    private static final int PAGE_BYTES = 8192;
    private static final int OBJECT_MAX_BYTES = 1 << 30;

    private static PostgresCluster start(String name) {
        return REPOSITORY
                .archiving(
                        PostgresSetup.ofVersion(PostgresBinaries.newestMajor())
                                .withWalSegmentMiB(1)
                                .withSetting("autovacuum", "off"),
                        name)
                .start();
    }

    private static Outcome validate(String name, String... arguments) {
        String[] all = new String[arguments.length + 3];
        all[0] = "validate";
        all[1] = "--cluster";
        all[2] = name;
        System.arraycopy(arguments, 0, all, 3, arguments.length);
        Outcome outcome = REPOSITORY.run(all);
        if (!List.of(arguments).contains("--json")) {
            assertThat(outcome.out().lines()).allMatch(line -> line.length() <= 80 || line.contains(" in s3://"));
        }
        return outcome;
    }

    private static void requireStatus(Outcome outcome, int status) {
        assertThat(outcome.status()).as(outcome.output()).isEqualTo(status);
    }

    private static void requireState(String name, BackupId id, BackupState state) {
        assertThat(REPOSITORY.stored(name, id).record().state())
                .as(id.toString())
                .isEqualTo(state);
    }

    private static byte[] bytes(ObjectKey key) throws IOException {
        return REPOSITORY.store().getSmall(key, OBJECT_MAX_BYTES).bytes();
    }

    private static void overwrite(ObjectKey key, byte[] bytes) throws IOException {
        REPOSITORY.store().put(key, ByteBuffer.wrap(bytes), WriteCondition.always());
    }

    private static void flip(ObjectKey key, long at) throws IOException {
        byte[] bytes = bytes(key);
        bytes[(int) at] ^= 0x10;
        overwrite(key, bytes);
    }

    /** Where a backup has the page of a file. */
    private static PlacedChunk chunkWith(StoredBackup backup, DataPath file, long page) {
        ManifestEntry.RegularFile entry =
                (ManifestEntry.RegularFile) backup.entries().get(file);
        long at = page * PAGE_BYTES;
        for (FileContent.NeededChunk needed : entry.content().needed()) {
            for (FileContent.Piece piece : needed.pieces()) {
                if (piece.fileOffset() <= at && at < piece.fileOffset() + piece.length()) {
                    return needed.chunk();
                }
            }
        }
        throw new AssertionError("no chunk has page " + page + " of " + file);
    }

    @Test
    void a_flipped_byte_is_told_with_its_table_and_with_every_backup_that_needs_it() throws IOException {
        String name = "validate";
        try (PostgresCluster cluster = start(name)) {
            cluster.sql("CREATE TABLE whole AS SELECT i, repeat('x', 500) t FROM generate_series(1, 5000) i");
            cluster.sql("VACUUM whole"); // leaves no hint bits to be set later
            cluster.sql("CHECKPOINT");
            DataPath table = DataPath.of(cluster.value("SELECT pg_relation_filepath('whole')"));
            String relation = cluster.value("SELECT pg_relation_filenode('whole')");
            String database = cluster.value("SELECT oid FROM pg_database WHERE datname = 'postgres'");
            StoredBackup full = REPOSITORY.backup(cluster, name);
            cluster.sql("UPDATE whole SET t = repeat('y', 500) WHERE i < 20");
            cluster.sql("CHECKPOINT");
            StoredBackup child = REPOSITORY.backup(cluster, name);
            assertThat(child.record().kind()).isEqualTo(BackupKind.INCREMENTAL);
            assertThat(full.record().validation().depth()).hasToString("quick");

            Outcome fresh = validate(name);
            requireStatus(fresh, 0);
            assertThat(fresh.out()).contains("  found whole at 20");
            requireStatus(validate(name, "--deep"), 0);
            assertThat(validate(name, "--deep", "--all", "--dry-run").out()).contains("Would validate 2 backups");

            long page = 200;
            PlacedChunk chunk = chunkWith(child, table, page);
            assertThat(chunk.pack().backup()).isEqualTo(full.id());
            ObjectKey pack = Repository.keys(name).pack(chunk.pack());
            flip(pack, chunk.packOffset() + 100);

            requireStatus(validate(name, "--all"), 0); // not to be seen by a quick look
            Outcome damaged = validate(name, "--deep", child.id().toString());
            requireStatus(damaged, ErrorKind.CORRUPTED.exitCode());
            assertThat(damaged.out())
                    .contains(child.id() + " is damaged:")
                    .contains(full.id() + " is damaged:")
                    .contains(pack.value())
                    .contains("another CRC-32C")
                    .contains("also needed by " + full.id())
                    .contains(table.toString())
                    .containsPattern(
                            "relation file " + relation + ", main fork, database " + database + ",\\s+blocks? 1")
                    .contains("no backup that can be restored");
            assertThat(damaged.err()).contains("hint: Take a backup now");
            requireState(name, full.id(), BackupState.CORRUPT);
            requireState(name, child.id(), BackupState.CORRUPT);
            requireJson(validate(name, "--deep", "--json"), child, table);
            requireNamed(cluster, name, child.id());

            Outcome refused = REPOSITORY.restoreInto(
                    cluster.dataDirectory().resolveSibling("nowhere"),
                    name,
                    "--backup",
                    child.id().toString());
            requireStatus(refused, ErrorKind.NO_BACKUP.exitCode());
            BackupRecord next = REPOSITORY.backup(cluster, name).record();
            assertThat(next.kind()).isEqualTo(BackupKind.FULL);
            Outcome good = validate(name, "--deep", "--all");
            requireStatus(good, ErrorKind.CORRUPTED.exitCode());
            assertThat(good.out()).containsPattern("Newest good +" + next.id());

            flip(pack, chunk.packOffset() + 100);
            Outcome again = validate(name, "--deep");
            requireStatus(again, 0);
            assertThat(again.out()).contains("whole again; it was CORRUPT");
            requireState(name, child.id(), BackupState.OK);
            assertThat(REPOSITORY
                            .run("show", "--cluster", name, child.id().toString())
                            .out())
                    .contains("(deep)");
        }
    }

    /** A server of the cluster knows what the file belongs to, and one of another cluster is not believed. */
    private static void requireNamed(PostgresCluster cluster, String name, BackupId id) {
        Outcome named = REPOSITORY.onServer(cluster, name, "validate", "--deep", id.toString());
        requireStatus(named, ErrorKind.CORRUPTED.exitCode());
        assertThat(named.out()).contains("postgres.public.whole, relation file ");
        try (PostgresCluster other =
                PostgresSetup.ofVersion(PostgresBinaries.newestMajor()).start()) {
            Outcome numbered = REPOSITORY.onServer(other, name, "validate", "--deep", id.toString());
            requireStatus(numbered, ErrorKind.CORRUPTED.exitCode());
            assertThat(numbered.out()).doesNotContain("public.whole").contains("relation file ");
            assertThat(numbered.err()).contains("is of another cluster");
        }
    }

    private static void requireJson(Outcome outcome, StoredBackup child, DataPath table) throws IOException {
        requireStatus(outcome, ErrorKind.CORRUPTED.exitCode());
        JsonNode report = RepositoryJson.mapper().readTree(outcome.out());
        assertThat(report.get("good").booleanValue()).isFalse();
        JsonNode backup = report.get("backups").get(0);
        assertThat(backup.get("id").textValue()).isEqualTo(child.id().toString());
        assertThat(backup.get("result").textValue()).isEqualTo("damaged");
        JsonNode damage = backup.get("damages").get(0);
        assertThat(damage.get("kind").textValue()).isEqualTo("pack");
        assertThat(damage.get("file").textValue()).isEqualTo(table.toString());
        assertThat(damage.get("blocks").get(0).get("first").longValue()).isLessThanOrEqualTo(200);
    }

    /** A backup during which the server begins several segments. */
    private static StoredBackup backupOverSegments(PostgresCluster cluster, String name) {
        CompletableFuture<StoredBackup> backup =
                CompletableFuture.supplyAsync(() -> REPOSITORY.backup(cluster, name, "--rate-limit", "8MiB"));
        while (!backup.isDone()) {
            // The backup's end begins a segment, too, and then there is nothing to be archived of the one after it.
            String segment = cluster.switchWal();
            Await.until(
                    "the segment's archiving",
                    Duration.ofSeconds(60),
                    () -> backup.isDone()
                            || cluster.value("SELECT coalesce(max(last_archived_wal), '') FROM pg_stat_archiver")
                                            .compareTo(segment)
                                    >= 0);
        }
        return backup.join();
    }

    private static List<WalSegment> segments(BackupRecord record) {
        WalSegmentSize size = new WalSegmentSize(record.source().walSegmentSize());
        Timeline timeline = record.start().timeline();
        List<WalSegment> segments = new ArrayList<>();
        WalSegment segment = WalSegment.containing(timeline, record.start().lsn(), size);
        while (segment.start().isBefore(record.stop().lsn())) {
            segments.add(segment);
            segment = segment.next();
        }
        return segments;
    }

    /** Case 22: the first of its own segments, one in the middle, and the last. */
    @Test
    void a_segment_that_was_deleted_makes_the_backup_unusable_until_it_is_back() throws IOException {
        String name = "validate-wal";
        try (PostgresCluster cluster = start(name)) {
            StoredBackup backup = backupOverSegments(cluster, name);
            List<WalSegment> needed = segments(backup.record());
            assertThat(needed).hasSizeGreaterThan(2);
            for (int which : new int[] {0, needed.size() / 2, needed.size() - 1}) {
                requireUnusableWithout(needed.get(which), cluster, name, backup.id());
            }
            try (RestoredCluster restored = REPOSITORY.restore(name)) {
                assertThat(restored.recover().value("SELECT 1")).isEqualTo("1");
            }
        }
    }

    private static void requireUnusableWithout(WalSegment segment, PostgresCluster cluster, String name, BackupId id)
            throws IOException {
        ObjectKey key = Repository.keys(name).walFile(segment.fileName());
        byte[] object = bytes(key);
        REPOSITORY.store().delete(List.of(key));

        Outcome refused =
                REPOSITORY.restoreInto(cluster.dataDirectory().resolveSibling("nowhere"), name, "--target-immediate");
        requireStatus(refused, ErrorKind.CORRUPTED.exitCode());
        assertThat(refused.err()).contains("lacks the WAL segment " + segment.fileName());
        for (String how : List.of("--all", "--deep")) {
            Outcome outcome = validate(name, how);
            requireStatus(outcome, ErrorKind.CORRUPTED.exitCode());
            assertThat(outcome.out()).contains(key.value()).contains("is missing");
            requireState(name, id, BackupState.CORRUPT);
        }
        Outcome named = REPOSITORY.restoreInto(
                cluster.dataDirectory().resolveSibling("nowhere"), name, "--backup", id.toString());
        assertThat(named.status()).as(named.output()).isNotZero();

        overwrite(key, object);
        requireStatus(validate(name, "--deep"), 0);
        requireState(name, id, BackupState.OK);
    }
}
