package org.pgagent.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.FaultyObjectStore;
import org.pgagent.kit.FaultyObjectStore.Fault;
import org.pgagent.kit.MemoryObjectStore;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.storage.ObjectChangedException;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.StoreRequest;
import org.pgagent.storage.WriteCondition;

final class RestorePointsTest {
    private static final ClusterKeys KEYS = new ClusterKeys(new ClusterName("main"));
    private static final WalSegmentSize SIZE = WalSegmentSize.DEFAULT;
    private static final Instant TIME = Instant.parse("2026-11-22T05:55:00Z");

    private final MemoryObjectStore store = new MemoryObjectStore();
    private final RestorePoints points = new RestorePoints(store, KEYS);

    private static RestorePoint point(String name, long seconds, String lsn) {
        return RestorePoint.of(name, TIME.plusSeconds(seconds), new Timeline(1), Lsn.parse(lsn));
    }

    private List<RestorePoint> all() throws IOException {
        List<RestorePoint> all = new ArrayList<>();
        points.forEach(all::addAll);
        return all;
    }

    @Test
    void the_name_of_the_object_says_everything_and_sorts_by_time() throws IOException {
        RestorePoint late = point("a-first-name", 60, "FFFFFFFF/FFFFFFFF");
        RestorePoint early = point("Z_2026.11-22", 0, "A/28");
        points.record(late);
        points.record(early);
        store.put(
                new ObjectKey("main/restore-points/notes.txt"),
                ByteBuffer.wrap(new byte[] {1}),
                WriteCondition.ifAbsent());

        assertThat(KEYS.restorePoint(early).value())
                .isEqualTo("main/restore-points/20261122T055500Z-00000001-0000000A00000028-Z_2026.11-22.json");
        assertThat(all()).containsExactly(early, late);
        assertThat(points.named("Z_2026.11-22")).containsExactly(early);
        assertThat(points.named("nobody")).isEmpty();
    }

    @Test
    void thousands_take_a_request_for_each_thousand_and_none_of_their_objects() throws IOException {
        for (int i = 0; i < 2500; i++) {
            points.record(point("hourly-" + i, i * 3600L, "A/" + Integer.toHexString(i + 1)));
        }
        FaultyObjectStore counting = FaultyObjectStore.counting(store);

        assertThat(new RestorePoints(counting, KEYS).named("hourly-2499")).hasSize(1);
        assertThat(counting.calls()).hasSize(3).containsOnly(StoreRequest.LIST);
        RestorePoints.First first = points.first();
        assertThat(first.points()).hasSize(1000);
        assertThat(first.more()).isTrue();
    }

    @Test
    void those_in_wal_that_was_given_up_go_and_the_others_stay() throws IOException {
        WalSegment kept = WalSegment.containing(new Timeline(1), Lsn.parse("0/5000000"), SIZE);
        ExpiredWal expired = ExpiredWal.NONE.with(List.of(kept));
        points.record(point("given-up", 0, "0/4FFFFF8"));
        points.record(point("at-the-very-end", 1, "0/5000000"));
        points.record(point("kept", 2, "0/5000028"));
        points.record(RestorePoint.of("another-timeline", TIME, new Timeline(2), Lsn.parse("0/4000028")));

        assertThat(points.countExpired(expired, SIZE)).isEqualTo(2);
        assertThat(all()).hasSize(4);
        assertThat(points.removeExpired(expired, SIZE)).isEqualTo(2);
        assertThat(all()).extracting(RestorePoint::name).containsExactly("another-timeline", "kept");
        assertThat(points.removeExpired(expired, SIZE)).isZero();
    }

    @Test
    void a_second_attempt_succeeds_and_another_point_in_its_place_is_refused() throws IOException {
        RestorePoint point = point("before", 0, "0/5000028").after(new BackupId("20261122T055500Z-F"));
        for (Fault fault : List.of(Fault.FAILED_BEFORE, Fault.FAILED_AFTER, Fault.DENIED, Fault.KILLED)) {
            ObjectStore fresh = new MemoryObjectStore();
            FaultyObjectStore faulty = FaultyObjectStore.failing(fresh, 0, fault);

            assertThatThrownBy(() -> new RestorePoints(faulty, KEYS).record(point))
                    .isInstanceOf(PgAgentException.class);
            faulty.requireHit();
            RestorePoints again = new RestorePoints(fresh, KEYS);
            assertThat(again.named("before")).hasSize(fault == Fault.FAILED_AFTER ? 1 : 0);
            again.record(point);
            again.record(point);
            assertThat(again.named("before")).hasSize(1);
            assertThatThrownBy(() -> again.record(point.after(new BackupId("20261121T055500Z-F"))))
                    .isInstanceOf(ObjectChangedException.class);
        }
    }

    @Test
    void a_name_is_one_that_the_server_and_every_store_take() {
        RestorePoint.requireName("before-release_7.1");
        RestorePoint.requireName(RestorePoint.defaultName(TIME));
        assertThat(RestorePoint.defaultName(TIME)).isEqualTo("pgagent-20261122T055500Z");
        for (String bad : List.of("", "a b", "../x", "a/b", "-x", "é", "x".repeat(64))) {
            assertThatIllegalArgumentException()
                    .as(bad)
                    .isThrownBy(() -> RestorePoint.requireName(bad))
                    .withMessageContaining("before-release-7");
        }
    }
}
