package org.pgagent.cases;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.pgagent.backup.BackupServers;
import org.pgagent.backup.BackupSettings;
import org.pgagent.backup.BackupType;
import org.pgagent.backup.BaseBackup;
import org.pgagent.catalog.BackupRemoval;
import org.pgagent.catalog.Expiry;
import org.pgagent.catalog.KeepCalendar;
import org.pgagent.catalog.RecoveryInterval;
import org.pgagent.catalog.RecoverySurvey;
import org.pgagent.catalog.RetentionPolicy;
import org.pgagent.chunk.Compression;
import org.pgagent.error.Cancellation;
import org.pgagent.kit.FaultyObjectStore;
import org.pgagent.kit.FaultyObjectStore.Fault;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.ResidentProgram.Outcome;
import org.pgagent.kit.SoundDatabases;
import org.pgagent.postgres.Exclusions;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.postgres.session.CheckpointMode;
import org.pgagent.postgres.session.ConnectionSettings;
import org.pgagent.postgres.session.ServerConnection;
import org.pgagent.repository.Annotations;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.Retries;
import org.pgagent.storage.RetryPolicy;
import org.pgagent.storage.RetryingObjectStore;
import org.pgagent.transfer.FileUploader;
import org.pgagent.transfer.PackLimits;
import org.pgagent.transfer.TransferProgress;

/** A cluster whose every mark is known, with its backups and expiries, which are killed by chance. */
final class RetentionCycles implements AutoCloseable {
    private static final Repository REPOSITORY = Repository.shared();
    private static final String NAME = "cycles";
    private static final ClusterKeys KEYS = Repository.keys(NAME);
    private static final WalSegmentSize SIZE = new WalSegmentSize(1 << 20);

    /** A killed backup counts as abandoned after three minutes. */
    private static final Duration BETWEEN_CYCLES = Duration.ofMinutes(4);

    /** By chance; so chains get as long as 30 and more. */
    private static final int FULL_EACH = 40;

    /** About as many requests as a backup or an expiry makes. */
    private static final int CALLS = 90;

    private final Random random;
    private final List<Runnable> opened = new ArrayList<>();
    private final Map<String, Integer> done = new TreeMap<>();

    /** The marks in each backup, as they were when it was taken. */
    private final Map<BackupId, List<String>> contents = new HashMap<>();

    /** How many incremental backups there are up to each, from the full one on. */
    private final Map<BackupId, Integer> places = new HashMap<>();

    /** Of each timeline the marks that were committed on the way to its end, in their order. */
    private final Map<Long, List<Mark>> marks = new TreeMap<>();

    private PostgresCluster cluster;
    private Duration ahead = Duration.ZERO;
    private int lastMark;

    /** @param after when its commit was known to be over */
    private record Mark(int number, Instant after) {}

    RetentionCycles(Random random, int major) {
        this.random = random;
        goOnWith(REPOSITORY
                .archiving(PostgresSetup.ofVersion(major).withWalSegmentMiB(1).withSetting("autovacuum", "off"), NAME)
                .start());
        cluster.sql("CREATE TABLE marks (number int)");
        marks.put(1L, new ArrayList<>());
    }

    Map<String, Integer> done() {
        return done;
    }

    private void count(String what) {
        done.merge(what, 1, Integer::sum);
    }

    private void goOnWith(PostgresCluster next) {
        opened.add(next::close);
        cluster = next;
    }

    private long timeline() {
        return Long.parseLong(cluster.value("SELECT timeline_id FROM pg_control_checkpoint()"));
    }

    private Clock clock() {
        return Clock.offset(Clock.systemUTC(), ahead);
    }

