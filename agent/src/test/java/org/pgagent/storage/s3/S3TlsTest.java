package org.pgagent.storage.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.PlainObjects;
import org.pgagent.kit.S3ProxyServer;
import org.pgagent.kit.TestCertificate;
import org.pgagent.storage.ObjectInfo;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.WriteCondition;

/** TLS that works, and the ways in which it does not. */
final class S3TlsTest {
    private static final ObjectKey KEY = new ObjectKey("main/cluster.json");
    private static final String BUCKET = "backups";

    @TempDir
    static Path directory;

    private static TestCertificate certificate;
    private static S3ProxyServer tls;
    private static S3ProxyServer plain;

    @BeforeAll
    static void start() throws IOException {
        certificate = TestCertificate.create(Files.createDirectory(directory.resolve("certificate")));
        tls = S3ProxyServer.startTls(Files.createDirectory(directory.resolve("tls")), certificate);
        plain = S3ProxyServer.start(Files.createDirectory(directory.resolve("plain")));
        tls.createBucket(BUCKET);
        plain.createBucket(BUCKET);
    }

    @AfterAll
    static void stop() {
        tls.close();
        plain.close();
    }

    private static URI withScheme(String scheme, URI uri) {
        return URI.create(scheme + "://127.0.0.1:" + uri.getPort());
    }

    private static PgAgentException failure(URI endpoint, Optional<Path> caFile) {
        S3Settings settings = new S3Settings(
                new S3Bucket(BUCKET, ""),
                new S3Endpoint(Optional.of(endpoint), Optional.empty(), PathStyle.AUTO, caFile),
                PlainObjects.OPTIONS,
                S3Limits.DEFAULT);
        try (ObjectStore store = S3ObjectStore.open(settings, tls.credentials())) {
            store.put(KEY, ByteBuffer.allocate(2 << 20), WriteCondition.always());
        } catch (PgAgentException e) {
            assertThat(e).hasMessageContaining(endpoint.toString());
            return e;
        } catch (IOException e) {
            throw new AssertionError("not translated", e);
        }
        throw new AssertionError("did not fail");
    }

    @Test
    void trusts_the_authority_of_the_ca_file() throws IOException {
        try (ObjectStore store = tls.openStore(BUCKET, "")) {
            ObjectInfo put = store.put(KEY, ByteBuffer.allocate(2 << 20), WriteCondition.always());

            assertThat(store.head(KEY))
                    .hasValueSatisfying(head -> assertThat(head.etag()).isEqualTo(put.etag()));
        }
    }

    @Test
    void says_that_a_certificate_is_not_trusted() {
        PgAgentException e = failure(tls.endpoint(), Optional.empty());

        assertThat(e.kind()).isEqualTo(ErrorKind.STORE_TLS);
        assertThat(e).hasMessageContaining("not trusted");
        assertThat(e.hint()).contains("--ca-file");
    }

    @Test
    void says_that_a_certificate_is_for_another_host() throws IOException {
        TestCertificate other =
                TestCertificate.createForAnotherHost(Files.createDirectory(directory.resolve("other-certificate")));
        try (S3ProxyServer server = S3ProxyServer.startTls(Files.createDirectory(directory.resolve("other")), other)) {
            PgAgentException e = failure(server.endpoint(), Optional.of(other.authority()));

            assertThat(e.kind()).isEqualTo(ErrorKind.STORE_TLS);
            assertThat(e).hasMessageContaining("another host");
        }
    }

    @Test
    void says_that_https_was_spoken_to_an_http_port() {
        PgAgentException e = failure(withScheme("https", plain.endpoint()), Optional.of(certificate.authority()));

        assertThat(e.kind()).isEqualTo(ErrorKind.STORE_TLS);
        assertThat(e.hint()).contains("http://").contains("--endpoint");
    }

    @Test
    void says_that_http_may_have_been_spoken_to_an_https_port() {
        // This server just hangs up, as one that is restarting does; others complain in plain words, see S3AnswerTest.
        PgAgentException e = failure(withScheme("http", tls.endpoint()), Optional.empty());

        assertThat(e.kind()).isEqualTo(ErrorKind.STORE_FAILED);
        assertThat(e.hint()).contains("https://").contains("--endpoint");
    }

    @Test
    void says_that_a_ca_file_cannot_be_used() throws IOException {
        Path notPem = Files.writeString(directory.resolve("not.pem"), "hello");
        Path empty = Files.createFile(directory.resolve("empty.pem"));

        for (Path file : new Path[] {notPem, empty, directory.resolve("missing.pem")}) {
            S3Settings settings = new S3Settings(
                    new S3Bucket(BUCKET, ""),
                    new S3Endpoint(Optional.of(tls.endpoint()), Optional.empty(), PathStyle.AUTO, Optional.of(file)),
                    PlainObjects.OPTIONS,
                    S3Limits.DEFAULT);
            assertThatExceptionOfType(PgAgentException.class)
                    .isThrownBy(() ->
                            S3ObjectStore.open(settings, tls.credentials()).close())
                    .withMessageContaining(file.toString())
                    .satisfies(e -> assertThat(e.kind()).isEqualTo(ErrorKind.CONFIGURATION));
        }
    }
}
