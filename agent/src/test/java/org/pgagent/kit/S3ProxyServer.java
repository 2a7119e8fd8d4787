package org.pgagent.kit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.gaul.s3proxy.AccessGrant;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;
import org.pgagent.error.PgAgentException;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.s3.PathStyle;
import org.pgagent.storage.s3.S3Bucket;
import org.pgagent.storage.s3.S3Credentials;
import org.pgagent.storage.s3.S3Endpoint;
import org.pgagent.storage.s3.S3Limits;
import org.pgagent.storage.s3.S3ObjectStore;
import org.pgagent.storage.s3.S3Settings;

/**
 * An S3 server in this process that keeps its buckets as directories and checks signatures, on a free port of the loopback
 * address. Counts requests. Thread-safe.
 */
public final class S3ProxyServer implements AutoCloseable {
    public static final String ACCESS_KEY_ID = "pgagent-test-key";
    public static final String SECRET_ACCESS_KEY = "pgagent-test-secret-of-no-value";
    /** Above any part: S3Proxy takes in a signed request whole before it looks at the signature. */
    private static final long REQUEST_MAX_BYTES = 128L << 20;

    private static final int ANY_PORT = 0;

    private final S3Proxy proxy;
    private final BlobStore buckets;
    private final Path directory;
    private final Optional<TestCertificate> certificate;
    private final AtomicLong requests = new AtomicLong();

    private S3ProxyServer(Path directory, Optional<TestCertificate> certificate, int port, Optional<String> host)
            throws Exception {
        this.directory = directory;
        this.certificate = certificate;
        this.buckets = new FilesystemNio2BlobStore(directory.toString());
        S3Proxy.Builder builder = S3Proxy.builder()
                .blobStore(buckets)
                .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, ACCESS_KEY_ID, SECRET_ACCESS_KEY)
                .v4MaxNonChunkedRequestSize(REQUEST_MAX_BYTES)
                .ignoreUnknownHeaders(true);
        if (certificate.isPresent()) {
            builder.secureEndpoint(URI.create("https://127.0.0.1:" + port))
                    .keyStore(
                            certificate.get().keyStore().toString(),
                            certificate.get().password());
        } else {
            builder.endpoint(URI.create("http://127.0.0.1:" + port));
        }
        host.ifPresent(builder::virtualHost);
        proxy = builder.build();
        proxy.setBlobStoreLocator(this::locate);
        proxy.start();
    }

    /** Starts a server for plain http; the directory's sub-directories are the buckets. */
    public static S3ProxyServer start(Path directory) {
        return startOn(ANY_PORT, directory);
    }

    /** The same on a port that the caller has chosen, for a server that is to come back where it was. */
    public static S3ProxyServer startOn(int port, Path directory) {
        return start(directory, Optional.empty(), port, Optional.empty());
    }

    /** Starts a server for https. */
    public static S3ProxyServer startTls(Path directory, TestCertificate certificate) {
        return start(directory, Optional.of(certificate), ANY_PORT, Optional.empty());
    }

    /**
     * The same with buckets that are hosts.
     *
     * @param host what the buckets' names stand before, with a dot; the caller sees to it that clients find them
     */
    public static S3ProxyServer startVirtualHosts(Path directory, String host) {
        return start(directory, Optional.empty(), ANY_PORT, Optional.of(host));
    }

    private static S3ProxyServer start(
            Path directory, Optional<TestCertificate> certificate, int port, Optional<String> host) {
        try {
            S3ProxyServer server = new S3ProxyServer(directory, certificate, port, host);
            Await.until(
                    "S3Proxy is up",
                    java.time.Duration.ofSeconds(30),
                    () -> server.proxy.getState().equals("STARTED"));
            return server;
        } catch (Exception e) {
            throw new AssertionError("cannot start S3Proxy in " + directory, e);
        }
    }

    /** Asked once for each request that names an access key. */
    private AccessGrant locate(String accessKeyId, String bucket, String key) {
        requests.incrementAndGet();
        return ACCESS_KEY_ID.equals(accessKeyId) ? new AccessGrant(SECRET_ACCESS_KEY, buckets) : null;
    }

    public URI endpoint() {
        return certificate.isPresent()
                ? URI.create("https://127.0.0.1:" + proxy.getSecurePort())
                : URI.create("http://127.0.0.1:" + proxy.getPort());
    }

    public String accessKeyId() {
        return ACCESS_KEY_ID;
    }

    public String secretAccessKey() {
        return SECRET_ACCESS_KEY;
    }

    public S3Credentials credentials() {
        return new S3Credentials.Fixed(ACCESS_KEY_ID, SECRET_ACCESS_KEY);
    }

    /** Where the server keeps the objects of a bucket, as files. */
    public Path bucketDirectory(String bucket) {
        return directory.resolve(bucket);
    }

    /** Makes a bucket, unless there is one. */
    public void createBucket(String bucket) {
        try {
            Files.createDirectories(bucketDirectory(bucket));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How many requests have come in since the start. */
    public long requestCount() {
        return requests.get();
    }

    /** What a client needs for a bucket of this server. */
    public S3Settings settings(String bucket, String prefix) {
        return settings(endpoint(), bucket, prefix);
    }

    /** The same for a client that goes through something in between. */
    public S3Settings settings(URI through, String bucket, String prefix) {
        return new S3Settings(
                new S3Bucket(bucket, prefix),
                new S3Endpoint(
                        Optional.of(through),
                        Optional.empty(),
                        PathStyle.AUTO,
                        certificate.map(TestCertificate::authority)),
                PlainObjects.OPTIONS,
                S3Limits.DEFAULT);
    }

    /** A store without retries on a bucket, which is made. */
    public ObjectStore openStore(String bucket, String prefix) {
        createBucket(bucket);
        try {
            return S3ObjectStore.open(settings(bucket, prefix), credentials());
        } catch (PgAgentException e) {
            throw new AssertionError("cannot open a store", e);
        }
    }

    @Override
    public void close() {
        try {
            proxy.stop();
            buckets.close();
        } catch (Exception e) {
            throw new AssertionError("cannot stop S3Proxy", e);
        }
    }
}