    /** Some marks, each in a transaction of its own, and the WAL that has them in the archive. */
    void change() {
        List<Mark> own = marks.get(timeline());
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
            lastMark++;
            cluster.sql("INSERT INTO marks VALUES (" + lastMark + ")");
            own.add(
                    new Mark(
                            lastMark,
                            Instant.parse(
                                    cluster.value(
                                            "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"))));
            if (random.nextBoolean()) {
                cluster.archiveWal();
            }
        }
        cluster.archiveWal();
        ahead = ahead.plus(BETWEEN_CYCLES);
    }

    /** To a server that was put back to the end of WAL, or to the moment of some backup. */
    void failOver() throws IOException {
        List<BackupRecord> listed = listed();
        if (listed.isEmpty()) {
            return;
        }
        cluster.archiveWal();
        long timeline = timeline();
        cluster.stop(PostgresCluster.Stop.FAST);
        List<String> how = new ArrayList<>(List.of("--adopt"));
        if (random.nextBoolean()) {
            BackupRecord any = listed.get(random.nextInt(listed.size()));
            how.addAll(List.of("--target-immediate", "--backup", any.id().toString()));
        } else {
            // The newest backup may be of a branch that was left for an older one since.
            how.addAll(List.of("--target-timeline", Long.toString(timeline)));
        }
        RestoredCluster restored = REPOSITORY.restore(NAME, how.toArray(String[]::new));
        opened.add(restored::close);
        long from = timelineOf(restored);
        PostgresCluster successor = restored.recover();
        REPOSITORY.adopt(successor.dataDirectory(), NAME);
        goOnWith(successor);
        cluster.sql("CHECKPOINT");
        List<String> there = marksIn(cluster);
        marks.put(
                timeline(),
                new ArrayList<>(marks.get(from).stream()
                        .filter(mark -> there.contains("" + mark.number()))
                        .toList()));
        count("failed over");
    }

    /** The timeline that a recovery follows. */
    private static long timelineOf(RestoredCluster restored) {
        return Long.parseLong(restored.outcome().output().replaceAll("(?s).*on timeline ([0-9]+).*", "$1"));
    }

    private static List<String> marksIn(PostgresCluster cluster) {
        return cluster.sql("SELECT number FROM marks ORDER BY number").stream()
                .map(row -> row.get(0))
                .toList();
    }

    private List<BackupRecord> listed() throws IOException {
        return new BackupRecords(REPOSITORY.store(), KEYS)
                .list().records().stream()
                        .filter(record -> record.id().isBackup() && record.restorable())
                        .toList();
    }

    private interface Work {
        void run(ObjectStore store) throws IOException;
    }

    /** Does something that may be killed at any request, or whose requests may fail in a way that passes. */
    private void troubled(String what, Work work) {
        int call = random.nextInt(CALLS);
        ObjectStore store = REPOSITORY.store();
        String how;
        switch (random.nextInt(4)) {
            case 0 -> {
                store = retrying(FaultyObjectStore.failing(store, call, Fault.FAILED_AFTER));
                how = "met by a fault";
            }
            case 1, 2 -> {
                store = FaultyObjectStore.failing(store, call, Fault.KILLED);
                how = "killed";
            }
            default -> {
                store = retrying(store);
                how = "untroubled";
            }
        }
        try {
            work.run(store);
            count(what + ", " + (how.equals("killed") ? "before it could be killed" : how));
        } catch (IOException e) {
            assertThat(how).as(String.valueOf(e.getMessage())).isEqualTo("killed");
            count(what + ", killed");
        }
    }

    private static ObjectStore retrying(ObjectStore store) {
        return new RetryingObjectStore(
                store, new Retries(RetryPolicy.DEFAULT, Clock.systemUTC(), new SplittableRandom(1), pause -> {}));
    }

    void backUp() throws IOException {
        List<String> content = marksIn(cluster);
        ConnectionSettings settings = new ConnectionSettings(
                Optional.of(cluster.socketDirectory().toString()),
                Optional.of(cluster.port()),
                Optional.of("postgres"),
                Optional.of("postgres"),
                Map.of());
        BackupSettings wanted = new BackupSettings(
                random.nextInt(FULL_EACH) == 0 ? BackupType.FULL : BackupType.AUTO,
                Optional.empty(),
                "cycle",
                Annotations.NONE,
                Exclusions.NONE,
                CheckpointMode.FAST,
                new FileUploader.ChunkFormat(1 << 20, Compression.DEFAULT),
                PackLimits.DEFAULT,
                OptionalLong.empty(),
                2,
                Duration.ofSeconds(60),
                Duration.ofSeconds(60));
        troubled("backed up", store -> {
            BaseBackup.Destination destination =
                    new BaseBackup.Destination(store, KEYS, new BackupRecord.Writer("test", 1, "test"));
            BaseBackup.Surroundings around =
                    new BaseBackup.Surroundings(clock(), TransferProgress.silent(), new Cancellation());
            try (ServerConnection connection = ServerConnection.open(settings)) {
                new BaseBackup(destination, wanted, around)
                        .take(BackupServers.alone(connection, cluster.dataDirectory()));
            }
        });
        for (BackupRecord record : listed()) {
            contents.putIfAbsent(record.id(), content);
            int place = record.parent() == null
                    ? 0
                    : places.getOrDefault(record.parent().id(), 0) + 1;
            places.put(record.id(), place);
            done.merge("incremental backups of the longest chain", place, Math::max);
        }
    }

    void expire() {
        RetentionPolicy policy = new RetentionPolicy(
                random.nextInt(3) == 0 ? OptionalInt.of(1 + random.nextInt(2)) : OptionalInt.empty(),
                Optional.of(Duration.ofSeconds(2 + random.nextInt(15))),
                Optional.empty(),
                KeepCalendar.NONE);
        troubled("expired", store -> {
            BackupRemoval removal = new BackupRemoval(store, KEYS, clock(), new SplittableRandom());
            new Expiry(store, KEYS, removal, clock()).run(policy, SIZE);
            if (random.nextInt(3) == 0) {
                removal.purge(removal.planPurge());
            }
        });
    }

    /** A backup by chance, a point of each stretch by chance, and a point before them all. */
    void requireWhatIsListed() throws IOException {
        List<BackupRecord> listed = listed();
        requireRestorable(listed.get(random.nextInt(listed.size())).id());
        RecoverySurvey survey = RecoverySurvey.make(REPOSITORY.store(), KEYS, SIZE, listed);
        assertThat(survey.withoutWal()).isEmpty();
        assertThat(survey.gaps()).isEmpty();
        List<RecoveryInterval> intervals = RecoveryInterval.of(survey.windows());
        for (RecoveryInterval interval : intervals) {
            requirePointOf(interval);
        }
        Instant earliest = intervals.stream()
                .map(RecoveryInterval::fromTime)
                .min(Instant::compareTo)
                .orElseThrow();
        Outcome before = REPOSITORY.run(
                "can-restore",
                "--cluster",
                NAME,
                "--at",
                earliest.minusMillis(1).toString());
        assertThat(before.status()).as(before.output()).isEqualTo(51);
    }

    void requireEveryBackup() throws IOException {
        for (BackupRecord backup : listed()) {
            requireRestorable(backup.id());
            count("backup restored at the end");
        }
    }

    private void requireRestorable(BackupId backup) {
        try (RestoredCluster restored = REPOSITORY.restore(NAME, "--backup", backup.toString(), "--target-immediate")) {
            assertThat(marksIn(restored.recover())).as(backup.toString()).isEqualTo(contents.get(backup));
            SoundDatabases.require(restored.cluster());
        }
    }

    /** A moment after which another mark was committed, so that the server finds where to stop. */
    private void requirePointOf(RecoveryInterval interval) {
        List<Mark> all = marks.get(interval.timeline().id());
        List<Integer> inside = new ArrayList<>();
        for (int i = 0; i + 1 < all.size(); i++) {
            if (all.get(i).after().isAfter(interval.fromTime())
                    && all.get(i + 1).after().isBefore(interval.toStoredAt().minusSeconds(1))) {
                inside.add(i);
            }
        }
        if (inside.isEmpty()) {
            count("stretch without a point");
            return;
        }
        int last = inside.get(random.nextInt(inside.size()));
        String time = all.get(last).after().toString();
        try (RestoredCluster restored = REPOSITORY.restore(
                NAME,
                "--target-time",
                time,
                "--target-timeline",
                interval.timeline().toString())) {
            assertThat(marksIn(restored.recover()))
                    .as("%s on the way to timeline %s", time, interval.timeline())
                    .isEqualTo(all.subList(0, last + 1).stream()
                            .map(mark -> "" + mark.number())
                            .toList());
        }
        count("point reached");
    }

    @Override
    public void close() {
        for (int i = opened.size() - 1; i >= 0; i--) {
            opened.get(i).run();
        }
    }
}
