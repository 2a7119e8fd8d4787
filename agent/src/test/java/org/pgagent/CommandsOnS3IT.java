package org.pgagent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.kit.FaultyWire;
import org.pgagent.kit.PublishedClassPath;
import org.pgagent.kit.S3ProxyServer;
import org.pgagent.kit.ToolRun;

/** What somebody sees whose store is not as it should be: the verbs as processes of their own. */
final class CommandsOnS3IT {
    @TempDir
    private static Path directory;

    private static S3ProxyServer store;

    @BeforeAll
    static void start() {
        store = S3ProxyServer.start(directory);
        store.createBucket("backups");
    }

    @AfterAll
    static void stop() {
        store.close();
    }

    private static ToolRun pgagent(String secret, String bucket, String endpoint, String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--bucket", bucket, "--endpoint", endpoint, "--retries", "1"));
        return ToolRun.of(List.of(
                "env",
                "AWS_ACCESS_KEY_ID=" + store.accessKeyId(),
                "AWS_SECRET_ACCESS_KEY=" + secret,
                "sh",
                "-c",
                PublishedClassPath.command("org.pgagent.Main", all.toArray(String[]::new))));
    }

    private static void assertRefused(ToolRun run, int status) {
        assertThat(run.output()).contains("pgagent: error: ").contains("hint: ");
        assertThat(run.output()).doesNotContain("\tat ").doesNotContain(store.secretAccessKey());
        assertThat(run.exitStatus()).isEqualTo(status);
    }

    @Test
    void a_good_store_is_good() {
        ToolRun run = pgagent(
                store.secretAccessKey(), "s3://backups/pg", store.endpoint().toString(), "show");

        assertThat(run.output()).contains("There is no backup of 'main' in s3://backups/pg");
        assertThat(run.exitStatus()).isZero();
    }

    @Test
    void check_tries_the_store_even_if_there_is_no_server() {
        ToolRun run = pgagent(
                store.secretAccessKey(), "backups", store.endpoint().toString(), "check", "-h", directory.toString());

        assertThat(run.output())
                .containsPattern("good +write")
                .containsPattern("good +conditional writes +honoured")
                .containsPattern("bad +connection")
                .containsPattern("not tried +archiving");
        assertThat(run.exitStatus()).isEqualTo(15);
    }

    /** The name of the bucket's host is the only one that leads anywhere. */
    @Test
    void a_bucket_can_be_a_host(@TempDir Path buckets) throws IOException {
        Path hosts = Files.writeString(buckets.resolve("hosts"), "127.0.0.1 backups.s3.test\n");
        try (S3ProxyServer server =
                        S3ProxyServer.startVirtualHosts(Files.createDirectory(buckets.resolve("s3")), "s3.test");
                FaultyWire wire = FaultyWire.to(server.endpoint())) {
            server.createBucket("backups");
            int port = wire.endpoint().getPort();
            String program = PublishedClassPath.command(
                    "org.pgagent.Main",
                    "check",
                    "-h",
                    buckets.toString(),
                    "--bucket",
                    "s3://backups/pg",
                    "--endpoint",
                    "http://s3.test:" + port,
                    "--path-style",
                    "virtual-host",
                    "--retries",
                    "1");

            ToolRun run = ToolRun.of(List.of(
                    "env",
                    "JAVA_TOOL_OPTIONS=-Djdk.net.hosts.file=" + hosts,
                    "AWS_ACCESS_KEY_ID=" + server.accessKeyId(),
                    "AWS_SECRET_ACCESS_KEY=" + server.secretAccessKey(),
                    "sh",
                    "-c",
                    program));

            assertThat(run.output())
                    .containsPattern("good +write +put, multipart upload, get and delete work")
                    .containsPattern("good +conditional writes +honoured");
            assertThat(wire.heads())
                    .anyMatch(head -> head.startsWith("PUT /pg/main/probe-"))
                    .anyMatch(head -> head.startsWith("GET /pg/main/probe-"))
                    .allMatch(head -> head.toLowerCase(Locale.ROOT).contains("\nhost: backups.s3.test:" + port));
        }
    }

    @Test
    void a_wrong_secret_is_denied() {
        assertRefused(pgagent("wrong", "backups", store.endpoint().toString(), "show"), 31);
    }

    @Test
    void a_bucket_that_does_not_exist_is_missing() {
        assertRefused(
                pgagent(
                        store.secretAccessKey(),
                        "no-such-bucket",
                        store.endpoint().toString(),
                        "show"),
                30);
    }

    @Test
    void an_endpoint_where_nobody_listens_is_unreachable() throws IOException {
        int free;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            free = socket.getLocalPort();
        }

        assertRefused(pgagent(store.secretAccessKey(), "backups", "http://127.0.0.1:" + free, "show"), 32);
    }

    @Test
    void https_against_a_port_that_speaks_http_is_told_as_that() {
        String endpoint = store.endpoint().toString().replace("http://", "https://");

        assertRefused(pgagent(store.secretAccessKey(), "backups", endpoint, "show"), 35);
    }

    @Test
    void none_of_this_looks_like_the_end_of_the_archive_to_a_recovery() {
        String[] fetch = {
            "wal-fetch", "000000010000000000000001", directory.resolve("x").toString()
        };

        for (ToolRun run : List.of(
                pgagent("wrong", "backups", store.endpoint().toString(), fetch),
                pgagent(
                        store.secretAccessKey(),
                        "no-such-bucket",
                        store.endpoint().toString(),
                        fetch),
                pgagent(store.secretAccessKey(), "backups", "http://127.0.0.1:1", fetch),
                pgagent(store.secretAccessKey(), "backups", store.endpoint().toString(), fetch))) {
            assertRefused(run, 126);
        }
    }
}
