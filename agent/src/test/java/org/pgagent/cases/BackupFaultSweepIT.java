package org.pgagent.cases;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.pgagent.backup.BackupResult;
import org.pgagent.backup.BackupType;
import org.pgagent.catalog.BackupRemoval;
import org.pgagent.kit.FaultyObjectStore;
import org.pgagent.kit.FaultyObjectStore.Fault;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.BackupState;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.Retries;
import org.pgagent.storage.RetryPolicy;
import org.pgagent.storage.RetryingObjectStore;
import org.pgagent.storage.StoreRequest;
import org.pgagent.storage.UnfinishedUpload;

/** A backup of a live cluster, with each of its requests to the store failing in each way: the whole backup or none. */
final class BackupFaultSweepIT extends TakenBackups {
    /** Each kind of request that a good backup sends, with how many of each. */
    private static Map<StoreRequest, Long> requestsOfAGoodBackup() throws IOException {
        FaultyObjectStore counting = FaultyObjectStore.counting(store);
        assertThat(take(counting)).isPresent();
        requireWholeOrNone("nothing");
        removeBackups();
        return counting.calls().stream()
                .collect(Collectors.groupingBy(request -> request, TreeMap::new, Collectors.counting()));
    }

    @Test
    void a_good_backup_sends_every_kind_of_request_that_is_swept() throws IOException {
        assertThat(requestsOfAGoodBackup().keySet())
                .containsExactlyInAnyOrder(
                        StoreRequest.PUT,
                        StoreRequest.START_UPLOAD,
                        StoreRequest.UPLOAD_PART,
                        StoreRequest.COMPLETE_UPLOAD,
                        StoreRequest.GET,
                        StoreRequest.HEAD,
                        StoreRequest.LIST);
    }

    /** Without retries, so that each failure is one for good. */
    @ParameterizedTest
    @EnumSource(names = {"DENIED", "FAILED_AFTER", "KILLED"})
    void whatever_fails_there_is_a_whole_backup_or_none(Fault fault) throws IOException {
        for (StoreRequest request : requestsOfAGoodBackup().keySet()) {
            int hits = sweep(request, fault, Retrying.NEVER);
            assertThat(hits).as("hits of " + request).isPositive();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"FAILED_BEFORE", "FAILED_AFTER"})
    void a_failure_that_passes_is_not_noticed(Fault fault) throws IOException {
        for (StoreRequest request : requestsOfAGoodBackup().keySet()) {
            int hits = sweep(request, fault, Retrying.AS_USUAL);
            assertThat(hits).as("hits of " + request).isPositive();
        }
    }

    /** What was complete before stays so, and what counts as complete afterwards is. */
    @ParameterizedTest
    @EnumSource(names = {"DENIED", "FAILED_AFTER", "KILLED"})
    void whatever_fails_of_an_incremental_backup_its_parent_is_whole_and_so_is_it_or_there_is_none(Fault fault)
            throws IOException {
        BackupId parent = take(store).orElseThrow().record().id();
        cluster.sql("CREATE TABLE fault_" + fault + " AS SELECT i FROM generate_series(1, 1000) i");
        FaultyObjectStore counting = FaultyObjectStore.counting(store);
        assertThat(take(counting, BackupType.INCREMENTAL).orElseThrow().record().needs())
                .isNotNull();
        removeBackupsBut(parent);
        long resumed = 0;
        for (StoreRequest request : EnumSet.copyOf(counting.calls())) {
            boolean hit = true;
            for (int index = 0; hit; index++) {
                FaultyObjectStore faulty = FaultyObjectStore.failing(store, request, index, fault);
                take(faulty, BackupType.INCREMENTAL);
                hit = faulty.wasHit();
                for (BackupRecord record : new BackupRecords(store, KEYS).list().records()) {
                    if (record.restorable()) {
                        StoredBackup.read(store, KEYS, record.id()).requireComplete();
                    }
                }
                assertThat(new BackupRecords(store, KEYS)
                                .find(parent)
                                .orElseThrow()
                                .state())
                        .as(fault + " at " + request + " " + index)
                        .isEqualTo(BackupState.OK);
                if (fault == Fault.KILLED && hit) {
                    resumed += requireResumed(fault + " at " + request + " " + index, BackupType.INCREMENTAL);
                }
                removeBackupsBut(parent);
            }
        }
        assertThat(resumed > 0).isEqualTo(fault == Fault.KILLED);
    }

    private enum Retrying {
        NEVER,
        AS_USUAL
    }

