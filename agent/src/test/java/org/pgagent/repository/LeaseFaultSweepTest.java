package org.pgagent.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgagent.repository.LeaseScene.MAY;
import static org.pgagent.repository.LeaseScene.ONE;
import static org.pgagent.repository.LeaseScene.TWO;
import static org.pgagent.repository.LeaseScene.history;

import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.pgagent.kit.FaultyObjectStore;
import org.pgagent.kit.FaultyObjectStore.Fault;
import org.pgagent.kit.MemoryObjectStore;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.Retries;
import org.pgagent.storage.RetryPolicy;
import org.pgagent.storage.RetryingObjectStore;

/** Asking for the right and adopting it, with each of their requests failing in each way. */
final class LeaseFaultSweepTest {
    private static final List<Fault> FAULTS =
            List.of(Fault.FAILED_BEFORE, Fault.FAILED_AFTER, Fault.DENIED, Fault.KILLED);
    private static final List<TimelineHistory> HISTORIES = List.of(history(TWO, ONE, "0/5000060"));

    /** How a node comes to the right. */
    private enum Way {
        FIRST,
        RENEWAL,
        TAKEOVER,
        ADOPTION;

        private void prepare(LeaseScene scene) throws IOException {
            switch (this) {
                case FIRST -> {}
                case RENEWAL -> scene.node("node").require(TWO);
                case TAKEOVER -> {
                    scene.node("rival").require(ONE);
                    scene.archive(ONE, 4);
                }
                case ADOPTION -> scene.node("rival").require(ONE);
            }
            if (this != ADOPTION) {
                scene.clock().advance(Lease.TERM);
            }
        }

        private String go(WriterLease node) throws IOException {
            return this == ADOPTION ? LeaseScene.adopt(node, TWO) : LeaseScene.ask(node, TWO);
        }
    }

    private static WriterLease node(LeaseScene scene, ObjectStore through) {
        return scene.node("node", through, HISTORIES);
    }

    private static List<org.pgagent.storage.StoreRequest> calls(Way way) throws IOException {
        MemoryObjectStore store = new MemoryObjectStore();
        LeaseScene scene = new LeaseScene(store);
        way.prepare(scene);
        FaultyObjectStore good = FaultyObjectStore.counting(store);
        assertThat(way.go(node(scene, good))).isEqualTo(MAY);
        assertThat(good.calls()).hasSizeGreaterThan(1);
        return good.calls();
    }

    @ParameterizedTest
    @EnumSource
    void whatever_fails_no_two_nodes_have_the_right(Way way) throws IOException {
        int count = calls(way).size();
        for (int call = 0; call < count; call++) {
            for (Fault fault : FAULTS) {
                MemoryObjectStore store = new MemoryObjectStore();
                LeaseScene scene = new LeaseScene(store);
                way.prepare(scene);
                FaultyObjectStore faulty = FaultyObjectStore.failing(store, call, fault);
                WriterLease node = node(scene, faulty);
                String how = way + ": " + fault + " at " + call + ": " + way.go(node);
                faulty.requireHit();

                String again = LeaseScene.ask(node, TWO);
                scene.clock().advance(WriterLease.LOOK_EVERY);
                String rival = LeaseScene.ask(scene.node("rival"), ONE);
                assertThat(List.of(again, rival).indexOf(MAY))
                        .as(how + ", at most one may")
                        .isEqualTo(List.of(again, rival).lastIndexOf(MAY));
                if (again.equals(MAY) || rival.equals(MAY)) {
                    requireOwner(scene, again.equals(MAY) ? "node" : "rival", how);
                } else {
                    assertThat(fault).as(how).isEqualTo(Fault.KILLED);
                }
            }
        }
    }

    private static void requireOwner(LeaseScene scene, String id, String how) throws IOException {
        assertThat(scene.lease().orElseThrow().owner().id()).as(how).isEqualTo(id);
    }

    @ParameterizedTest
    @EnumSource
    void a_node_that_tries_again_after_a_failure_comes_to_its_right(Way way) throws IOException {
        int count = calls(way).size();
        for (int call = 0; call < count; call++) {
            for (Fault fault : List.of(Fault.FAILED_BEFORE, Fault.FAILED_AFTER)) {
                MemoryObjectStore store = new MemoryObjectStore();
                LeaseScene scene = new LeaseScene(store);
                way.prepare(scene);
                FaultyObjectStore faulty = FaultyObjectStore.failing(store, call, fault);
                WriterLease node = node(scene, faulty);

                assertThat(way.go(node)).isEqualTo("STORE_FAILED");
                faulty.requireHit();
                assertThat(way.go(node)).as(fault + " at " + call).isEqualTo(MAY);
                assertThat(scene.lease().orElseThrow().epoch())
                        .isEqualTo(way == Way.FIRST || way == Way.RENEWAL ? 1 : 2);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_failure_that_passes_is_not_noticed(Way way) throws IOException {
        int count = calls(way).size();
        for (int call = 0; call < count; call++) {
            for (Fault fault : List.of(Fault.FAILED_BEFORE, Fault.FAILED_AFTER)) {
                MemoryObjectStore store = new MemoryObjectStore();
                LeaseScene scene = new LeaseScene(store);
                way.prepare(scene);
                FaultyObjectStore faulty = FaultyObjectStore.failing(store, call, fault);
                Retries retries =
                        new Retries(RetryPolicy.DEFAULT, Clock.systemUTC(), new SplittableRandom(1), pause -> {});

                assertThat(way.go(node(scene, new RetryingObjectStore(faulty, retries))))
                        .as(fault + " at " + call)
                        .isEqualTo(MAY);
                faulty.requireHit();
                requireOwner(scene, "node", fault + " at " + call);
                assertThat(scene.lease().orElseThrow().epoch())
                        .isEqualTo(way == Way.FIRST || way == Way.RENEWAL ? 1 : 2);
            }
        }
    }
}
