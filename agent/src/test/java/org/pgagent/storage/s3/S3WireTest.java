package org.pgagent.storage.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.Await;
import org.pgagent.kit.FaultyWire;
import org.pgagent.kit.FaultyWire.Fault;
import org.pgagent.kit.S3ProxyServer;
import org.pgagent.storage.ByteRange;
import org.pgagent.storage.MultipartUpload;
import org.pgagent.storage.ObjectChangedException;
import org.pgagent.storage.ObjectInfo;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.Retries;
import org.pgagent.storage.RetryPolicy;
import org.pgagent.storage.RetryingObjectStore;
import org.pgagent.storage.WriteCondition;

/** A real server behind a wire that breaks: what one request says, and what retries make of it. */
final class S3WireTest {
    private static final ObjectKey KEY = new ObjectKey("main/wal/file");
    private static final int SIZE = 3 << 20;

    private static S3ProxyServer server;
    private static int buckets;

    private FaultyWire wire;
    private S3Settings settings;
    private ObjectStore once;
    private ObjectStore retrying;
    private final byte[] content = new byte[SIZE];

    @BeforeAll
    static void start(@TempDir Path directory) {
        server = S3ProxyServer.start(directory);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void open() throws IOException {
        buckets++;
        String bucket = "bucket-" + buckets;
        server.createBucket(bucket);
        wire = FaultyWire.to(server.endpoint());
        settings = server.settings(wire.endpoint(), bucket, "p");
        once = S3ObjectStore.open(settings, server.credentials());
        RetryPolicy quick = new RetryPolicy(4, Duration.ofMinutes(1), Duration.ofMillis(1), Duration.ofMillis(5));
        retrying = new RetryingObjectStore(once, new Retries(quick, Clock.systemUTC(), new Random(1), pause -> {}));
        new Random(5).nextBytes(content);
    }

    @AfterEach
    void close() {
        retrying.close();
        wire.close();
    }

    private void put() throws IOException {
        once.put(KEY, ByteBuffer.wrap(content), WriteCondition.always());
    }

    private static PgAgentException failureOf(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        PgAgentException failure = org.assertj.core.api.Assertions.catchThrowableOfType(PgAgentException.class, call);
        assertThat(failure).isNotNull();
        return failure;
    }

    private byte[] readAll(ObjectStore store) throws IOException {
        try (InputStream in = store.get(KEY, new ByteRange(0, SIZE))) {
            return in.readAllBytes();
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_read_that_breaks_off_says_so_and_goes_on_when_retried(FaultyWire.Ending ending) throws IOException {
        put();
        wire.breakNext("^GET ", new Fault.CutAnswer(1_000_000, ending));
        assertThat(failureOf(() -> readAll(once)).kind()).isEqualTo(ErrorKind.STORE_FAILED);

        wire.breakNext("^GET ", new Fault.CutAnswer(1_000_000, ending));
        wire.breakNext("^GET ", new Fault.CutAnswer(10, ending));
        wire.breakNext("^GET ", new Fault.CutAnswer(0, ending));
        assertThat(readAll(retrying)).isEqualTo(content);
        wire.requireAllHit();
    }

    @Test
    void a_small_read_that_breaks_off_says_so() throws IOException {
        put();
        wire.breakNext("^GET ", new Fault.CutAnswer(1_000_000, FaultyWire.Ending.CLOSED));
        assertThat(failureOf(() -> once.getSmall(KEY, SIZE)).kind()).isEqualTo(ErrorKind.STORE_FAILED);

        wire.breakNext("^GET ", new Fault.CutAnswer(1_000_000, FaultyWire.Ending.RESET));
        assertThat(retrying.getSmall(KEY, SIZE).bytes()).isEqualTo(content);
        wire.requireAllHit();
    }

    /** Which another one stores between the question and the one why there is no answer. */
    @Test
    void an_object_that_comes_at_this_moment_is_there() throws IOException {
        put();
        wire.breakNext(
                "^HEAD ", new Fault.Answer("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
        assertThat(once.head(KEY)).map(ObjectInfo::sizeBytes).contains((long) SIZE);
        wire.requireAllHit();
    }

    @Test
    void a_store_that_is_busy_is_asked_again() throws IOException {
        wire.breakNext("^PUT ", FaultyWire.error("503 Slow Down", "SlowDown", ""));
        assertThat(failureOf(this::put).kind()).isEqualTo(ErrorKind.STORE_FAILED);

        wire.breakNext("^PUT ", FaultyWire.error("503 Slow Down", "SlowDown", ""));
        wire.breakNext("^PUT ", FaultyWire.error("500 Internal Server Error", "InternalError", ""));
        wire.breakNext("^PUT ", FaultyWire.error("409 Conflict", "ConditionalRequestConflict", ""));
        retrying.put(KEY, ByteBuffer.wrap(content), WriteCondition.ifAbsent());
        assertThat(readAll(once)).isEqualTo(content);
        wire.requireAllHit();
    }

    @Test
    void content_that_was_damaged_on_its_way_is_refused_by_the_store() throws IOException {
        wire.breakNext("^PUT ", new Fault.FlippedContent());
        assertThat(failureOf(this::put).kind()).isEqualTo(ErrorKind.STORE_FAILED);
        assertThat(once.head(KEY)).isEmpty();

        wire.breakNext("^PUT ", new Fault.FlippedContent());
        retrying.put(KEY, ByteBuffer.wrap(content), WriteCondition.ifAbsent());
        assertThat(readAll(once)).isEqualTo(content);
        wire.requireAllHit();
    }

    @Test
    void a_put_whose_answer_was_lost_is_recognised() throws IOException {
        wire.breakNext("^PUT ", new Fault.LostAnswer());

        ObjectInfo info = retrying.put(KEY, ByteBuffer.wrap(content), WriteCondition.ifAbsent());

        wire.requireAllHit();
        assertThat(once.head(KEY)).hasValue(info);
    }

    @Test
    void a_completion_whose_answer_was_lost_is_recognised() throws IOException {
        try (MultipartUpload upload = retrying.startUpload(KEY)) {
            upload.uploadPart(1, ByteBuffer.wrap(content));
            wire.breakNext("^POST .*uploadId=", new Fault.LostAnswer());

            ObjectInfo info = upload.complete(WriteCondition.ifAbsent());

            wire.requireAllHit();
            // This server may still be at work on the object when it is asked, and dates it once more.
            ObjectInfo now = once.head(KEY).orElseThrow();
            assertThat(now.etag()).isEqualTo(info.etag());
            assertThat(now.sizeBytes()).isEqualTo(info.sizeBytes());
        }
        assertThat(readAll(once)).isEqualTo(content);
    }

    @Test
    void a_completion_that_somebody_else_forestalled_is_no_success() throws IOException {
        try (MultipartUpload upload = retrying.startUpload(KEY)) {
            upload.uploadPart(1, ByteBuffer.wrap(content));
            once.put(KEY, ByteBuffer.wrap(content), WriteCondition.always());
            wire.breakNext("^POST .*uploadId=", FaultyWire.error("503 Slow Down", "SlowDown", ""));

            assertThatExceptionOfType(ObjectChangedException.class)
                    .isThrownBy(() -> upload.complete(WriteCondition.ifAbsent()));
        }
        wire.requireAllHit();
        assertThat(once.unfinishedUploads("")).isEmpty();
    }

    @Test
    void a_completion_that_fails_within_an_answer_of_success_is_tried_again() throws IOException {
        try (MultipartUpload upload = retrying.startUpload(KEY)) {
            upload.uploadPart(1, ByteBuffer.wrap(content));
            wire.breakNext("^POST .*uploadId=", FaultyWire.error("200 OK", "InternalError", ""));
            upload.complete(WriteCondition.ifAbsent());
        }
        wire.requireAllHit();
        assertThat(readAll(once)).isEqualTo(content);
    }

    @Test
    void a_completion_that_fails_within_an_answer_of_success_is_a_failure() throws IOException {
        try (MultipartUpload upload = once.startUpload(KEY)) {
            upload.uploadPart(1, ByteBuffer.wrap(content));
            wire.breakNext("^POST .*uploadId=", FaultyWire.error("200 OK", "InternalError", ""));
            assertThat(failureOf(() -> upload.complete(WriteCondition.ifAbsent()))
                            .kind())
                    .isEqualTo(ErrorKind.STORE_FAILED);
        }
        assertThat(once.head(KEY)).isEmpty();
        assertThat(once.unfinishedUploads("")).isEmpty();
    }

    @Test
    void an_upload_that_cannot_be_aborted_is_left_for_the_purge() throws IOException {
        try (MultipartUpload upload = once.startUpload(KEY)) {
            upload.uploadPart(1, ByteBuffer.wrap(content));
            wire.breakNext("^DELETE ", FaultyWire.error("503 Slow Down", "SlowDown", ""));
        }
        wire.requireAllHit();

        assertThat(once.unfinishedUploads("")).hasSize(1);
        retrying.abort(once.unfinishedUploads("").get(0));
        assertThat(once.unfinishedUploads("")).isEmpty();
    }

    @Test
    void a_stream_may_be_read_slowly() throws IOException {
        put();
        S3Limits impatient = new S3Limits(Duration.ofSeconds(5), Duration.ofSeconds(60), Duration.ofMillis(300), 4);
        S3Settings quick = new S3Settings(settings.bucket(), settings.endpoint(), settings.objects(), impatient);
        try (ObjectStore store = S3ObjectStore.open(quick, server.credentials());
                InputStream in = store.get(KEY, new ByteRange(0, SIZE))) {
            byte[] read = in.readNBytes(100_000);
            long end = System.nanoTime() + Duration.ofMillis(700).toNanos();
            Await.until(
                    "more time has passed than a request may take",
                    Duration.ofSeconds(5),
                    () -> System.nanoTime() > end);

            assertThat(read.length + in.readAllBytes().length).isEqualTo(SIZE);
        }
    }

    @Test
    void an_interrupted_thread_sends_no_request() {
        Thread.currentThread().interrupt();

        PgAgentException e = failureOf(() -> retrying.getSmall(KEY, SIZE));

        assertThat(Thread.interrupted()).as("the interrupt is kept").isTrue();
        assertThat(e.kind()).isEqualTo(ErrorKind.INTERRUPTED);
        assertThat(wire.heads()).isEmpty();
    }

    @Test
    void a_silent_server_is_given_up_in_time() throws IOException {
        put();
        S3Limits impatient = new S3Limits(Duration.ofSeconds(5), Duration.ofMillis(300), Duration.ofSeconds(20), 4);

        assertGivesUp(impatient, "silent for longer than 0.3 s");
    }

    @Test
    void a_request_that_takes_too_long_is_given_up_in_time() throws IOException {
        put();
        S3Limits impatient = new S3Limits(Duration.ofSeconds(5), Duration.ofSeconds(60), Duration.ofMillis(500), 4);

        assertGivesUp(impatient, "took too long");
    }

    /** The silence limit never strikes, because there is always one byte more. */
    @Test
    void content_that_trickles_is_given_up_in_time() throws IOException {
        once.put(KEY, ByteBuffer.wrap(content, 0, 1000), WriteCondition.always());
        S3Limits impatient = new S3Limits(Duration.ofSeconds(5), Duration.ofSeconds(60), Duration.ofMillis(500), 4);
        S3Settings quick = new S3Settings(settings.bucket(), settings.endpoint(), settings.objects(), impatient);
        try (ObjectStore store = S3ObjectStore.open(quick, server.credentials())) {
            for (boolean whole : new boolean[] {true, false}) {
                wire.breakNext("^GET ", new Fault.TrickledAnswer(Duration.ofMillis(50)));
                long start = System.nanoTime();

                PgAgentException e = failureOf(() -> {
                    if (whole) {
                        store.getSmall(KEY, SIZE);
                    } else {
                        try (InputStream in = store.get(KEY, new ByteRange(0, 1000))) {
                            in.readAllBytes();
                        }
                    }
                });

                assertThat(e.kind()).isEqualTo(ErrorKind.STORE_UNREACHABLE);
                assertThat(e)
                        .hasMessageContaining("cannot read " + KEY)
                        .hasMessageContaining("took too long")
                        .hasMessageContaining("of 1000 bytes");
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
            }
        }
        wire.requireAllHit();
    }

    private void assertGivesUp(S3Limits impatient, String reason) throws IOException {
        S3Settings quick = new S3Settings(settings.bucket(), settings.endpoint(), settings.objects(), impatient);
        try (ObjectStore store = S3ObjectStore.open(quick, server.credentials())) {
            for (String method : new String[] {"HEAD", "GET", "PUT", "POST"}) {
                wire.breakNext("^" + method + " ", new Fault.Silence());
                long start = System.nanoTime();

                PgAgentException e = failureOf(() -> {
                    switch (method) {
                        case "HEAD" -> store.head(KEY);
                        case "GET" -> readAll(store);
                        case "PUT" -> store.put(KEY, ByteBuffer.allocate(1000), WriteCondition.always());
                        default -> store.delete(java.util.List.of(KEY));
                    }
                });

                assertThat(e.kind()).isEqualTo(ErrorKind.STORE_UNREACHABLE);
                assertThat(e).hasMessageContaining(wire.endpoint().toString());
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
                assertThat(e).hasMessageContaining(reason);
            }
        }
        wire.requireAllHit();
        assertThat(Thread.interrupted())
                .as("no interrupt of the SDK's is left over")
                .isFalse();
    }
}
