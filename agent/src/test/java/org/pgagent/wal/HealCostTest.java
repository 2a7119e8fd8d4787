package org.pgagent.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgagent.wal.SampleWal.KEYS;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.kit.MemoryObjectStore;
import org.pgagent.repository.WalObjectHeader;
import org.pgagent.storage.CountingObjectStore;
import org.pgagent.storage.StoreCounts;
import org.pgagent.storage.StoreRequest;
import org.pgagent.storage.WriteCondition;

/** What a round of healing asks of the store, for a listing of the whole archive is what it must never do. */
class HealCostTest {
    private static final int ARCHIVED = 3000;
    private static final int IN_PG_WAL = 50;

    @TempDir
    private Path dir;

    @Test
    void a_round_costs_a_few_requests_however_long_the_archive_is() throws IOException {
        MemoryObjectStore store = new MemoryObjectStore();
        for (int number = 1; number <= ARCHIVED; number++) {
            store.put(
                    KEYS.walFile(SampleServer.segment(number).fileName()),
                    ByteBuffer.wrap(new byte[WalObjectHeader.BYTES + 1]),
                    WriteCondition.ifAbsent());
        }
        SampleServer.backup(store, "20261121T055500Z-F", SampleServer.segment(2));
        SampleServer.backup(store, "20261122T055500Z-F", SampleServer.segment(ARCHIVED - 200));
        SampleServer server = new SampleServer(dir)
                .done(1, ARCHIVED - IN_PG_WAL + 1, ARCHIVED)
                .checkpointIn(SampleServer.segment(ARCHIVED + 1));
        CountingObjectStore counting = new CountingObjectStore(store);
        ArchiveHealing healing = server.healing(counting);

        healing.heal();
        StoreCounts first = counting.counts();
        healing.heal();
        StoreCounts both = counting.counts();

        // Segments of 1 MiB: a folder has 4096 of them, so the listing begins up to five pages before what is looked
        // for.
        assertThat(first.requests(StoreRequest.LIST)).as("first round").isEqualTo(3 + 3 + 2);
        assertThat(both.requests(StoreRequest.LIST) - first.requests(StoreRequest.LIST))
                .as("later rounds")
                .isEqualTo(3 + 2);
        assertThat(first.requests(StoreRequest.GET))
                .as("records of backups, and what was expired")
                .isEqualTo(2 + 1);
        assertThat(both.requestsTotal())
                .as("nothing else is asked")
                .isEqualTo(both.requests(StoreRequest.LIST) + both.requests(StoreRequest.GET));
    }
}
