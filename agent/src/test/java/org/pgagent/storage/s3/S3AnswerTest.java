package org.pgagent.storage.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.FaultyWire;
import org.pgagent.kit.FaultyWire.Fault;
import org.pgagent.kit.S3ProxyServer;
import org.pgagent.storage.ByteRange;
import org.pgagent.storage.ContentMismatchException;
import org.pgagent.storage.ListDepth;
import org.pgagent.storage.ObjectChangedException;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectMissingException;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.WriteCondition;

/** What becomes of each answer that a store may give. */
final class S3AnswerTest {
    private static final ObjectKey KEY = new ObjectKey("main/cluster.json");

    private static S3ProxyServer server;

    private FaultyWire wire;
    private ObjectStore store;

    @BeforeAll
    static void start(@TempDir Path directory) {
        server = S3ProxyServer.start(directory);
        server.createBucket("backups");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void open() throws IOException {
        wire = FaultyWire.to(server.endpoint());
        store = S3ObjectStore.open(server.settings(wire.endpoint(), "backups", ""), server.credentials());
    }

    @AfterEach
    void close() {
        store.close();
        wire.close();
    }

    private PgAgentException failureOf(ThrowingCallable call) {
        PgAgentException failure = catchThrowableOfType(PgAgentException.class, call);
        assertThat(failure).isNotNull();
        assertThat(failure.hint()).isNotBlank();
        wire.requireAllHit();
        return failure;
    }

    private void put(WriteCondition condition) throws IOException {
        store.put(KEY, ByteBuffer.allocate(10), condition);
    }

    @ParameterizedTest
    @CsvSource({
        "400 Bad Request, BadDigest, STORE_FAILED",
        "400 Bad Request, RequestTimeout, STORE_FAILED",
        "400 Bad Request, IncompleteBody, STORE_FAILED",
        "400 Bad Request, ExpiredToken, STORE_DENIED",
        "400 Bad Request, InvalidRequest, STORE_DENIED",
        "400 Bad Request, EntityTooLarge, STORE_DENIED",
        "401 Unauthorized, Whatever, STORE_DENIED",
        "403 Forbidden, AccessDenied, STORE_DENIED",
        "403 Forbidden, SignatureDoesNotMatch, STORE_DENIED",
        "403 Forbidden, InvalidAccessKeyId, STORE_DENIED",
        "403 Forbidden, InvalidObjectState, STORE_DENIED",
        "403 Forbidden, RequestTimeTooSkewed, STORE_CLOCK_SKEW",
        "403 Forbidden, QuotaExceeded, STORE_DENIED",
        "404 Not Found, NoSuchBucket, STORE_MISSING",
        "404 Not Found, NoSuchKey, OBJECT_MISSING",
        "404 Not Found, Whatever, STORE_DENIED",
        "405 Method Not Allowed, MethodNotAllowed, STORE_DENIED",
        "408 Request Timeout, Whatever, STORE_FAILED",
        "409 Conflict, OperationAborted, STORE_FAILED",
        "416 Range Not Satisfiable, InvalidRange, CORRUPTED",
        "429 Too Many Requests, Whatever, STORE_FAILED",
        "500 Internal Server Error, InternalError, STORE_FAILED",
        "501 Not Implemented, NotImplemented, STORE_DENIED",
        "502 Bad Gateway, Whatever, STORE_FAILED",
        "503 Service Unavailable, SlowDown, STORE_FAILED",
        "507 Insufficient Storage, XMinioStorageFull, STORE_FAILED",
    })
    void an_error_has_its_kind(String status, String code, ErrorKind kind) {
        wire.breakNext("^GET ", FaultyWire.error(status, code, "x-amz-request-id: 4711\r\n"));

        PgAgentException e = failureOf(() -> store.getSmall(KEY, 100));

        assertThat(e.kind()).isEqualTo(kind);
        if (kind != ErrorKind.OBJECT_MISSING) {
            assertThat(e)
                    .hasMessageContaining(code)
                    .hasMessageContaining("4711")
                    .hasMessageContaining("s3://backups");
        }
    }

    @Test
    void a_missing_right_is_named() {
        wire.breakNext("^PUT ", FaultyWire.error("403 Forbidden", "AccessDenied", ""));

        PgAgentException e = failureOf(() -> put(WriteCondition.always()));

        assertThat(e.kind()).isEqualTo(ErrorKind.STORE_DENIED);
        assertThat(e.hint()).contains("s3:PutObject").contains("s3://backups").contains("access key ending in -key");
    }

    @Test
    void a_skewed_clock_is_told_with_both_times() {
        Fault.Answer skewed =
                FaultyWire.error("403 Forbidden", "RequestTimeTooSkewed", "Date: Fri, 01 Jan 2027 00:00:00 GMT\r\n");
        wire.breakNext("^GET ", skewed);

        PgAgentException e = failureOf(() -> store.getSmall(KEY, 100));

        assertThat(e.kind()).isEqualTo(ErrorKind.STORE_CLOCK_SKEW);
        assertThat(e)
                .hasMessageContaining("the store's 2027-01-01T00:00:00Z")
                .hasMessageContaining("this host's clock");
        assertThat(e.hint()).contains("NTP");
    }

    @Test
    void a_head_learns_its_reason_from_a_get() {
        for (String status : List.of("400 Bad Request", "403 Forbidden", "404 Not Found", "301 Moved Permanently")) {
            wire.breakNext(
                    "^HEAD ",
                    new Fault.Answer("HTTP/1.1 " + status + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
            wire.breakNext("^GET ", FaultyWire.error("403 Forbidden", "RequestTimeTooSkewed", ""));

            assertThat(failureOf(() -> store.head(KEY)).kind()).isEqualTo(ErrorKind.STORE_CLOCK_SKEW);
        }
    }

    @Test
    void the_right_region_is_named() {
        wire.breakNext(
                "^GET ",
                FaultyWire.error(
                        "301 Moved Permanently", "PermanentRedirect", "x-amz-bucket-region: eu-central-1\r\n"));
        PgAgentException redirected = failureOf(() -> store.getSmall(KEY, 100));
        assertThat(redirected.kind()).isEqualTo(ErrorKind.CONFIGURATION);
        assertThat(redirected.hint()).contains("--region eu-central-1");

        String body =
                "<Error><Code>AuthorizationHeaderMalformed</Code><Message>The authorization header is malformed; the "
                        + "region 'us-east-1' is wrong; expecting 'eu-west-3'</Message></Error>";
        wire.breakNext(
                "^GET ",
                new Fault.Answer("HTTP/1.1 400 Bad Request\r\nContent-Length: " + body.length()
                        + "\r\nConnection: close\r\n\r\n" + body));
        PgAgentException malformed = failureOf(() -> store.getSmall(KEY, 100));
        assertThat(malformed.kind()).isEqualTo(ErrorKind.CONFIGURATION);
        assertThat(malformed.hint()).contains("--region eu-west-3");
    }

    @Test
    void no_web_server_is_taken_for_a_store_without_the_object() throws IOException {
        String page = "<html><body>404, no such page</body></html>";
        Fault.Answer notFound = new Fault.Answer("HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: "
                + page.length() + "\r\nConnection: close\r\n\r\n" + page);
        wire.breakNext("^GET ", notFound);
        assertThat(failureOf(() -> store.getSmall(KEY, 100)).kind()).isEqualTo(ErrorKind.STORE_DENIED);

        wire.breakNext("^HEAD ", notFound);
        wire.breakNext("^GET ", notFound);
        assertThat(failureOf(() -> store.head(KEY)).kind()).isEqualTo(ErrorKind.STORE_DENIED);
    }

    @Test
    void a_server_that_says_yes_to_everything_is_not_believed() {
        for (String method : List.of("PUT", "HEAD", "GET", "POST")) {
            wire.breakNext("^" + method + " ", success("", method.equals("HEAD") ? "" : "<html></html>"));
        }

        assertThat(failureOf(() -> {
                            assertThat(catchThrowableOfType(PgAgentException.class, () -> put(WriteCondition.always())))
                                    .isNotNull();
                            assertThat(catchThrowableOfType(PgAgentException.class, () -> store.head(KEY)))
                                    .isNotNull();
                            assertThat(catchThrowableOfType(PgAgentException.class, () -> store.getSmall(KEY, 100)))
                                    .isNotNull();
                            store.startUpload(KEY);
                        })
                        .hint())
                .contains("--endpoint");
    }

    @Test
    void a_server_that_wants_tls_is_recognised_by_its_complaint() {
        String page = "Client sent an HTTP request to an HTTPS server.\n";
        wire.breakNext("^GET ", new Fault.Answer("HTTP/1.0 400 Bad Request\r\n\r\n" + page));

        PgAgentException e = failureOf(() -> store.getSmall(KEY, 100));

        assertThat(e.kind()).isEqualTo(ErrorKind.STORE_TLS);
        assertThat(e.hint()).contains("https://");
    }

    @Test
    void conditions_that_do_not_hold_are_told_apart_from_a_missing_object() {
        wire.breakNext("^PUT ", FaultyWire.error("412 Precondition Failed", "PreconditionFailed", ""));
        assertThatExceptionOfType(ObjectChangedException.class).isThrownBy(() -> put(WriteCondition.ifAbsent()));

        wire.breakNext("^PUT ", FaultyWire.error("404 Not Found", "NoSuchKey", ""));
        assertThatExceptionOfType(ObjectChangedException.class)
                .isThrownBy(() -> put(WriteCondition.ifUnchanged("etag")));

        wire.breakNext("^PUT ", FaultyWire.error("404 Not Found", "NoSuchBucket", ""));
        assertThat(failureOf(() -> put(WriteCondition.ifUnchanged("etag"))).kind())
                .isEqualTo(ErrorKind.STORE_MISSING);
    }

    private static Fault.Answer success(String headers, String body) {
        return new Fault.Answer("HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: " + body.length()
                + "\r\nConnection: close\r\n" + headers + "\r\n" + body);
    }

    @Test
    void a_deletion_that_failed_for_some_keys_is_a_failure() {
        wire.breakNext(
                "^POST ",
                success(
                        "",
                        "<DeleteResult><Error><Key>main/a</Key><Code>AccessDenied</Code><Message>no</Message></Error>"
                                + "<Error><Key>main/b</Key><Code>NoSuchKey</Code></Error></DeleteResult>"));

        PgAgentException e = failureOf(() -> store.delete(List.of(KEY)));

        assertThat(e.kind()).isEqualTo(ErrorKind.STORE_DENIED);
        assertThat(e).hasMessageContaining("main/a");
        assertThat(e.getSuppressed()).isEmpty();

        wire.breakNext(
                "^POST ",
                success("", "<DeleteResult><Error><Key>main/a</Key><Code>InternalError</Code></Error></DeleteResult>"));
        assertThat(failureOf(() -> store.delete(List.of(KEY))).kind()).isEqualTo(ErrorKind.STORE_FAILED);
    }

    /** A whole one, of one page. */
    private static Fault.Answer listing(String found) {
        return success("", "<ListBucketResult><IsTruncated>false</IsTruncated>" + found + "</ListBucketResult>");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "<html></html>", "<html><br></html>", "<ListBucketResult></ListBucketResult>"})
    void an_answer_that_does_not_say_whether_it_is_all_is_no_empty_listing(String body) {
        wire.breakNext("^GET ", success("", body));
        assertThat(failureOf(() -> store.list("main/", ListDepth.ALL, Optional.empty()))
                        .kind())
                .isEqualTo(ErrorKind.STORE_FAILED);

        wire.breakNext("^GET ", success("", body));
        assertThat(failureOf(() -> store.unfinishedUploads("")).kind()).isEqualTo(ErrorKind.STORE_FAILED);
    }

    @Test
    void a_listing_does_not_end_before_its_end() {
        wire.breakNext("^GET ", success("", "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"));

        assertThat(failureOf(() -> store.list("", ListDepth.ALL, Optional.empty()))
                        .kind())
                .isEqualTo(ErrorKind.STORE_FAILED);
    }

    @Test
    void a_listing_leaves_out_what_others_have_put_into_the_bucket() throws IOException {
        wire.breakNext(
                "^GET ",
                listing("<Contents><Key>main/</Key><Size>0</Size><ETag>e</ETag></Contents><Contents><Key>main//x</Key>"
                        + "<Size>0</Size><ETag>e</ETag></Contents><Contents><Key>main/x</Key><Size>1</Size>"
                        + "<ETag>&quot;e&quot;</ETag></Contents>"));

        assertThat(store.list("main/", ListDepth.ALL, Optional.empty()).objects())
                .singleElement()
                .satisfies(info -> {
                    assertThat(info.key().value()).isEqualTo("main/x");
                    assertThat(info.etag()).isEqualTo("e");
                });
    }

    @Test
    void a_listing_that_shows_an_object_half_written_is_asked_for_again() {
        String key = "<Key>main/x</Key><Size>1</Size>";
        wire.breakNext("^GET ", listing("<Contents>" + key + "</Contents>"));

        PgAgentException e = failureOf(() -> store.list("main/", ListDepth.ALL, Optional.empty()));

        assertThat(e).hasMessageContaining("main/x without an ETag");
        assertThat(e.kind().worthRetrying()).isTrue();
    }

    @Test
    void a_range_that_is_not_the_one_asked_for_is_refused() {
        ByteRange range = new ByteRange(5, 10);
        wire.breakNext("^GET ", success("ETag: e\r\n", "0123456789"));
        assertThat(failureOf(() -> store.get(KEY, range)).kind()).isEqualTo(ErrorKind.STORE_FAILED);

        wire.breakNext("^GET ", partial("bytes 0-4/10", "01234"));
        assertThat(failureOf(() -> store.get(KEY, range)).kind()).isEqualTo(ErrorKind.STORE_FAILED);

        wire.breakNext("^GET ", partial("bytes 5-6/7", "56"));
        assertThat(failureOf(() -> store.get(KEY, range)).kind()).isEqualTo(ErrorKind.CORRUPTED);
    }

    private static Fault.Answer partial(String range, String body) {
        return new Fault.Answer("HTTP/1.1 206 Partial Content\r\nContent-Range: " + range + "\r\nContent-Length: "
                + body.length() + "\r\nConnection: close\r\n\r\n" + body);
    }

    /** 0xe3069283 is the check value of CRC-32C. */
    @Test
    void a_small_object_that_is_not_what_was_stored_is_asked_for_again() throws IOException {
        String checksum = "ETag: e\r\nx-amz-checksum-crc32c: 4waSgw==\r\n";
        wire.breakNext("^GET ", success(checksum, "123456788"));

        PgAgentException e = failureOf(() -> store.getSmall(KEY, 100));

        assertThat(e.kind()).isEqualTo(ErrorKind.STORE_FAILED);
        assertThat(e).hasMessageContaining(KEY.value()).hasMessageContaining("checksum");

        assertThat(e).isInstanceOf(ContentMismatchException.class);

        wire.breakNext("^GET ", success(checksum, "123456789"));
        assertThat(store.getSmall(KEY, 100).bytes()).asString().isEqualTo("123456789");
        wire.requireAllHit();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x-amz-checksum-crc32c: 4waSgw==-2\r\n", "x-amz-checksum-from-the-future: 1\r\n"})
    void a_store_that_tells_no_checksum_of_the_whole_is_believed(String header) throws IOException {
        wire.breakNext("^GET ", success("ETag: e\r\n" + header, "123456788"));

        assertThat(store.getSmall(KEY, 100).bytes()).asString().isEqualTo("123456788");
        wire.requireAllHit();
    }

    @Test
    void missing_objects_stay_missing() {
        wire.breakNext("^GET ", FaultyWire.error("404 Not Found", "NoSuchKey", ""));
        assertThatExceptionOfType(ObjectMissingException.class).isThrownBy(() -> store.get(KEY, new ByteRange(0, 1)));
    }
}
