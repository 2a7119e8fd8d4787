package org.pgagent.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.CapturedLog;
import org.pgagent.kit.FaultyObjectStore;
import org.pgagent.kit.MemoryObjectStore;
import org.pgagent.postgres.ControlFile;
import org.pgagent.storage.ConditionIgnoringStore;
import org.pgagent.storage.ForwardingObjectStore;
import org.pgagent.storage.HeadComparePutObjectStore;
import org.pgagent.storage.ListDepth;
import org.pgagent.storage.ObjectInfo;
import org.pgagent.storage.ObjectStore;

final class ClusterClaimTest {
    private static final ClusterKeys KEYS = new ClusterKeys(new ClusterName("main"));

    /** One for all, because a probe that was cut short leaves its key behind. */
    private static final Random RANDOM = new Random(1);

    private final MemoryObjectStore store = new MemoryObjectStore();

    private static ClusterClaim.Claimed claim(ObjectStore store, int major) throws IOException {
        return new ClusterClaim(store, KEYS, Clock.systemUTC(), RANDOM).claim(controlFile(major));
    }

    /** Two clusters of two versions. */
    private static ControlFile controlFile(int major) throws IOException {
        try (InputStream in = ClusterClaimTest.class.getResourceAsStream("/golden/" + major + "/pg_control.primary")) {
            return ControlFile.parse(in.readAllBytes());
        }
    }

    @Test
    void the_first_claim_writes_the_description_and_leaves_nothing_else() throws IOException {
        ClusterClaim.Claimed claimed = claim(store, 15);

        assertThat(claimed.store()).isSameAs(store);
        assertThat(claimed.description().systemIdentifier())
                .isEqualTo(controlFile(15).systemIdentifier());
        assertThat(claimed.description().conditionalWrites().honoured()).isTrue();
        assertThat(new ClusterDescriptions(store, KEYS).find()).contains(claimed.description());
        assertThat(store.list("", ListDepth.ALL, Optional.empty()).objects())
                .extracting(ObjectInfo::key)
                .containsExactly(KEYS.description());
    }

    @Test
    void a_later_claim_costs_one_request() throws IOException {
        ClusterDescription first = claim(store, 15).description();
        FaultyObjectStore counting = FaultyObjectStore.counting(store);

        assertThat(claim(counting, 15).description()).isEqualTo(first);
        assertThat(counting.calls()).hasSize(1);
    }

    @Test
    void another_cluster_is_refused_before_anything_is_written() throws IOException {
        claim(store, 15);
        FaultyObjectStore counting = FaultyObjectStore.counting(store);

        PgAgentException e = catchThrowableOfType(PgAgentException.class, () -> claim(counting, 16));

        assertThat(e.kind()).isEqualTo(ErrorKind.FOREIGN_CLUSTER);
        assertThat(counting.calls()).hasSize(1);
    }

    @Test
    void a_store_that_ignores_conditions_is_written_to_with_care_now_and_later() throws IOException {
        ObjectStore ignoring = new ConditionIgnoringStore(store);

        ClusterClaim.Claimed first = claim(ignoring, 15);
        ClusterClaim.Claimed second = claim(ignoring, 15);

        assertThat(first.description().conditionalWrites().honoured()).isFalse();
        assertThat(first.store()).isInstanceOf(HeadComparePutObjectStore.class);
        assertThat(second.store()).isInstanceOf(HeadComparePutObjectStore.class);
    }

    /** Once, when it is found out: what may be lost, and what to do about it. */
    @Test
    void an_operator_is_told_what_a_store_that_ignores_conditions_may_lose() throws IOException {
        ObjectStore ignoring = new ConditionIgnoringStore(store);
        try (CapturedLog log = CapturedLog.of(ClusterClaim.class)) {
            claim(ignoring, 15);

            assertThat(log.lines())
                    .singleElement()
                    .asString()
                    .startsWith("WARN")
                    .contains("ignores conditional writes")
                    .contains("two hosts that write the same object in the same moment may overwrite each other unseen")
                    .contains("let only one host write")
                    .contains(store.describe());
        }
    }

    @Test
    void nothing_is_said_of_a_store_that_honours_conditions() throws IOException {
        try (CapturedLog log = CapturedLog.of(ClusterClaim.class)) {
            claim(store, 15);

            assertThat(log.lines()).isEmpty();
        }
    }

    @Test
    void a_repository_that_was_copied_elsewhere_is_probed_there() throws IOException {
        ClusterDescription original = claim(store, 15).description();
        ClusterDescription copied = new ClusterDescription(
                original.format(),
                original.systemIdentifier(),
                original.majorVersion(),
                original.walSegmentSize(),
                original.createdAt(),
                new ClusterDescription.ConditionalWrites("s3://elsewhere", true));
        MemoryObjectStore copy = new MemoryObjectStore();
        new ClusterDescriptions(copy, KEYS).claim(copied);

        ClusterClaim.Claimed claimed = claim(new ConditionIgnoringStore(copy), 15);

        assertThat(claimed.store()).isInstanceOf(HeadComparePutObjectStore.class);
        assertThat(claimed.description()).isEqualTo(copied);
    }

    @Test
    void a_store_of_the_same_name_at_another_endpoint_is_probed_too() throws IOException {
        claim(new At("https://one.example.com", store), 15);

        ClusterClaim.Claimed claimed = claim(new At("https://two.example.com", new ConditionIgnoringStore(store)), 15);

        assertThat(claimed.store()).isInstanceOf(HeadComparePutObjectStore.class);
    }

    private static final class At extends ForwardingObjectStore {
        private final String endpoint;

        At(String endpoint, ObjectStore store) {
            super(store);
            this.endpoint = endpoint;
        }

        @Override
        public String identity() {
            return describe() + " at " + endpoint;
        }
    }

    @Test
    void whichever_request_fails_the_name_is_claimed_or_free_and_the_next_claim_succeeds() throws IOException {
        FaultyObjectStore counting = FaultyObjectStore.counting(new MemoryObjectStore());
        claim(counting, 15);
        for (int call = 0; call < counting.calls().size(); call++) {
            for (FaultyObjectStore.Fault fault :
                    new FaultyObjectStore.Fault[] {FaultyObjectStore.Fault.FAILED_BEFORE, FaultyObjectStore.Fault.KILLED
                    }) {
                MemoryObjectStore fresh = new MemoryObjectStore();
                FaultyObjectStore faulty = FaultyObjectStore.failing(fresh, call, fault);

                assertThatThrownBy(() -> claim(faulty, 15)).isInstanceOf(PgAgentException.class);

                faulty.requireHit();
                assertThat(claim(fresh, 15).description().conditionalWrites().honoured())
                        .isTrue();
            }
        }
    }
}
