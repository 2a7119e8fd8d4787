package org.pgagent.storage.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.S3ProxyServer;
import org.pgagent.storage.ByteRange;
import org.pgagent.storage.ListDepth;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.WriteCondition;

/** What an operator hears of wrong settings, from a real server. */
final class S3RefusalTest {
    private static final ObjectKey KEY = new ObjectKey("main/cluster.json");
    private static final String SECRET = "a-secret-that-no-message-may-have";

    private static S3ProxyServer server;

    @BeforeAll
    static void start(@TempDir Path directory) {
        server = S3ProxyServer.start(directory);
        server.createBucket("backups");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    /** One of each request that can be refused. */
    @FunctionalInterface
    private interface Request {
        void send(ObjectStore store) throws IOException;
    }

    private static final List<Request> REQUESTS = List.of(
            store -> store.head(KEY),
            store -> store.getSmall(KEY, 100),
            store -> store.get(KEY, new ByteRange(0, 1)).close(),
            store -> store.list("", ListDepth.ALL, Optional.empty()),
            store -> store.put(KEY, ByteBuffer.allocate(1), WriteCondition.ifAbsent()),
            store -> store.startUpload(KEY).close(),
            store -> store.unfinishedUploads(""),
            store -> store.delete(List.of(KEY)));

    private static PgAgentException refusal(S3Settings settings, S3Credentials credentials, Request request) {
        try (ObjectStore store = S3ObjectStore.open(settings, credentials)) {
            request.send(store);
        } catch (PgAgentException e) {
            assertThat(e.getMessage()).doesNotContain(SECRET).doesNotContain(server.secretAccessKey());
            assertThat(e.hint()).isNotBlank().doesNotContain(SECRET).doesNotContain(server.secretAccessKey());
            return e;
        } catch (IOException e) {
            throw new AssertionError("not translated", e);
        }
        throw new AssertionError("not refused: request " + REQUESTS.indexOf(request));
    }

    @Test
    void a_missing_bucket_is_said_by_every_request() {
        // Not by the last, deletion, of which S3Proxy says that nothing is left to delete.
        for (Request request : REQUESTS.subList(0, REQUESTS.size() - 1)) {
            PgAgentException e = refusal(server.settings("no-such-bucket", "p"), server.credentials(), request);

            assertThat(e.kind()).isEqualTo(ErrorKind.STORE_MISSING);
            assertThat(e).hasMessageContaining("s3://no-such-bucket/p");
        }
    }

    @Test
    void a_wrong_secret_is_said_by_every_request() {
        for (Request request : REQUESTS) {
            PgAgentException e = refusal(
                    server.settings("backups", ""), new S3Credentials.Fixed(server.accessKeyId(), SECRET), request);

            assertThat(e.kind()).isEqualTo(ErrorKind.STORE_DENIED);
            assertThat(e.hint()).contains("access key ending in -key").contains("secret");
        }
    }

    @Test
    void an_unknown_access_key_is_said_by_every_request() {
        for (Request request : REQUESTS) {
            PgAgentException e = refusal(
                    server.settings("backups", ""), new S3Credentials.Fixed("nobody-knows-this", SECRET), request);

            assertThat(e.kind()).isEqualTo(ErrorKind.STORE_DENIED);
            assertThat(e.hint()).contains("access key ending in this");
        }
    }

    @Test
    void credentials_do_not_print_their_secret() {
        assertThat(new S3Credentials.Fixed("id", SECRET).toString()).doesNotContain(SECRET);
    }

    @Test
    void the_chain_finds_credentials_where_the_sdk_looks() throws IOException {
        System.setProperty("aws.accessKeyId", server.accessKeyId());
        System.setProperty("aws.secretAccessKey", server.secretAccessKey());
        try (ObjectStore store = S3ObjectStore.open(server.settings("backups", ""))) {
            assertThat(store.head(KEY)).isEmpty();
        } finally {
            System.clearProperty("aws.accessKeyId");
            System.clearProperty("aws.secretAccessKey");
        }
    }

    @Test
    void missing_credentials_are_said_with_the_places_to_put_them() throws IOException {
        CredentialsInUse none = new CredentialsInUse(() -> {
            throw software.amazon.awssdk.core.exception.SdkClientException.create("nobody in the chain has any");
        });
        try (ObjectStore store = S3ObjectStore.open(server.settings("backups", ""), none)) {
            PgAgentException e =
                    org.assertj.core.api.Assertions.catchThrowableOfType(PgAgentException.class, () -> store.head(KEY));

            assertThat(e.kind()).isEqualTo(ErrorKind.STORE_DENIED);
            assertThat(e).hasMessageContaining("no credentials for s3://backups");
            assertThat(e.hint()).contains("AWS_ACCESS_KEY_ID").contains("AWS_PROFILE");
        }
    }

    @Test
    void a_port_where_nobody_listens_is_unreachable() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        URI endpoint = URI.create("http://127.0.0.1:" + port);

        PgAgentException e = refusal(server.settings(endpoint, "backups", ""), server.credentials(), REQUESTS.get(0));

        assertThat(e.kind()).isEqualTo(ErrorKind.STORE_UNREACHABLE);
        assertThat(e).hasMessageContaining(endpoint.toString()).hasMessageContaining("refused");
    }

    @Test
    void a_host_that_nobody_knows_is_unreachable() {
        URI endpoint = URI.create("http://no-such-host.invalid:9000");

        PgAgentException e = refusal(server.settings(endpoint, "backups", ""), server.credentials(), REQUESTS.get(0));

        assertThat(e.kind()).isEqualTo(ErrorKind.STORE_UNREACHABLE);
        assertThat(e).hasMessageContaining(endpoint.toString());
    }

    @Test
    void a_host_that_does_not_answer_a_connection_is_unreachable_in_time() throws IOException {
        // A listener whose queue is full drops what else arrives.
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            URI endpoint = URI.create("http://127.0.0.1:" + full.getLocalPort());
            java.util.ArrayList<java.net.Socket> queue = new java.util.ArrayList<>();
            try {
                for (int i = 0; i < 4; i++) {
                    java.net.Socket socket = new java.net.Socket();
                    queue.add(socket);
                    connect(socket, full);
                }
                S3Settings usual = server.settings(endpoint, "backups", "");
                S3Settings quick = new S3Settings(
                        usual.bucket(),
                        usual.endpoint(),
                        usual.objects(),
                        new S3Limits(Duration.ofMillis(300), Duration.ofSeconds(5), Duration.ofSeconds(10), 2));

                PgAgentException e = refusal(quick, server.credentials(), REQUESTS.get(0));

                assertThat(e.kind()).isEqualTo(ErrorKind.STORE_UNREACHABLE);
            } finally {
                for (java.net.Socket socket : queue) {
                    socket.close();
                }
            }
        }
    }

    private static void connect(java.net.Socket socket, ServerSocket full) throws IOException {
        try {
            socket.connect(full.getLocalSocketAddress(), 200);
        } catch (java.net.SocketTimeoutException e) {
            assertThat(socket.isConnected()).isFalse(); // the queue is full, as it should be
        }
    }
}
