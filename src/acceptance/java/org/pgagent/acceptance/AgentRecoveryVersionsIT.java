package org.pgagent.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgagent.kit.Await;
import org.pgagent.kit.ClusterContent;
import org.pgagent.kit.FaultyWire;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.ScratchDirectory;
import org.pgagent.kit.ToolRun;

/**
 * What must hold of recovery on every version, through the program and its agent: one server of each, whose tests leave its
 * archive as whole as they found it, and spoil copies only. Versions take turns with WAL segments of 1 MiB and of 64 MiB,
 * the other way round than in {@link AgentVersionsIT}.
 */
@ParameterizedClass(name = "PostgreSQL {0}")
@MethodSource("org.pgagent.kit.PostgresBinaries#majors")
final class AgentRecoveryVersionsIT {
    private static final Distribution DISTRIBUTION = Distribution.built();
    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final String EVERY_REQUEST = "";

    /** The server's words for the exit status 126. */
    private static final Pattern NOT_RESTORED =
            Pattern.compile("FATAL: .*could not restore file .*: command not executable");

    private static StoreProcess store;
    private static ScratchDirectory scratch;
    private static ArchivingServer server;

    private final String name;

    AgentRecoveryVersionsIT(int major) {
        this.name = name(major);
    }

    @BeforeAll
    static void startStore() {
        store = StoreProcess.start();
        scratch = ScratchDirectory.create();
    }

    @AfterAll
    static void stopStore() {
        store.close();
        scratch.close();
    }

    @BeforeParameterizedClassInvocation
    static void startServer(int major) {
        server = ArchivingServer.start(
                DISTRIBUTION,
                store.environment(name(major)),
                PostgresSetup.ofVersion(major)
                        .withWalSegmentMiB(major % 2 == 0 ? 1 : 64)
                        .withArchiveCommand(DISTRIBUTION.command("wal-push %p")));
        server.backUp();
    }

    @AfterParameterizedClassInvocation
    static void stopServer() {
        server.close();
    }

    private static String name(int major) {
        return "v" + major;
    }

    /** A place to restore into, where nothing is. */
    private static Path nowhere() {
        return scratch.resolve("nowhere");
    }

    /** Case 20. */
    @Test
    void a_recovery_without_its_store_stops_and_goes_on_when_the_store_is_back() throws IOException {
        server.archiveRow(2000);
        ClusterContent content = ClusterContent.of(server.cluster());
        try (RestoredServer restored = RestoredServer.of(server, "--retries", "1")) {
            startWithoutStore(restored.cluster());
            requireStopped(restored.cluster(), 1);

            restored.recover();
            assertThat(ClusterContent.of(restored.cluster())).isEqualTo(content);
        }
    }

    private static void startWithoutStore(PostgresCluster recovering) {
        store.kill();
        try {
            recovering.startUntilFailure();
        } finally {
            store.restart();
        }
    }

    /** Case 20. */
    @Test
    void a_recovery_from_a_store_that_answers_503_or_nothing_stops_and_goes_on_when_that_is_mended()
            throws IOException {
        String last = server.archiveRow(2010);
        ClusterContent content = ClusterContent.of(server.cluster());
        try (FaultyWire wire = FaultyWire.to(store.endpoint());
                RestoredServer restored = RestoredServer.of(
                        server,
                        "--endpoint",
                        wire.endpoint().toString(),
                        "--retries",
                        "0",
                        "--request-timeout",
                        "2s")) {
            int failures = 0;
            for (FaultyWire.Fault fault :
                    List.of(FaultyWire.error("503 Slow Down", "SlowDown", ""), new FaultyWire.Fault.Silence())) {
                for (String broken : List.of(EVERY_REQUEST, "^GET .*/" + last)) {
                    wire.breakEvery(broken, fault);
                    restored.cluster().startUntilFailure();
                    wire.mend();

                    failures++;
                    requireStopped(restored.cluster(), failures);
                }
            }
            restored.recover();
            assertThat(ClusterContent.of(restored.cluster())).isEqualTo(content);
        }
    }

    /** Requires that every start so far was the end of a server, and none the end of its recovery. */
    private static void requireStopped(PostgresCluster recovering, int starts) throws IOException {
        String log = Files.readString(recovering.log());
        assertThat(NOT_RESTORED.matcher(log).results()).as(log).hasSize(starts);
        assertThat(log).doesNotContain("archive recovery complete");
        Path data = recovering.dataDirectory();
        assertThat(data.resolve("recovery.signal")).exists();
        assertThat(data.resolve("pg_wal/00000002.history")).doesNotExist();
    }

    @Test
    void a_standby_follows_by_the_archive_alone_and_outlives_an_outage_of_the_store() {
        server.archiveRow(2050);
        try (RestoredServer restored = RestoredServer.of(server, "--as", "standby", "--retries", "1")) {
            PostgresCluster standby = restored.cluster();
            standby.writeSetting("wal_retrieve_retry_interval", "1s");
            standby.start();
            standby.awaitTrue("SELECT EXISTS (SELECT FROM rows WHERE id = 2050)");

            store.kill();
            try {
                Await.until("a fetch has failed", LIMIT, () -> standby.logTail().contains("pgagent: error: "));
                assertThat(standby.value("SELECT pg_is_in_recovery()")).isEqualTo("t");
            } finally {
                store.restart();
            }

            server.archiveRow(2051);
            standby.awaitTrue("SELECT EXISTS (SELECT FROM rows WHERE id = 2051)");
        }
    }

    /** Case 21. */
    @Test
    void a_segment_lost_after_the_backup_ends_the_recovery_and_the_plan_says_so() throws IOException {
        server.archiveRow(2101);
        String lost = server.archiveRow(2102);
        server.archiveRow(2103);
        String spoilt = name + "-gap";
        store.copy(name, spoilt);
        store.archiveFile(spoilt, lost).remove();

        ToolRun plan =
                server.run("restore", "--cluster", spoilt, "-D", nowhere().toString(), "--dry-run");
        assertThat(plan.exitStatus()).as(plan.output()).isZero();
        assertThat(plan.output()).contains("there is a gap in the archive: segment " + lost + " is missing");
        assertThat(nowhere()).doesNotExist();
        assertThat(server.run("show", "--wal", "--cluster", spoilt).output()).containsPattern("-F .* gap");

        try (RestoredServer restored = RestoredServer.of(server, "--cluster", spoilt)) {
            restored.recover();
            assertThat(restored.cluster().sql("SELECT id FROM rows WHERE id BETWEEN 2101 AND 2103"))
                    .isEqualTo(List.of(List.of("2101")));
        }
    }

    /** Case 22. */
    @Test
    void a_segment_lost_within_the_backup_makes_a_restore_impossible() throws IOException {
        server.awaitArchived();
        String spoilt = name + "-useless";
        store.copy(name, spoilt);
        String first = store.archiveFiles(spoilt).stream()
                .filter(file -> file.endsWith(".backup"))
                .reduce((older, newer) -> newer)
                .orElseThrow()
                .replaceFirst("\\..*", "");
        store.archiveFile(spoilt, first).remove();

        ToolRun restore =
                server.run("restore", "--cluster", spoilt, "-D", nowhere().toString());

        assertThat(restore.exitStatus()).as(restore.output()).isEqualTo(22);
        assertThat(restore.output())
                .contains("pgagent: error: ")
                .contains("the archive lacks the WAL segment " + first)
                .contains("hint: ");
        assertThat(nowhere()).doesNotExist();
    }
}
