package org.pgagent.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.pgagent.kit.ManualClock;
import org.pgagent.kit.MemoryObjectStore;
import org.pgagent.kit.WatchedObjectStore;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.Timeline;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupKind;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.BackupState;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.ClusterName;
import org.pgagent.repository.PackId;
import org.pgagent.storage.ListDepth;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.WriteCondition;

/** A small repository, from which backups are removed. */
abstract class RemovalTestCase {
    static final ClusterKeys KEYS = new ClusterKeys(new ClusterName("main"));
    static final int PACK_BYTES = 1000;
    static final int MANIFEST_BYTES = 10;

    static final BackupId FULL = new BackupId("20261101T000000Z-F");
    static final BackupId CHILD = new BackupId("20261102T000000Z-I");
    static final BackupId OTHER = new BackupId("20261103T000000Z-F");
    static final BackupId FAILED = new BackupId("20261104T000000Z-F");
    static final BackupId NEXT = new BackupId("20261122T055000Z-I");

    final ManualClock clock = new ManualClock();
    ObjectStore store = new MemoryObjectStore();

    BackupRemoval removal() {
        return removal(store);
    }

    BackupRemoval removal(ObjectStore through) {
        return new BackupRemoval(through, KEYS, clock, new SplittableRandom());
    }

    BackupRecords records() {
        return new BackupRecords(store, KEYS);
    }

    BackupState state(BackupId id) throws IOException {
        return records().find(id).map(BackupRecord::state).orElse(null);
    }

    void put(ObjectKey key, int bytes) throws IOException {
        store.put(key, ByteBuffer.allocate(bytes), WriteCondition.always());
    }

    static BackupRecord running(BackupId id, BackupId parent) {
        BackupRecord begun = BackupRecord.running(
                id,
                id.value().endsWith("F") ? BackupKind.FULL : BackupKind.INCREMENTAL,
                new BackupRecord.Writer("db1", 77, "test"),
                null);
        return parent == null ? begun : begun.withParent(BackupRecord.Parent.of(parent));
    }

    static BackupRecord complete(BackupRecord begun, Timeline timeline, int packs, PackId... needs) {
        Instant start =
                Instant.parse(begun.id().value().replaceFirst("(....)(..)(..)T(..)(..)(..)Z-.", "$1-$2-$3T$4:$5:$6Z"));
        Lsn lsn = new Lsn(start.getEpochSecond());
        List<BackupRecord.Pack> stored = new ArrayList<>();
        for (int number = 0; number < packs; number++) {
            stored.add(new BackupRecord.Pack(number, PACK_BYTES, "00000000"));
        }
        List<BackupRecord.Need> needed = new ArrayList<>();
        for (PackId pack : needs) {
            needed.add(new BackupRecord.Need(pack, 100, 500));
        }
        return begun.withBounds(
                        new BackupRecord.Start(start, timeline, lsn, "fast", "test"),
                        new BackupRecord.Stop(start.plusSeconds(60), timeline, lsn, List.of(), 1L, start))
                .withContent(null, stored, needed.isEmpty() ? null : needed)
                .withState(BackupState.OK, null);
    }

    void store(BackupRecord record) throws IOException {
        records().create(record);
        if (record.packs() != null) {
            put(KEYS.manifest(record.id()), MANIFEST_BYTES);
            for (BackupRecord.Pack pack : record.packs()) {
                put(KEYS.pack(pack.of(record.id())), PACK_BYTES);
            }
        }
    }

    /** A full backup with packs 0 and 1, an incremental one that needs pack 0, and another full one. */
    void usual() throws IOException {
        store(complete(running(FULL, null), new Timeline(1), 2));
        store(complete(running(CHILD, FULL), new Timeline(1), 1, new PackId(FULL, 0)));
        store(complete(running(OTHER, null), new Timeline(1), 1));
    }

    /** A backup that came to nothing after it had stored a pack. */
    void failed() throws IOException {
        store(running(FAILED, null).withState(BackupState.ERROR, "killed"));
        put(KEYS.pack(new PackId(FAILED, 0)), PACK_BYTES);
    }

    static RemovalChoice choose(BackupId... ids) {
        return new RemovalChoice(Set.of(ids), Optional.empty());
    }

    RemovalPlan delete(BackupId... ids) throws IOException {
        return removal().delete(removal().planDelete(choose(ids)), BackupRemoval.TheLast.MAY_GO);
    }

    RemovalPlan purge() throws IOException {
        return removal().purge(removal().planPurge());
    }

    /** Of all objects but the index of the records: there are too few of these for it to be of use. */
    Set<String> keys() throws IOException {
        Set<String> keys = new TreeSet<>();
        store.forEachPage(
                "",
                ListDepth.ALL,
                page -> page.objects()
                        .forEach(object -> keys.add(object.key().value().replaceFirst("main/(backups|records)/", ""))));
        keys.remove("main/records.jsonl.gz");
        return keys;
    }

    /** Whatever happens: a backup that counts as complete has everything that it needs. */
    void requireWhole() throws IOException {
        for (BackupRecords.Versioned backup : records().all()) {
            BackupRecord record = backup.record();
            if (record.restorable()) {
                assertThat(store.head(KEYS.manifest(record.id())))
                        .as(record.id() + "")
                        .isPresent();
                for (BackupRecord.Pack pack : record.packs()) {
                    assertThat(store.head(KEYS.pack(pack.of(record.id())))).isPresent();
                }
                for (BackupRecord.Need need : record.needsOfOthers()) {
                    assertThat(store.head(KEYS.pack(need.pack())))
                            .as("%s, needed by %s", need.pack(), record.id())
                            .isPresent();
                }
            }
        }
    }

    @FunctionalInterface
    interface Step {
        void run() throws IOException;
    }

    /** A store in which somebody else does something before a call. */
    ObjectStore interrupted(int call, AtomicInteger calls, Step step) {
        return WatchedObjectStore.of(store, (number, act) -> {
            calls.set(number + 1);
            if (number == call) {
                step.run();
            }
            return act.make();
        });
    }
}
