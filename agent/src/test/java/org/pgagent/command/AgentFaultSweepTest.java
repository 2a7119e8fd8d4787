package org.pgagent.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgagent.wal.SampleServer.segment;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.kit.FaultyObjectStore;
import org.pgagent.kit.FaultyObjectStore.Fault;
import org.pgagent.kit.MemoryObjectStore;
import org.pgagent.kit.ScratchDirectory;
import org.pgagent.repository.ClusterDescriptions;
import org.pgagent.serve.AgentAnswer;
import org.pgagent.serve.AgentCaller;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.Retries;
import org.pgagent.storage.RetryPolicy;
import org.pgagent.storage.RetryingObjectStore;
import org.pgagent.storage.StoreRequest;
import org.pgagent.wal.PushResult;
import org.pgagent.wal.SampleServer;
import org.pgagent.wal.SampleWal;

/**
 * Requests through the agent's socket, with each request to the store failing in each way. One agent serves them all, each
 * sweep's store being a bucket of its own: so it also forgets many archives.
 */
class AgentFaultSweepTest {
    private static final int DOUBT = 126;
    private static final int ABSENT = 1;

    /** The first segment that is in the archive, and the one after the last. */
    private static final int FIRST = 3;

    private static final int END = 6;

    @TempDir
    private Path dir;

    private final ScratchDirectory scratch = ScratchDirectory.create();
    private SampleServer server;
    private ServedStores agent;
    private int buckets;

    @BeforeEach
    void serve() throws IOException {
        server = new SampleServer(scratch.resolve("data")).checkpointIn(segment(10));
        agent = new ServedStores(server.dataDirectory()).serve();
    }

    @AfterEach
    void end() {
        agent.requireServing();
        agent.close();
        scratch.close();
    }

    private AgentCaller caller(ObjectStore store) {
        String bucket = "bucket" + buckets++;
        agent.put(bucket, store);
        return agent.caller(bucket);
    }

    private void requireServing() throws IOException {
        assertThat(caller(new MemoryObjectStore()).status().status()).isZero();
    }

    @Test
    void whatever_fails_no_push_is_acknowledged_that_is_not_stored() throws IOException {
        Path file = server.handOver(segment(FIRST));
        List<StoreRequest> calls = callsOfAPush(file);
        for (int call = 0; call < calls.size(); call++) {
            for (Fault fault : Fault.values()) {
                if (!fault.appliesTo(calls.get(call))) {
                    continue;
                }
                String how = fault + " at " + call + " of " + calls;
                MemoryObjectStore store = new MemoryObjectStore();
                FaultyObjectStore faulty = FaultyObjectStore.failing(store, call, fault);
                AgentCaller caller = caller(faulty);

                AgentAnswer.Done answer = caller.push(file);

                faulty.requireHit();
                if (answer.status() == 0) {
                    requireStored(store, file, how);
                } else {
                    assertThat(answer.message()).describedAs(how).contains("error: ", "hint: ");
                }
                if (fault == Fault.KILLED) {
                    assertThat(answer.status()).describedAs(how).isNotZero();
                    assertThat(caller.push(file).status()).describedAs(how).isNotZero();
                } else {
                    assertThat(caller.push(file)).describedAs(how).isEqualTo(new AgentAnswer.Done(0, ""));
                    requireStored(store, file, how);
                }
            }
        }
        requireServing();
    }

    @Test
    void a_failure_that_passes_is_not_noticed_by_a_push() throws IOException {
        Path file = server.handOver(segment(FIRST));
        List<StoreRequest> calls = callsOfAPush(file);
        for (int call = 0; call < calls.size(); call++) {
            for (Fault fault : List.of(Fault.FAILED_BEFORE, Fault.FAILED_AFTER)) {
                String how = fault + " at " + call + " of " + calls;
                MemoryObjectStore store = new MemoryObjectStore();
                FaultyObjectStore faulty = FaultyObjectStore.failing(store, call, fault);

                AgentAnswer.Done answer = caller(retried(faulty)).push(file);

                faulty.requireHit();
                assertThat(answer).describedAs(how).isEqualTo(new AgentAnswer.Done(0, ""));
                requireStored(store, file, how);
            }
        }
    }

    private List<StoreRequest> callsOfAPush(Path file) throws IOException {
        FaultyObjectStore good = FaultyObjectStore.counting(new MemoryObjectStore());
        assertThat(caller(good).push(file).status()).isZero();
        assertThat(good.calls()).hasSizeGreaterThan(5);
        return good.calls();
    }

    private static ObjectStore retried(ObjectStore store) {
        return new RetryingObjectStore(
                store, new Retries(RetryPolicy.DEFAULT, Clock.systemUTC(), new SplittableRandom(1), pause -> {}));
    }

    private static void requireStored(ObjectStore store, Path file, String how) throws IOException {
        assertThat(SampleServer.archiver(store).push(file)).describedAs(how).isEqualTo(PushResult.ALREADY_STORED);
    }