    /** Fails the first request of a kind, the second and so on, until there is none that could fail. */
    private static int sweep(StoreRequest request, Fault fault, Retrying retrying) throws IOException {
        for (int index = 0; ; index++) {
            FaultyObjectStore faulty = FaultyObjectStore.failing(store, request, index, fault);
            String how = fault + " at " + request + " " + index;
            Optional<BackupResult> result = take(retrying == Retrying.NEVER ? faulty : retrying(faulty));
            if (!faulty.wasHit() || retrying == Retrying.AS_USUAL) {
                assertThat(result).as(how).isPresent();
            }
            requireWholeOrNone(how);
            requireStateOf(result, fault, how);
            requireNothingUnfinished(request, fault, how);
            if (fault == Fault.KILLED && faulty.wasHit()) {
                requireResumed(how, BackupType.FULL);
            }
            removeBackups();
            if (!faulty.wasHit()) {
                return index;
            }
        }
    }

    /** The next backup is whole, and takes what the killed one has stored; tells how many packs it takes. */
    private static long requireResumed(String how, BackupType type) throws IOException {
        BackupRecords records = new BackupRecords(store, KEYS);
        List<BackupRecords.Versioned> killed = records.all();
        for (BackupRecords.Versioned backup : killed) {
            if (backup.record().state() == BackupState.RUNNING) {
                records.replace(backup, backup.record().asOf(Instant.MAX));
            }
        }
        Set<BackupId> failed = killed.stream()
                .map(BackupRecords.Versioned::record)
                .filter(record -> !record.restorable())
                .map(BackupRecord::id)
                .collect(Collectors.toSet());
        long packs = StoredBackup.packs(store, KEYS, failed);

        BackupRecord next = take(store, type).orElseThrow().record();

        StoredBackup.read(store, KEYS, next.id()).requireComplete();
        long taken = next.needsOfOthers().stream()
                .filter(need -> failed.contains(need.pack().backup()))
                .count();
        // The control file has a pack of its own, and is another one with each checkpoint.
        assertThat(taken).as(how).isBetween(packs - 1, packs);
        BackupRemoval removal = new BackupRemoval(store, KEYS, Clock.systemUTC(), new SplittableRandom());
        removal.purge(removal.planPurge());
        StoredBackup.read(store, KEYS, next.id()).requireComplete();
        return taken;
    }

    private static void requireStateOf(Optional<BackupResult> result, Fault fault, String how) throws IOException {
        List<BackupRecord> records = new BackupRecords(store, KEYS).list().records();
        if (result.isPresent()) {
            assertThat(result.get().record()).as(how).isEqualTo(records.get(0));
            assertThat(records.get(0).state()).as(how).isEqualTo(BackupState.OK);
        } else if (fault == Fault.DENIED) {
            assertThat(records).as(how).allSatisfy(record -> {
                assertThat(record.state()).isIn(BackupState.ERROR, BackupState.DONE);
                assertThat(record.error()).matches(why -> record.restorable() || why.contains("a test refused"));
            });
        }
    }

    private static ObjectStore retrying(ObjectStore faulty) {
        return new RetryingObjectStore(
                faulty, new Retries(RetryPolicy.DEFAULT, Clock.systemUTC(), new SplittableRandom(1), pause -> {}));
    }

    /** Every backup that may be restored has all its bytes. */
    private static void requireWholeOrNone(String how) throws IOException {
        List<BackupRecord> records = new BackupRecords(store, KEYS).list().records();
        assertThat(records).as(how).hasSizeLessThan(2);
        for (BackupRecord record : records) {
            if (record.restorable()) {
                StoredBackup.read(store, KEYS, record.id()).requireComplete();
            } else {
                assertThat(record.state()).as(how).isIn(EnumSet.of(BackupState.ERROR, BackupState.RUNNING));
            }
        }
    }

    private static void requireNothingUnfinished(StoreRequest request, Fault fault, String how) throws IOException {
        List<UnfinishedUpload> unfinished = store.unfinishedUploads(KEYS.backupsPrefix());
        boolean orphan = fault == Fault.KILLED || (fault == Fault.FAILED_AFTER && request == StoreRequest.START_UPLOAD);
        if (!orphan) {
            assertThat(unfinished).as(how).isEmpty();
        }
        for (UnfinishedUpload upload : unfinished) {
            store.abort(upload);
        }
    }

    /** With what killed ones have under way. */
    private static void removeBackupsBut(BackupId parent) throws IOException {
        for (BackupRecord record : new BackupRecords(store, KEYS).list().records()) {
            if (!record.id().equals(parent)) {
                removeBackups(KEYS.backupPrefix(record.id()));
                store.delete(List.of(KEYS.backupRecord(record.id())));
            }
        }
        for (UnfinishedUpload upload : store.unfinishedUploads(KEYS.backupsPrefix())) {
            store.abort(upload);
        }
    }
}
