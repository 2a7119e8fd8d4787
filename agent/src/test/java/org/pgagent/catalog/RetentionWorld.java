package org.pgagent.catalog;

import static org.pgagent.catalog.SampleArchive.SIZE;
import static org.pgagent.catalog.SampleArchive.childOf;
import static org.pgagent.catalog.SampleArchive.lsn;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.pgagent.kit.ManualClock;
import org.pgagent.kit.MemoryObjectStore;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.WalSegment;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupKind;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.BackupState;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.PackId;
import org.pgagent.repository.Pin;
import org.pgagent.repository.SampleRecord;
import org.pgagent.repository.WalObjectHeader;
import org.pgagent.repository.WalObjects;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.WriteCondition;
import org.pgagent.wal.SampleWal;

/** A repository with a history by chance: timelines that fork, WAL that gets lost, backups of every kind and state. */
final class RetentionWorld {
    static final ClusterKeys KEYS = SampleArchive.KEYS;

    final ManualClock clock = new ManualClock();
    final MemoryObjectStore store = new MemoryObjectStore(clock);
    final Map<Timeline, TimelineHistory> histories = new TreeMap<>();

    private final Random random;
    private final Map<Timeline, Long> next = new HashMap<>();
    private final TreeSet<Timeline> active = new TreeSet<>();
    private final double lost;
    private final List<BackupId> complete = new ArrayList<>();

    RetentionWorld(long seed) throws IOException {
        random = new Random(seed);
        lost = random.nextInt(3) * 0.02;
        begin(TimelineHistory.withoutAncestors(Timeline.FIRST), 1);
        int steps = 5 + random.nextInt(40);
        for (int step = 0; step < steps; step++) {
            clock.advance(Duration.ofHours(1 + random.nextInt(random.nextBoolean() ? 30 : 4)));
            step();
        }
        if (random.nextInt(6) == 0) {
            beginBackup();
        }
        clock.advance(Duration.ofHours(random.nextInt(4) == 0 ? random.nextInt(1000) : 1));
    }

    private boolean happens(double probability) {
        return random.nextDouble() < probability;
    }

    private void begin(TimelineHistory history, long first) throws IOException {
        histories.put(history.timeline(), history);
        next.put(history.timeline(), first);
        active.add(history.timeline());
        append(history.timeline());
    }

    private void step() throws IOException {
        for (Timeline timeline : List.copyOf(active)) {
            for (int i = random.nextInt(4); i > 0; i--) {
                append(timeline);
            }
        }
        if (happens(0.5)) {
            backup(anyActive());
        }
        if (happens(0.1)) {
            fork();
        }
        if (happens(0.03) && active.size() > 1) {
            active.remove(anyActive());
        }
    }

    private Timeline anyActive() {
        return List.copyOf(active).get(random.nextInt(active.size()));
    }

    private void append(Timeline timeline) throws IOException {
        WalSegment segment = new WalSegment(timeline, next.merge(timeline, 1L, Long::sum) - 1, SIZE);
        if (!happens(lost)) {
            archive(segment.fileName());
        }
    }

    void archive(String fileName) throws IOException {
        put(KEYS.walFile(fileName), WalObjectHeader.BYTES + 1);
    }

    private void put(ObjectKey key, int bytes) throws IOException {
        store.put(key, ByteBuffer.allocate(bytes), WriteCondition.always());
    }

    private void fork() throws IOException {
        TimelineHistory parent = List.copyOf(histories.values()).get(random.nextInt(histories.size()));
        Timeline from = parent.timeline();
        long begin = parent.ancestors().isEmpty() ? 1 : firstOf(parent) + 1;
        long end = next.get(from);
        long left = Math.max(begin, end - random.nextInt(happens(0.3) ? 12 : 2));
        TimelineHistory child = childOf(parent, lsn(left, 2), histories.size() + 1L);
        SampleWal.storeHistory(
                new WalObjects(store, KEYS),
                child.timeline(),
                child.ancestors().stream()
                        .map(entry -> entry.timeline() + "\t" + entry.switchPoint() + "\tno reason\n")
                        .collect(Collectors.joining()));
        if (active.contains(from) && happens(0.6)) {
            archive(new WalSegment(from, end, SIZE).fileName() + ".partial");
            active.remove(from);
        }
        begin(child, left);
    }

    static long firstOf(TimelineHistory history) {
        return history.ancestors()
                        .get(history.ancestors().size() - 1)
                        .switchPoint()
                        .value()
                / SIZE.bytes();
    }

    private void backup(Timeline timeline) throws IOException {
        BackupKind kind = complete.isEmpty() || happens(0.4) ? BackupKind.FULL : BackupKind.INCREMENTAL;
        BackupId id = BackupId.of(clock.instant(), kind);
        long first = next.get(timeline);
        long last = first + random.nextInt(2);
        BackupRecord record = SampleRecord.of(id.value(), timeline, lsn(first, 3), lsn(last, 5), SIZE);
        for (long number = first; number <= last; number++) {
            append(timeline);
        }
        archive(new WalSegment(timeline, first, SIZE).fileName() + ".00000028.backup");
        long badPages = happens(0.12) ? 1 : 0;
        List<BackupRecord.Need> needs = new ArrayList<>();
        if (kind == BackupKind.INCREMENTAL) {
            PackId pack = new PackId(complete.get(random.nextInt(complete.size())), 0);
            if (store.head(KEYS.pack(pack)).isPresent()) {
                needs.add(new BackupRecord.Need(pack, 5, 10));
            }
        }
        BackupRecord.Totals totals = new BackupRecord.Totals(1, 1, 0, 10, 10, 10, badPages, "lz4", 1 << 20);
        BackupState state = happens(0.07) ? BackupState.CORRUPT : happens(0.1) ? BackupState.DONE : BackupState.OK;
        BackupRecord stored = record.withContent(
                        totals, List.of(new BackupRecord.Pack(0, 10, "00000000")), needs.isEmpty() ? null : needs)
                .withState(state, state == BackupState.CORRUPT ? "a flipped bit" : null);
        if (happens(0.05)) {
            Instant until = happens(0.5) ? null : clock.instant().plus(Duration.ofDays(random.nextInt(20)));
            stored = stored.withPin(new Pin(until, "audit"));
        }
        new BackupRecords(store, KEYS).create(stored);
        put(KEYS.manifest(id), 3);
        put(KEYS.pack(new PackId(id, 0)), 10);
        complete.add(id);
    }

    /** A backup that is being taken, and says where it begins or not yet. */
    private void beginBackup() throws IOException {
        BackupId id = BackupId.of(clock.instant().plusSeconds(1), BackupKind.INCREMENTAL);
        Timeline timeline = anyActive();
        BackupRecord running = BackupRecord.running(
                        id, BackupKind.INCREMENTAL, new BackupRecord.Writer("db1", 7, "test"), null)
                .withAliveUntil(clock.instant().plus(Duration.ofDays(1000)));
        if (!complete.isEmpty()) {
            running = running.withParent(
                    BackupRecord.Parent.of(complete.get(Math.max(0, complete.size() - 1 - random.nextInt(3)))));
        }
        if (happens(0.5)) {
            running = running.withBounds(
                    new BackupRecord.Start(
                            clock.instant(), timeline, lsn(Math.max(2, next.get(timeline) - 3), 5), "fast", "x"),
                    null);
        }
        new BackupRecords(store, KEYS).create(running);
    }

    Expiry expiry(ObjectStore through) {
        BackupRemoval removal = new BackupRemoval(through, KEYS, clock, new SplittableRandom(1));
        return new Expiry(through, KEYS, removal, clock);
    }
}