    @Test
    void whatever_fails_a_recovery_gets_whole_files_and_no_false_end() throws IOException {
        for (int call = 0; call < 2 * (END - FIRST + 2); call++) {
            for (Fault fault : Fault.values()) {
                if (fault == Fault.KILLED) {
                    continue; // the store of the next test
                }
                String how = fault + " at " + call;
                FaultyObjectStore faulty = FaultyObjectStore.failing(archive(), call, fault);
                AgentCaller caller = caller(faulty);
                recover(caller, "the first time, " + how);
                recover(caller, "the second time, " + how);
                faulty.requireHit();

                for (int number = FIRST; number < END; number++) {
                    assertThat(fetch(caller, number, how)).describedAs(how).isZero();
                }
                assertThat(fetch(caller, END, how)).describedAs(how).isEqualTo(ABSENT);
            }
        }
        requireServing();
    }

    @Test
    void a_store_that_goes_in_the_middle_of_a_recovery_is_no_end_of_the_archive() throws IOException {
        for (int call = 0; call < END - FIRST + 2; call++) {
            FaultyObjectStore faulty = FaultyObjectStore.failing(archive(), call, Fault.KILLED);
            AgentCaller caller = caller(faulty);

            recover(caller, "the store goes at " + call);

            faulty.requireHit();
            assertThat(fetch(caller, END, "")).isEqualTo(DOUBT);
        }
        requireServing();
    }

    private void recover(AgentCaller caller, String how) throws IOException {
        for (int number = FIRST; number < END; number++) {
            assertThat(fetch(caller, number, how)).describedAs(how).isIn(0, DOUBT);
        }
        assertThat(fetch(caller, END, how)).describedAs(how).isIn(ABSENT, DOUBT);
    }

    @Test
    void whatever_fails_what_is_absent_is_absent_only_without_doubt() throws IOException {
        for (String name : List.of(segment(END).fileName(), "00000002.history")) {
            FaultyObjectStore good = FaultyObjectStore.counting(archive());
            assertThat(fetch(caller(good), name)).isEqualTo(ABSENT);
            List<StoreRequest> calls = good.calls();
            assertThat(calls).hasSize(name.length() == 24 ? 3 : 2); // of a segment also what was expired
            for (int call = 0; call < calls.size(); call++) {
                for (Fault fault : Fault.values()) {
                    // a flipped byte of what is not there is nothing, and cluster.json has bytes that matter to nobody
                    if (fault == Fault.FLIPPED_BYTE || !fault.appliesTo(calls.get(call))) {
                        continue;
                    }
                    String how = name + ": " + fault + " at " + call + " of " + calls;
                    FaultyObjectStore faulty = FaultyObjectStore.failing(archive(), call, fault);
                    AgentCaller caller = caller(faulty);

                    assertThat(fetch(caller, name)).describedAs(how).isEqualTo(DOUBT);

                    faulty.requireHit();
                    assertThat(fetch(caller, name)).describedAs(how).isEqualTo(fault == Fault.KILLED ? DOUBT : ABSENT);
                }
            }
        }
        requireServing();
    }

    @Test
    void a_standby_is_told_to_wait_for_a_store_but_not_for_a_damaged_file() throws IOException {
        String name = segment(FIRST).fileName();
        for (Fault fault : List.of(Fault.FAILED_BEFORE, Fault.DENIED, Fault.CUT_SHORT, Fault.FLIPPED_BYTE)) {
            AgentCaller caller = caller(FaultyObjectStore.failing(archive(), 0, fault));

            AgentAnswer.Done answer = caller.fetch(name, target(), "--standby");

            assertThat(answer.status())
                    .describedAs("%s: %s", fault, answer)
                    .isEqualTo(fault == Fault.FLIPPED_BYTE ? DOUBT : ABSENT);
            assertThat(answer.message()).contains("error: ", "hint: ");
            assertThat(fetch(caller, FIRST, fault.name())).isZero();
        }
    }

    private MemoryObjectStore archive() throws IOException {
        MemoryObjectStore store = new MemoryObjectStore();
        new ClusterDescriptions(store, SampleWal.KEYS).claim(SampleWal.cluster(SampleWal.SMALL));
        for (int number = FIRST; number < END; number++) {
            SampleServer.archiver(store).push(original(number));
        }
        return store;
    }

    private Path original(int number) throws IOException {
        Path file = dir.resolve(segment(number).fileName());
        return Files.exists(file) ? file : SampleWal.write(dir, segment(number), number);
    }

    private Path target() {
        return server.pgWal().resolve("RECOVERYXLOG");
    }

    private int fetch(AgentCaller caller, int number, String how) throws IOException {
        int status = fetch(caller, segment(number).fileName());
        if (status == 0) {
            assertThat(Files.mismatch(target(), original(number)))
                    .describedAs(how)
                    .isEqualTo(-1);
        }
        return status;
    }

    private int fetch(AgentCaller caller, String name) throws IOException {
        Files.deleteIfExists(target());
        AgentAnswer.Done answer = caller.fetch(name, target());
        assertThat(Files.exists(target())).describedAs("%s: %s", name, answer).isEqualTo(answer.status() == 0);
        return answer.status();
    }
}
