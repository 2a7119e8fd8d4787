package org.pgagent.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgagent.repository.LeaseScene.MAY;
import static org.pgagent.repository.LeaseScene.ONE;
import static org.pgagent.repository.LeaseScene.TWO;
import static org.pgagent.repository.LeaseScene.history;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.pgagent.kit.MemoryObjectStore;
import org.pgagent.storage.FileObjectStore;
import org.pgagent.storage.ObjectStore;

/** Two nodes that want the right in the same moment, 200 times. */
final class LeaseRaceTest {
    private static final int ROUNDS = 200;

    @TempDir
    private Path dir;

    private final ExecutorService nodes = Executors.newFixedThreadPool(2);
    private final CyclicBarrier start = new CyclicBarrier(2);

    enum Place {
        MEMORY,
        DIRECTORY
    }

    @AfterEach
    void stopNodes() {
        nodes.shutdownNow();
    }

    private ObjectStore store(Place place) throws IOException {
        return switch (place) {
            case MEMORY -> new MemoryObjectStore();
            case DIRECTORY ->
                FileObjectStore.open(Files.createDirectory(dir.resolve("repository")), new SplittableRandom());
        };
    }

    private void removeLease(ObjectStore store) throws IOException {
        store.delete(List.of(LeaseScene.KEYS.lease()));
    }

    private List<String> race(Callable<String> one, Callable<String> two) throws Exception {
        List<Callable<String>> both = new ArrayList<>();
        for (Callable<String> node : List.of(one, two)) {
            both.add(() -> {
                start.await(60, TimeUnit.SECONDS);
                return node.call();
            });
        }
        List<String> results = new ArrayList<>();
        for (Future<String> result : nodes.invokeAll(both, 60, TimeUnit.SECONDS)) {
            results.add(result.get());
        }
        return results;
    }

    private static void requireOwner(LeaseScene scene, List<String> results) throws IOException {
        String winner = results.get(0).equals(MAY) ? "one" : "two";
        assertThat(scene.lease().orElseThrow().owner().id()).isEqualTo(winner);
    }

    @ParameterizedTest
    @EnumSource
    void exactly_one_of_two_first_nodes_gets_the_lease(Place place) throws Exception {
        try (ObjectStore store = store(place)) {
            LeaseScene scene = new LeaseScene(store);
            for (int round = 0; round < ROUNDS; round++) {
                WriterLease one = scene.node("one");
                WriterLease two = scene.node("two");
                List<String> results = race(() -> LeaseScene.ask(one, ONE), () -> LeaseScene.ask(two, ONE));
                assertThat(results).containsExactlyInAnyOrder(MAY, "FENCED");
                requireOwner(scene, results);
                removeLease(store);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void exactly_one_of_two_promoted_nodes_takes_over(Place place) throws Exception {
        try (ObjectStore store = store(place)) {
            LeaseScene scene = new LeaseScene(store);
            for (int round = 0; round < ROUNDS; round++) {
                scene.node("former").require(ONE);
                scene.clock().advance(Lease.TERM);
                WriterLease one = scene.node("one", history(TWO, ONE, "0/5000060"));
                WriterLease two = scene.node("two", history(TWO, ONE, "0/5000080"));
                List<String> results = race(() -> LeaseScene.ask(one, TWO), () -> LeaseScene.ask(two, TWO));
                assertThat(results).containsExactlyInAnyOrder(MAY, "FENCED");
                requireOwner(scene, results);
                assertThat(scene.lease().orElseThrow().epoch()).isEqualTo(2);
                removeLease(store);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void two_adoptions_leave_one_owner_and_the_other_is_told(Place place) throws Exception {
        try (ObjectStore store = store(place)) {
            LeaseScene scene = new LeaseScene(store);
            for (int round = 0; round < ROUNDS; round++) {
                scene.node("former").require(ONE);
                WriterLease one = scene.node("one");
                WriterLease two = scene.node("two");
                List<String> results = race(() -> LeaseScene.adopt(one, ONE), () -> LeaseScene.adopt(two, ONE));
                String owner = scene.lease().orElseThrow().owner().id();
                assertThat(owner).isIn("one", "two");
                if (results.contains("OBJECT_CHANGED")) {
                    requireOwner(scene, results);
                    assertThat(scene.lease().orElseThrow().epoch()).isEqualTo(2);
                } else { // one after the other: both did what they were told
                    assertThat(results).containsOnly(MAY);
                    assertThat(scene.lease().orElseThrow().epoch()).isEqualTo(3);
                }
                scene.clock().advance(WriterLease.LOOK_EVERY);
                assertThat(List.of(LeaseScene.ask(one, ONE), LeaseScene.ask(two, ONE)))
                        .containsExactlyInAnyOrder(MAY, "FENCED");
                removeLease(store);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void two_processes_of_one_node_never_refuse_each_other(Place place) throws Exception {
        try (ObjectStore store = store(place)) {
            LeaseScene scene = new LeaseScene(store);
            for (int round = 0; round < ROUNDS; round++) {
                WriterLease one = scene.node("same");
                WriterLease two = scene.node("same");
                assertThat(race(() -> LeaseScene.ask(one, ONE), () -> LeaseScene.ask(two, ONE)))
                        .containsOnly(MAY);
                scene.clock().advance(Lease.TERM);
            }
            assertThat(scene.lease().orElseThrow().epoch()).isEqualTo(1);
        }
    }
}
