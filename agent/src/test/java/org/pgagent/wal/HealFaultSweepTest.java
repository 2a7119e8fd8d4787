package org.pgagent.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgagent.wal.SampleServer.archive;
import static org.pgagent.wal.SampleServer.backup;
import static org.pgagent.wal.SampleServer.segment;
import static org.pgagent.wal.SampleWal.KEYS;
import static org.pgagent.wal.SampleWal.SMALL;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.FaultyObjectStore;
import org.pgagent.kit.FaultyObjectStore.Fault;
import org.pgagent.kit.MemoryObjectStore;
import org.pgagent.postgres.SegmentRange;
import org.pgagent.postgres.WalSegment;
import org.pgagent.repository.WalGaps;
import org.pgagent.storage.ListDepth;
import org.pgagent.storage.ObjectInfo;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.StoreRequest;
import org.pgagent.storage.WriteCondition;

/** One round of healing that stores, follows a history and notes gaps, with each of its requests failing in each way. */
class HealFaultSweepTest {
    private static final List<SegmentRange> GAPS =
            List.of(new SegmentRange(segment(3), segment(4)), SegmentRange.of(segment(2, 11)));

    @TempDir
    private Path dir;

    /** What a good round makes of the repository. */
    private List<String> healedKeys;

    private MemoryObjectStore sample;

    @Test
    void whatever_fails_no_gap_is_noted_that_is_none_and_the_next_round_does_the_rest() throws IOException {
        SampleServer server = server();
        MemoryObjectStore goodStore = store();
        FaultyObjectStore good = FaultyObjectStore.counting(goodStore);
        assertThat(server.healing(good).heal().found()).isEqualTo(GAPS);
        healedKeys = keys(goodStore);
        List<StoreRequest> calls = good.calls();
        assertThat(calls).contains(StoreRequest.LIST, StoreRequest.GET, StoreRequest.PUT);

        for (int call = 0; call < calls.size(); call++) {
            for (Fault fault : Fault.values()) {
                if (fault.appliesTo(calls.get(call))) {
                    requireHealedInTheEnd(server, call, fault, fault + " at " + call + " of " + calls);
                }
            }
        }
    }

    private void requireHealedInTheEnd(SampleServer server, int call, Fault fault, String how) throws IOException {
        MemoryObjectStore store = store();
        FaultyObjectStore faulty = FaultyObjectStore.failing(store, call, fault);
        ArchiveHealing healing = server.healing(faulty);
        try {
            healing.heal();
            assertThat(fault).as(how + ", and nobody said so").isEqualTo(Fault.FLIPPED_BYTE);
        } catch (PgAgentException e) {
            assertThat(e.hint()).as(how).isNotEmpty();
        }
        faulty.requireHit();
        assertThat(new WalGaps(store, KEYS).recorded(SMALL))
                .as(how)
                .allMatch(noted -> GAPS.stream().anyMatch(gap -> gap.contains(noted)));

        ArchiveHealing next = fault == Fault.KILLED ? server.healing(store) : healing;
        HealResult result = next.heal();

        assertThat(result.open()).as(how).contains(GAPS);
        assertThat(result.refused()).as(how).isEmpty();
        assertThat(keys(store)).as(how).isEqualTo(healedKeys);
        store.close();
    }

    private SampleServer server() throws IOException {
        return new SampleServer(dir.resolve("data"))
                .history(2, "1\t0/A80000\tno recovery target specified\n")
                .note("00000002.history", "done")
                .done(1, 6, 9)
                .done(2, 12, 13)
                .checkpointIn(segment(2, 14));
    }

    /** Lacks the history file and three segments that the server has, and three more that it has not. */
    private MemoryObjectStore store() throws IOException {
        if (sample == null) {
            sample = sample();
        }
        MemoryObjectStore copy = new MemoryObjectStore();
        for (String key : keys(sample)) {
            ObjectKey name = new ObjectKey(key);
            byte[] bytes = sample.getSmall(name, 1 << 30).bytes();
            copy.put(name, ByteBuffer.wrap(bytes), WriteCondition.ifAbsent());
        }
        return copy;
    }

    private MemoryObjectStore sample() throws IOException {
        MemoryObjectStore store = new MemoryObjectStore();
        Path scratch = Files.createDirectories(dir.resolve("scratch"));
        archive(store, scratch, 1, 1, 9);
        archive(store, scratch, 2, 10, 13);
        backup(store, "20261121T055500Z-F", segment(1));
        backup(store, "20261122T055500Z-F", segment(2));
        for (WalSegment lost :
                List.of(segment(3), segment(4), segment(7), segment(8), segment(2, 11), segment(2, 12))) {
            store.delete(List.of(KEYS.walFile(lost.fileName())));
        }
        return store;
    }

    private static List<String> keys(ObjectStore store) throws IOException {
        List<String> keys = new ArrayList<>();
        store.forEachPage(
                "",
                ListDepth.ALL,
                page -> page.objects().stream().map(ObjectInfo::key).forEach(key -> keys.add(key.value())));
        return keys;
    }
}
