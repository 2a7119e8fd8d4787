package org.pgagent.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.pgagent.kit.PostgresBinaries;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.S3ProxyServer;
import org.pgagent.kit.ScratchDirectory;
import org.pgagent.kit.TestCertificate;
import org.pgagent.kit.ToolRun;

/** What the small runtime must have beyond the obvious: TLS with elliptic curves, SCRAM, the native libraries. */
final class ShippedRuntimeIT {
    private static final Distribution DISTRIBUTION = Distribution.built();

    private static ScratchDirectory scratch;
    private static S3ProxyServer store;
    private static PostgresCluster cluster;
    private static Map<String, String> environment;

    @BeforeAll
    static void start() {
        scratch = ScratchDirectory.create();
        TestCertificate certificate = TestCertificate.create(scratch.createReadable("tls"));
        store = S3ProxyServer.startTls(scratch.createReadable("buckets"), certificate);
        store.createBucket("backups");
        environment = Map.of(
                "PGAGENT_BUCKET", "s3://backups",
                "PGAGENT_ENDPOINT", store.endpoint().toString(),
                "PGAGENT_CA_FILE", certificate.authority().toString(),
                "AWS_ACCESS_KEY_ID", store.accessKeyId(),
                "AWS_SECRET_ACCESS_KEY", store.secretAccessKey(),
                "PGPASSWORD", "horse");
        PostgresSetup setup = PostgresSetup.ofVersion(PostgresBinaries.newestMajor())
                .withTcp()
                .withArchiveCommand(DISTRIBUTION.command("wal-push %p"));
        for (Map.Entry<String, String> variable : environment.entrySet()) {
            setup = setup.withEnvironment(variable.getKey(), variable.getValue());
        }
        cluster = setup.start();
        cluster.sql("CREATE ROLE scram SUPERUSER LOGIN PASSWORD 'horse'");
    }

    @AfterAll
    static void stop() {
        cluster.close();
        store.close();
        scratch.close();
    }

    @Test
    void backs_up_over_tls_after_logging_in_with_scram() {
        ToolRun backup = onServer(Map.of(), "backup", "--compress", "lz4");

        assertThat(backup.exitStatus()).as(backup.output()).isZero();
        assertThat(backup.output()).contains("is complete, status OK").doesNotContain("WARNING");
        assertThat(DISTRIBUTION.run(environment, "show").output()).contains("FULL");
    }

    @Test
    void needs_no_room_for_its_native_libraries() {
        for (String codec : new String[] {"lz4", "zstd"}) {
            ToolRun backup = onServer(
                    Map.of("PGAGENT_JAVA_OPTS", "-Djava.io.tmpdir=/nonexistent"),
                    "backup",
                    "--type",
                    "full",
                    "--compress",
                    codec);

            assertThat(backup.exitStatus()).as(backup.output()).isZero();
            assertThat(backup.output()).contains(codec);
        }
    }

    @Test
    void many_workers_get_the_memory_that_they_need() {
        ToolRun many = onServer(Map.of("PGAGENT_JOBS", "32"), "backup", "--type", "full");

        assertThat(many.exitStatus()).as(many.output()).isZero();
        assertThat(many.output()).doesNotContain("fewer workers");

        ToolRun little = onServer(Map.of("PGAGENT_JAVA_OPTS", "-Xmx100m"), "backup", "--type", "full");

        assertThat(little.exitStatus()).as(little.output()).isZero();
        assertThat(little.output()).contains("memory for fewer workers", "jobs=2 asked=4");
    }

    private static ToolRun onServer(Map<String, String> more, String... arguments) {
        Map<String, String> all = new HashMap<>(environment);
        all.putAll(more);
        all.put("PGAGENT_PGDATA", cluster.dataDirectory().toString());
        all.put("PGAGENT_HOST", "127.0.0.1");
        all.put("PGAGENT_PORT", Integer.toString(cluster.port()));
        all.put("PGAGENT_USER", "scram");
        all.put("PGAGENT_DBNAME", "postgres");
        return DISTRIBUTION.run(all, arguments);
    }
}
