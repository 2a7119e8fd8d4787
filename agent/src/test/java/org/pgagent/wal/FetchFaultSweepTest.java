package org.pgagent.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgagent.wal.SampleWal.KEYS;
import static org.pgagent.wal.SampleWal.OURS;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.pgagent.chunk.Compression;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.FaultyObjectStore;
import org.pgagent.kit.FaultyObjectStore.Fault;
import org.pgagent.kit.MemoryObjectStore;
import org.pgagent.kit.SameContent;
import org.pgagent.repository.ClusterDescriptions;
import org.pgagent.repository.WalObjects;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.StoreRequest;

/** One fetch, with each of its requests failing in each way. */
class FetchFaultSweepTest {
    private static final String DOUBT = "doubt";

    @TempDir
    private Path source;

    @TempDir
    private Path pgWal;

    @ParameterizedTest
    @EnumSource
    void whatever_fails_a_file_that_is_there_comes_whole_or_not_at_all(SampleFile sample) throws IOException {
        Path file = sample.write(source, 1);
        MemoryObjectStore store = store(sample);
        new WalArchiver(new WalObjects(store, KEYS), sample.cluster(), Compression.parse(sample.compression()))
                .push(file);
        Path target = pgWal.resolve("RECOVERYXLOG");
        FaultyObjectStore good = FaultyObjectStore.counting(store);
        assertThat(fetch(good, sample, target)).isEqualTo("FETCHED");
        Files.delete(target);
        List<StoreRequest> calls = good.calls();
        assertThat(calls).hasSizeBetween(1, 2);
        for (int call = 0; call < calls.size(); call++) {
            for (Fault fault : Fault.values()) {
                if (fault.appliesTo(calls.get(call))) {
                    FaultyObjectStore faulty = FaultyObjectStore.failing(store, call, fault);
                    String result = fetch(faulty, sample, target);
                    faulty.requireHit();
                    String how = fault + " at " + call + " of " + calls;
                    // A history relies on the store's checksum: this store has none, S3's is tested on the wire.
                    if (fault == Fault.FLIPPED_BYTE && result.equals("FETCHED") && sample != SampleFile.HISTORY) {
                        SameContent.require(target, file, how);
                    } else if (fault != Fault.FLIPPED_BYTE) {
                        assertThat(result).describedAs(how).isEqualTo(DOUBT);
                    }
                    assertThat(result).describedAs(how).isNotEqualTo("NOT_IN_ARCHIVE");
                    Files.deleteIfExists(target);
                    assertThat(pgWal).describedAs(how).isEmptyDirectory();
                }
            }
        }
        store.close();
    }

    @ParameterizedTest
    @EnumSource
    void whatever_fails_a_file_that_is_not_there_is_only_missing_without_doubt(SampleFile sample) throws IOException {
        MemoryObjectStore store = store(sample);
        Path target = pgWal.resolve("RECOVERYXLOG");
        FaultyObjectStore good = FaultyObjectStore.counting(store);
        assertThat(fetch(good, sample, target)).isEqualTo("NOT_IN_ARCHIVE");
        List<StoreRequest> calls = good.calls();
        assertThat(calls).hasSizeBetween(2, 3); // the file, the cluster and, of a segment, what was expired
        for (int call = 0; call < calls.size(); call++) {
            for (Fault fault : Fault.values()) {
                // a flipped byte of what is not there is nothing, and cluster.json has bytes that matter to nobody
                if (fault != Fault.FLIPPED_BYTE && fault.appliesTo(calls.get(call))) {
                    FaultyObjectStore faulty = FaultyObjectStore.failing(store, call, fault);
                    assertThat(fetch(faulty, sample, target))
                            .describedAs(fault + " at " + call + " of " + calls)
                            .isEqualTo(DOUBT);
                    faulty.requireHit();
                }
            }
        }
        assertThat(pgWal).isEmptyDirectory();
    }

    private static MemoryObjectStore store(SampleFile sample) throws IOException {
        MemoryObjectStore store = new MemoryObjectStore();
        new ClusterDescriptions(store, KEYS).claim(sample.cluster());
        return store;
    }

    private static String fetch(ObjectStore store, SampleFile sample, Path target) throws IOException {
        WalFetcher fetcher =
                new WalFetcher(new WalObjects(store, KEYS), new ClusterDescriptions(store, KEYS), OURS, sample.size());
        try {
            return fetcher.fetch(sample.fileName(), target).name();
        } catch (PgAgentException e) {
            return DOUBT;
        }
    }
}
