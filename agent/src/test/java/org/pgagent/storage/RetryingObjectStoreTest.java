package org.pgagent.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.pgagent.error.Cancellation;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.FaultyObjectStore;
import org.pgagent.kit.FaultyObjectStore.Fault;
import org.pgagent.kit.MemoryObjectStore;

final class RetryingObjectStoreTest {
    private static final ObjectKey KEY = new ObjectKey("main/lease.json");
    private static final RetryPolicy POLICY =
            new RetryPolicy(5, Duration.ofMinutes(1), Duration.ofSeconds(1), Duration.ofSeconds(6));

    private final MemoryObjectStore memory = new MemoryObjectStore();
    private final List<Duration> pauses = new ArrayList<>();
    private Instant now = Instant.EPOCH;

    private RetryingObjectStore retrying(ObjectStore store) {
        return retrying(store, POLICY);
    }

    private RetryingObjectStore retrying(ObjectStore store, RetryPolicy policy) {
        Clock clock = new Clock() {
            @Override
            public ZoneOffset getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                throw new UnsupportedOperationException();
            }

            @Override
            public Instant instant() {
                return now;
            }
        };
        return new RetryingObjectStore(store, new Retries(policy, clock, new Random(7), pause -> {
            pauses.add(pause);
            now = now.plus(pause);
        }));
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(UTF_8));
    }

    private String stored() throws IOException {
        return new String(memory.getSmall(KEY, 1 << 20).bytes(), UTF_8);
    }

    /** Answers every request in the same way. */
    private static ObjectStore store(InvocationHandler answer) {
        return (ObjectStore) Proxy.newProxyInstance(
                RetryingObjectStoreTest.class.getClassLoader(), new Class<?>[] {ObjectStore.class}, answer);
    }

    private static ObjectStore failingAlways(ErrorKind kind) {
        return store((proxy, method, arguments) -> {
            throw new PgAgentException(kind, "made by a test", "Nothing to do.");
        });
    }

    @Test
    void tries_again_with_pauses_that_grow_and_gives_up_after_so_many_times() {
        assertThatExceptionOfType(PgAgentException.class)
                .isThrownBy(
                        () -> retrying(failingAlways(ErrorKind.STORE_FAILED)).head(KEY))
                .satisfies(e -> assertThat(e.kind()).isEqualTo(ErrorKind.STORE_FAILED))
                .withMessageContaining("tried 5 times in");

        assertThat(pauses).hasSize(4);
        assertBetween(pauses.get(0), 500, 1000);
        assertBetween(pauses.get(1), 1000, 2000);
        assertBetween(pauses.get(2), 2000, 4000);
        assertBetween(pauses.get(3), 3000, 6000);
    }

    private static void assertBetween(Duration pause, long lowMillis, long highMillis) {
        assertThat(pause.toMillis()).isBetween(lowMillis, highMillis);
    }

    @Test
    void an_object_that_keeps_another_checksum_than_the_store_has_of_it_is_damaged() {
        ObjectStore damaged = store((proxy, method, arguments) -> {
            throw new ContentMismatchException("a/b in s3://backups", null);
        });

        assertThatExceptionOfType(PgAgentException.class)
                .isThrownBy(() -> retrying(damaged).getSmall(KEY, 100))
                .withMessage(
                        "a/b in s3://backups is damaged: 3 times it was read with another checksum than the store has of it")
                .satisfies(e -> assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPTED));
        assertThat(pauses).hasSize(2);
    }

    @Test
    void a_signal_ends_the_wait_for_the_next_try() {
        Cancellation cancellation = new Cancellation();
        cancellation.request();
        RetryingObjectStore told = new RetryingObjectStore(
                failingAlways(ErrorKind.STORE_UNREACHABLE),
                new Retries(POLICY, Clock.systemUTC(), new Random(1), cancellation::sleep));

        assertThatExceptionOfType(PgAgentException.class)
                .isThrownBy(() -> told.head(KEY))
                .satisfies(e -> assertThat(e.kind()).isEqualTo(ErrorKind.INTERRUPTED))
                .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }

    @Test
    void gives_up_when_the_time_is_over() {
        RetryPolicy thirtySeconds =
                new RetryPolicy(1000, Duration.ofSeconds(30), Duration.ofSeconds(1), Duration.ofSeconds(6));

        assertThatExceptionOfType(PgAgentException.class)
                .isThrownBy(() -> retrying(failingAlways(ErrorKind.STORE_UNREACHABLE), thirtySeconds)
                        .head(KEY));

        assertThat(pauses.stream().reduce(Duration.ZERO, Duration::plus)).isLessThanOrEqualTo(Duration.ofSeconds(30));
        assertThat(pauses).hasSizeBetween(5, 15);
    }

    @ParameterizedTest
    @EnumSource(
            value = ErrorKind.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"STORE_UNREACHABLE", "STORE_FAILED"})
    void does_not_repeat_what_will_not_pass(ErrorKind kind) {
        assertThatExceptionOfType(PgAgentException.class)
                .isThrownBy(() -> retrying(failingAlways(kind)).list("", ListDepth.ALL, Optional.empty()))
                .satisfies(e -> assertThat(e.kind()).isEqualTo(kind));

        assertThat(pauses).isEmpty();
    }

    @Test
    void stops_waiting_when_it_is_interrupted() {
        ObjectStore store = new RetryingObjectStore(
                failingAlways(ErrorKind.STORE_FAILED), new Retries(POLICY, Clock.systemUTC(), new Random(1), pause -> {
                    throw new InterruptedException();
                }));

        assertThatExceptionOfType(PgAgentException.class)
                .isThrownBy(() -> store.head(KEY))
                .satisfies(e -> assertThat(e.kind()).isEqualTo(ErrorKind.INTERRUPTED));
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void a_put_that_was_done_but_reported_as_failed_is_a_success() throws IOException {
        FaultyObjectStore faulty = FaultyObjectStore.failing(memory, 0, Fault.FAILED_AFTER);

        ObjectInfo info = retrying(faulty).put(KEY, bytes("mine"), WriteCondition.ifAbsent());

        faulty.requireHit();
        assertThat(info).isEqualTo(memory.head(KEY).orElseThrow());
        assertThat(stored()).isEqualTo("mine");
    }

    @Test
    void a_replacement_that_was_done_but_reported_as_failed_is_a_success() throws IOException {
        String etag = memory.put(KEY, bytes("before"), WriteCondition.always()).etag();
        FaultyObjectStore faulty = FaultyObjectStore.failing(memory, 0, Fault.FAILED_AFTER);

        ObjectInfo info = retrying(faulty).put(KEY, bytes("mine"), WriteCondition.ifUnchanged(etag));

        assertThat(info).isEqualTo(memory.head(KEY).orElseThrow());
        assertThat(stored()).isEqualTo("mine");
    }

    @Test
    void an_empty_put_that_was_done_but_reported_as_failed_is_a_success() throws IOException {
        FaultyObjectStore faulty = FaultyObjectStore.failing(memory, 0, Fault.FAILED_AFTER);

        assertThat(retrying(faulty)
                        .put(KEY, bytes(""), WriteCondition.ifAbsent())
                        .sizeBytes())
                .isZero();
    }

    @Test
    void what_somebody_else_has_put_is_never_taken_for_ones_own() throws IOException {
        for (String theirs : List.of("their", "theirs", "")) {
            ObjectInfo before = memory.put(KEY, bytes(theirs), WriteCondition.always());
            FaultyObjectStore faulty = FaultyObjectStore.failing(memory, 0, Fault.FAILED_BEFORE);

            assertThatExceptionOfType(ObjectChangedException.class)
                    .isThrownBy(() -> retrying(faulty).put(KEY, bytes("mine!"), WriteCondition.ifAbsent()));

            faulty.requireHit();
            assertThat(stored()).isEqualTo(theirs);
            assertThat(memory.head(KEY)).hasValue(before);
        }
    }

    @Test
    void a_first_refusal_is_believed_without_looking() throws IOException {
        memory.put(KEY, bytes("same"), WriteCondition.always());
        FaultyObjectStore counting = FaultyObjectStore.counting(memory);

        assertThatExceptionOfType(ObjectChangedException.class)
                .isThrownBy(() -> retrying(counting).put(KEY, bytes("same"), WriteCondition.ifAbsent()));

        assertThat(counting.calls()).containsExactly(StoreRequest.PUT);
    }

    @Test
    void an_upload_survives_a_failure_at_any_call() throws IOException {
        int calls = upload(FaultyObjectStore.counting(memory)).calls().size();

        for (int call = 0; call < calls; call++) {
            for (Fault fault : List.of(Fault.FAILED_BEFORE, Fault.FAILED_AFTER)) {
                memory.delete(List.of(KEY));
                upload(FaultyObjectStore.failing(memory, call, fault)).requireHit();
                assertThat(stored()).isEqualTo("part");
            }
        }
    }

    private FaultyObjectStore upload(FaultyObjectStore faulty) throws IOException {
        uploadTo(faulty);
        return faulty;
    }

    private void uploadTo(ObjectStore store) throws IOException {
        try (MultipartUpload upload = retrying(store).startUpload(KEY)) {
            upload.uploadPart(1, bytes("part"));
            upload.complete(WriteCondition.ifAbsent());
        }
    }

    @Test
    void an_upload_to_a_store_that_ignores_conditions_survives_a_failure_at_any_call() throws IOException {
        FaultyObjectStore counting = FaultyObjectStore.counting(new ConditionIgnoringStore(memory));
        uploadTo(new HeadComparePutObjectStore(counting));

        for (int call = 0; call < counting.calls().size(); call++) {
            for (Fault fault : List.of(Fault.FAILED_BEFORE, Fault.FAILED_AFTER)) {
                memory.delete(List.of(KEY));
                FaultyObjectStore faulty = FaultyObjectStore.failing(new ConditionIgnoringStore(memory), call, fault);
                uploadTo(new HeadComparePutObjectStore(faulty));
                faulty.requireHit();
                assertThat(stored()).isEqualTo("part");
            }
        }
    }

    @Test
    void reading_goes_on_where_it_broke() throws IOException {
        byte[] content = new byte[1_000_000];
        new Random(3).nextBytes(content);
        memory.put(KEY, ByteBuffer.wrap(content), WriteCondition.always());
        FaultyObjectStore faulty = FaultyObjectStore.failing(memory, 0, Fault.CUT_SHORT);
        CountingObjectStore counting = new CountingObjectStore(faulty);

        try (InputStream in = retrying(counting).get(KEY, new ByteRange(1000, 901_000))) {
            assertThat(in.readAllBytes()).isEqualTo(Arrays.copyOfRange(content, 1000, 901_000));
        }

        faulty.requireHit();
        assertThat(counting.counts().readBytes()).isEqualTo(900_000);
        assertThat(counting.counts().requests(StoreRequest.GET)).isEqualTo(2);
        memory.close();
    }

    @Test
    void reading_gives_up_on_a_connection_that_always_breaks() throws IOException {
        memory.put(KEY, ByteBuffer.wrap(new byte[1000]), WriteCondition.always());
        ObjectStore breaking = store((proxy, method, arguments) -> {
            long start = ((ByteRange) arguments[1]).start();
            return FaultyObjectStore.failing(memory, 0, Fault.CUT_SHORT).get(KEY, new ByteRange(start, start + 20));
        });

        try (InputStream in = retrying(breaking).get(KEY, new ByteRange(0, 1000))) {
            assertThatExceptionOfType(PgAgentException.class).isThrownBy(in::readAllBytes);
        }

        assertThat(pauses).hasSize(POLICY.attemptsMax() - 1);
        memory.close();
    }

    @Test
    void a_missing_object_is_told_at_once() {
        assertThatExceptionOfType(ObjectMissingException.class)
                .isThrownBy(() -> retrying(memory).get(KEY, new ByteRange(0, 1)));
        assertThat(pauses).isEmpty();
    }
}
