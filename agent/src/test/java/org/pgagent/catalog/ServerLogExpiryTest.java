package org.pgagent.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.pgagent.chunk.ChunkEncoder;
import org.pgagent.chunk.Compression;
import org.pgagent.chunk.ContentHasher;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.FaultyObjectStore;
import org.pgagent.kit.FaultyObjectStore.Fault;
import org.pgagent.kit.MemoryObjectStore;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.ClusterName;
import org.pgagent.repository.LogPiece;
import org.pgagent.repository.ServerLogPolicy;
import org.pgagent.repository.ServerLogs;
import org.pgagent.repository.StoredLog;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.StoreRequest;

final class ServerLogExpiryTest {
    private static final ClusterKeys KEYS = new ClusterKeys(new ClusterName("main"));
    private static final Instant NOW = Instant.parse("2026-11-22T05:55:00Z");
    private static final ServerLogPolicy NEWEST_SEVEN = new ServerLogPolicy(OptionalInt.of(7), Optional.empty());

    private final MemoryObjectStore store = new MemoryObjectStore();
    private final ServerLogs logs = new ServerLogs(store, KEYS);

    private void put(String file, String generation, long start, Duration age) throws IOException {
        ByteBuffer content = ByteBuffer.wrap(new byte[] {1, 2, 3});
        LogPiece piece =
                new LogPiece(file, generation, start, start + 3, NOW.minus(age).toEpochMilli());
        try (ChunkEncoder encoder = new ChunkEncoder(Compression.DEFAULT)) {
            logs.put(piece, content, ContentHasher.hash(content), encoder);
        }
    }

    /** More than go with one request. */
    private void putMany() throws IOException {
        for (int day = 0; day < 1500; day++) {
            put("day-" + day, "20261122T055500Z", 0, Duration.ofDays(day));
        }
    }

    private static ServerLogExpiry expiry(ObjectStore through, ServerLogPolicy policy) {
        return new ServerLogExpiry(new ServerLogs(through, KEYS), policy, Clock.fixed(NOW, ZoneOffset.UTC));
    }

    private Set<String> left() throws IOException {
        Set<String> left = new TreeSet<>();
        ServerLogs.Walk walk = logs.walk();
        for (Optional<StoredLog> log = walk.next(); log.isPresent(); log = walk.next()) {
            left.add(log.get().file() + " " + log.get().generation() + " "
                    + log.get().pieces().size());
        }
        return left;
    }

    @Test
    void one_that_fails_at_any_request_is_ended_by_the_next_one() throws IOException {
        putMany();
        FaultyObjectStore counting = FaultyObjectStore.counting(store);
        assertThat(expiry(counting, NEWEST_SEVEN).run().files()).isEqualTo(1493);
        assertThat(counting.calls()).contains(StoreRequest.DELETE);
        Set<String> atLast = left();
        assertThat(atLast).hasSize(7);

        for (Fault fault : List.of(Fault.FAILED_BEFORE, Fault.FAILED_AFTER, Fault.KILLED)) {
            for (int call = 0; call < counting.calls().size(); call++) {
                putMany();
                FaultyObjectStore faulty = FaultyObjectStore.failing(store, call, fault);
                assertThatThrownBy(() -> expiry(faulty, NEWEST_SEVEN).run()).isInstanceOf(PgAgentException.class);
                faulty.requireHit();
                assertThat(left()).containsAll(atLast);
                expiry(store, NEWEST_SEVEN).run();
                assertThat(left()).as("%s at %d", fault, call).isEqualTo(atLast);
            }
        }
    }

    @Test
    void a_file_counts_by_its_last_change_and_goes_whole_each_content_by_itself() throws IOException {
        put("Mon.log", "20261101T000000Z", 0, Duration.ofDays(20));
        put("Mon.log", "20261101T000000Z", 3, Duration.ofDays(14));
        put("Mon.log", "20261115T000000Z", 0, Duration.ofDays(7));
        put("Mon.log", "20261115T000000Z", 3, Duration.ofDays(1));
        ServerLogPolicy days = new ServerLogPolicy(OptionalInt.empty(), Optional.of(Duration.ofDays(14)));

        assertThat(expiry(store, days).run().files()).isZero();
        days = new ServerLogPolicy(OptionalInt.empty(), Optional.of(Duration.ofDays(13)));
        assertThat(expiry(store, days).plan()).isEqualTo(new ServerLogExpiry.Gone(1, 6));
        assertThat(expiry(store, days).run()).isEqualTo(new ServerLogExpiry.Gone(1, 6));
        assertThat(left()).containsExactly("Mon.log 20261115T000000Z 2");
    }
}
