package org.pgagent.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.FaultyObjectStore;
import org.pgagent.kit.FaultyObjectStore.Fault;
import org.pgagent.kit.MemoryObjectStore;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.ClusterName;
import org.pgagent.storage.ConditionIgnoringStore;
import org.pgagent.storage.ConditionSupport;
import org.pgagent.storage.FileObjectStore;
import org.pgagent.storage.ListDepth;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.StoreRequest;

final class RepositoryCheckTest {
    private static final Random RANDOM = new Random(1);

    private final MemoryObjectStore store = new MemoryObjectStore();

    private static RepositoryCheck check(ObjectStore store, Clock clock) {
        return new RepositoryCheck(store, new ClusterKeys(new ClusterName("main")), clock, RANDOM);
    }

    private void assertEmpty() {
        assertThat(store.list("", ListDepth.ALL, Optional.empty()).objects()).isEmpty();
        assertThat(store.unfinishedUploads("")).isEmpty();
    }

    @Test
    void a_good_store_passes_and_is_left_as_it_was() throws IOException {
        RepositoryCheck check = check(store, Clock.systemUTC());

        check.list();
        check.write();
        check.uploads();
        assertThat(check.conditions()).isEqualTo(ConditionSupport.HONOURED);
        assertEmpty();
    }

    @Test
    void a_clock_that_is_off_is_measured_in_both_directions(@TempDir Path directory) throws IOException {
        ObjectStore files = FileObjectStore.open(directory, RANDOM);
        Instant now = Instant.now();

        assertThat(check(files, Clock.systemUTC()).write()).isZero();
        assertThat(check(files, Clock.fixed(now.minusSeconds(600), ZoneOffset.UTC))
                        .write())
                .isBetween(Duration.ofSeconds(595), Duration.ofSeconds(660));
        assertThat(check(files, Clock.fixed(now.plusSeconds(600), ZoneOffset.UTC))
                        .write())
                .isBetween(Duration.ofSeconds(-605), Duration.ofSeconds(-540));
    }

    @Test
    void a_store_that_ignores_conditions_is_found_out() throws IOException {
        assertThat(check(new ConditionIgnoringStore(store), Clock.systemUTC()).conditions())
                .isEqualTo(ConditionSupport.IGNORED);
        assertEmpty();
    }

    @Test
    void whatever_is_denied_is_told_and_nothing_else_is_left() throws IOException {
        FaultyObjectStore counting = FaultyObjectStore.counting(store);
        check(counting, Clock.systemUTC()).write();
        for (int call = 0; call < counting.calls().size(); call++) {
            FaultyObjectStore faulty = FaultyObjectStore.failing(store, call, Fault.DENIED);

            assertThatThrownBy(() -> check(faulty, Clock.systemUTC()).write()).isInstanceOf(PgAgentException.class);

            faulty.requireHit();
            if (counting.calls().get(call) == StoreRequest.DELETE) {
                check(store, Clock.systemUTC()).write();
            } else {
                assertEmpty();
            }
        }
    }

    @Test
    void what_keeps_it_from_aborting_uploads_is_told() throws IOException {
        FaultyObjectStore counting = FaultyObjectStore.counting(store);
        check(counting, Clock.systemUTC()).uploads();
        assertThat(counting.calls())
                .contains(StoreRequest.LIST_UPLOADS)
                .filteredOn(call -> call == StoreRequest.ABORT_UPLOAD)
                .isNotEmpty();
        for (StoreRequest right : List.of(StoreRequest.LIST_UPLOADS, StoreRequest.ABORT_UPLOAD)) {
            FaultyObjectStore faulty =
                    FaultyObjectStore.failing(store, counting.calls().indexOf(right), Fault.DENIED);

            assertThatThrownBy(() -> check(faulty, Clock.systemUTC()).uploads()).isInstanceOf(PgAgentException.class);
            faulty.requireHit();
        }
    }

    @Test
    void a_byte_that_comes_back_as_another_one_is_told() throws IOException {
        FaultyObjectStore counting = FaultyObjectStore.counting(store);
        check(counting, Clock.systemUTC()).write();
        int get = counting.calls().indexOf(StoreRequest.GET);

        FaultyObjectStore faulty = FaultyObjectStore.failing(store, get, Fault.FLIPPED_BYTE);

        assertThatThrownBy(() -> check(faulty, Clock.systemUTC()).write())
                .isInstanceOf(PgAgentException.class)
                .hasMessageContaining("other bytes");
        assertEmpty();
    }
}
