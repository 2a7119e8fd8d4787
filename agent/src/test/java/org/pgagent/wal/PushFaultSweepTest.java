package org.pgagent.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgagent.wal.SampleWal.KEYS;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgagent.chunk.Compression;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.FaultyObjectStore;
import org.pgagent.kit.FaultyObjectStore.Fault;
import org.pgagent.kit.MemoryObjectStore;
import org.pgagent.repository.WalObjects;
import org.pgagent.storage.ListDepth;
import org.pgagent.storage.ObjectInfo;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.Retries;
import org.pgagent.storage.RetryPolicy;
import org.pgagent.storage.RetryingObjectStore;
import org.pgagent.storage.StoreRequest;

/** One push, with each of its requests failing in each way, into an archive that has nothing, the same or another file. */
class PushFaultSweepTest {
    @TempDir
    private Path dir;

    /** What the archive has under the file's name beforehand. */
    private enum Before {
        NOTHING,
        THE_SAME,
        ANOTHER
    }

    static Stream<Arguments> situations() {
        return Stream.of(SampleFile.values())
                .flatMap(file -> Stream.of(Before.values()).map(before -> Arguments.of(file, before)));
    }

    @ParameterizedTest
    @MethodSource("situations")
    void whatever_fails_nothing_is_acknowledged_that_is_not_stored(SampleFile sample, Before before)
            throws IOException {
        Path file = sample.write(Files.createDirectory(dir.resolve("own")), 1);
        Path other = sample.write(Files.createDirectory(dir.resolve("other")), 2);
        FaultyObjectStore good = FaultyObjectStore.counting(store(sample, before, file, other));
        push(good, sample, file);
        List<StoreRequest> calls = good.calls();
        assertThat(calls).isNotEmpty();
        for (int call = 0; call < calls.size(); call++) {
            for (Fault fault : Fault.values()) {
                if (fault.appliesTo(calls.get(call))) {
                    ObjectStore store = store(sample, before, file, other);
                    FaultyObjectStore faulty = FaultyObjectStore.failing(store, call, fault);
                    String result = push(faulty, sample, file);
                    faulty.requireHit();
                    String how = fault + " at " + call + " of " + calls + ": " + result;
                    requireRight(store, sample, file, result, how);
                    requireNothingLeft(store, calls.get(call), fault, how);
                    requireRightAfterwards(store, sample, before, file, how);
                }
            }
        }
    }

    private static void requireRight(ObjectStore store, SampleFile sample, Path file, String result, String how)
            throws IOException {
        boolean acknowledged =
                Stream.of(PushResult.values()).anyMatch(good -> good.name().equals(result));
        if (acknowledged) {
            assertThat(push(store, sample, file)).describedAs(how).isEqualTo("ALREADY_STORED");
        }
    }

    private static void requireNothingLeft(ObjectStore store, StoreRequest request, Fault fault, String how)
            throws IOException {
        boolean orphan = fault == Fault.KILLED || (fault == Fault.FAILED_AFTER && request == StoreRequest.START_UPLOAD);
        if (!orphan) {
            assertThat(store.unfinishedUploads("")).describedAs(how).isEmpty();
        }
        store.close();
    }

    private static void requireRightAfterwards(
            ObjectStore store, SampleFile sample, Before before, Path file, String how) throws IOException {
        String again = push(store, sample, file);
        int objects = 1;
        switch (before) {
            case NOTHING -> assertThat(again).describedAs(how).isIn("STORED", "ALREADY_STORED");
            case THE_SAME -> assertThat(again).describedAs(how).isEqualTo("ALREADY_STORED");
            case ANOTHER -> {
                if (sample == SampleFile.PARTIAL || sample == SampleFile.BACKUP_HISTORY) {
                    assertThat(again).describedAs(how).isIn("STORED_BESIDE", "ALREADY_STORED");
                    objects = 2;
                } else {
                    assertThat(again).describedAs(how).isEqualTo(ErrorKind.ARCHIVE_CONFLICT.name());
                }
            }
        }
        List<ObjectInfo> stored = store.list(KEYS.walPrefix(), ListDepth.ALL, java.util.Optional.empty())
                .objects();
        assertThat(stored).describedAs(how).hasSize(objects);
        assertThat(push(store, sample, file))
                .describedAs(how)
                .isEqualTo(again.replace("STORED_BESIDE", "ALREADY_STORED").replaceAll("^STORED$", "ALREADY_STORED"));
    }

    @ParameterizedTest
    @EnumSource
    void a_failure_that_passes_is_not_noticed(SampleFile sample) throws IOException {
        Path file = sample.write(dir, 1);
        FaultyObjectStore good = FaultyObjectStore.counting(new MemoryObjectStore());
        push(good, sample, file);
        List<String> results = new ArrayList<>();
        for (int call = 0; call < good.calls().size(); call++) {
            for (Fault fault : List.of(Fault.FAILED_BEFORE, Fault.FAILED_AFTER)) {
                MemoryObjectStore store = new MemoryObjectStore();
                FaultyObjectStore faulty = FaultyObjectStore.failing(store, call, fault);
                Retries retries =
                        new Retries(RetryPolicy.DEFAULT, Clock.systemUTC(), new SplittableRandom(1), pause -> {});
                results.add(push(new RetryingObjectStore(faulty, retries), sample, file));
                faulty.requireHit();
                assertThat(push(store, sample, file)).isEqualTo("ALREADY_STORED");
            }
        }
        assertThat(results).isNotEmpty().containsOnly("STORED");
    }

    private static ObjectStore store(SampleFile sample, Before before, Path file, Path other) throws IOException {
        MemoryObjectStore store = new MemoryObjectStore();
        if (before != Before.NOTHING) {
            assertThat(push(store, sample, before == Before.THE_SAME ? file : other))
                    .isEqualTo("STORED");
        }
        return store;
    }

    /** The result, or the kind of the exception. */
    private static String push(ObjectStore store, SampleFile sample, Path file) throws IOException {
        WalArchiver archiver =
                new WalArchiver(new WalObjects(store, KEYS), sample.cluster(), Compression.parse(sample.compression()));
        try {
            return archiver.push(file).name();
        } catch (PgAgentException e) {
            return e.kind().name();
        }
    }
}
