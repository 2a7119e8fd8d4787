package org.pgagent.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgagent.kit.Await;
import org.pgagent.kit.ClusterContent;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.ScratchDirectory;
import org.pgagent.kit.ToolRun;

/**
 * What must hold of archiving and recovery on every version, through the program and its agent: one server of each, whose
 * tests leave it as whole as they found it. Versions take turns with WAL segments of 1 MiB and of 64 MiB.
 */
@ParameterizedClass(name = "PostgreSQL {0}")
@MethodSource("org.pgagent.kit.PostgresBinaries#majors")
final class AgentVersionsIT {
    private static final Distribution DISTRIBUTION = Distribution.built();
    private static final String PUSH = DISTRIBUTION.command("wal-push %p");
    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final Pattern NOT_ARRIVED =
            Pattern.compile("WAL segment ([0-9A-F]{24}) did not arrive in the repository within 3 seconds");

    /** Where the long header of a WAL segment has the system identifier (xlog_internal.h, XLogLongPageHeaderData). */
    private static final int SYSTEM_IDENTIFIER_AT = 24;

    private static StoreProcess store;
    private static ScratchDirectory scratch;
    private static ArchivingServer server;

    private final int major;

    AgentVersionsIT(int major) {
        this.major = major;
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
                        .withWalSegmentMiB(segmentMiB(major))
                        .withArchiveCommand(PUSH));
        server.backUp();
    }

    @AfterParameterizedClassInvocation
    static void stopServer() {
        server.close();
    }

    private static int segmentMiB(int major) {
        return major % 2 == 0 ? 64 : 1;
    }

    private static String name(int major) {
        return "v" + major;
    }

    private String name() {
        return name(major);
    }

    private StoredFile stored(String segment) {
        return store.archiveFile(name(), segment);
    }

    /** Commits one row, and returns the segment with it, which is archived. */
    private static String archiveRow(int id) {
        server.cluster().sql("INSERT INTO rows VALUES (" + id + ", 'small')");
        return server.cluster().archiveWal();
    }

    private static void requireSuccess(ToolRun run) {
        assertThat(run.exitStatus()).as(run.output()).isZero();
    }

    private static void requireRefused(ToolRun run, int status, String reason) {
        assertThat(run.exitStatus()).as(run.output()).isEqualTo(status);
        assertThat(run.output()).contains("pgagent: error: ").contains(reason).contains("hint: ");
    }

    /** A place to restore into, where nothing is. */
    private static Path nowhere() {
        return scratch.resolve("nowhere");
    }

    /** Case 13. */
    @Test
    void every_segment_is_archived_byte_for_byte_under_the_name_of_its_size() throws IOException {
        for (int i = 0; i < 3; i++) {
            archiveRow(i);
        }
        int archived = server.requireEverythingArchived();

        List<String> stored = store.archiveFiles(name()).stream()
                .filter(file -> file.matches("[0-9A-F]{24}"))
                .toList();
        long first = numberOf(stored.get(0));
        assertThat(stored)
                .isEqualTo(LongStream.range(first, first + archived)
                        .mapToObj(this::nameOf)
                        .toList());
    }

    private long segmentsALog() {
        return (1L << 32) / ((long) segmentMiB(major) << 20);
    }

    private long numberOf(String segment) {
        return Long.parseLong(segment.substring(8, 16), 16) * segmentsALog()
                + Long.parseLong(segment.substring(16), 16);
    }

    private String nameOf(long number) {
        return String.format("00000001%08X%08X", number / segmentsALog(), number % segmentsALog());
    }

    /** Case 17. */
    @Test
    void the_same_segment_again_is_success_and_leaves_the_object_as_it_is() throws IOException {
        String segment = archiveRow(17);
        StoredFile.Version before = stored(segment).version();

        for (int i = 0; i < 2; i++) {
            requireSuccess(server.run("wal-push", "pg_wal/" + segment));
        }

        assertThat(stored(segment).version()).isEqualTo(before);
    }

    /** Case 18. */
    @Test
    void other_bytes_under_the_name_of_a_segment_are_refused() throws IOException {
        String segment = archiveRow(18);
        StoredFile.Version before = stored(segment).version();

        ToolRun push = pushChanged(segment, (int) Files.size(server.segment(segment)) - 1);

        requireRefused(push, 41, "has other bytes as v" + major + "/wal/00000001/");
        assertThat(push.output()).contains("/" + segment + ": ");
        assertThat(stored(segment).version()).isEqualTo(before);
    }

    /** Case 18. */
    @Test
    void a_segment_of_another_cluster_is_refused_whether_its_name_is_taken_or_not() throws IOException {
        String taken = archiveRow(18);
        StoredFile.Version before = stored(taken).version();
        server.cluster().sql("INSERT INTO rows VALUES (18, 'so that the next segment has a beginning')");
        String free = server.cluster().value("SELECT pg_walfile_name(pg_current_wal_insert_lsn())");
        assertThat(free).isGreaterThan(taken);

        for (String segment : List.of(taken, free)) {
            requireRefused(
                    pushChanged(segment, SYSTEM_IDENTIFIER_AT),
                    40,
                    segment + " belongs to the cluster with system identifier");
        }

        assertThat(stored(taken).version()).isEqualTo(before);
        assertThat(stored(free).exists()).isFalse();
    }

    /** Pushes a copy of a segment, in which one byte is another one. */
    private static ToolRun pushChanged(String segment, int position) throws IOException {
        try (ScratchDirectory copies = ScratchDirectory.create()) {
            byte[] content = Files.readAllBytes(server.segment(segment));
            content[position] ^= 1;
            Path copy = Files.write(copies.resolve(segment), content);
            ToolRun.successOf("chmod", "644", copy.toString());
            return server.run("wal-push", "-D", server.dataDirectory().toString(), copy.toString());
        }
    }

    /** Case 19. */
    @Test
    void a_segment_of_which_the_server_does_not_know_that_it_is_stored_is_stored_once() throws IOException {
        PostgresCluster cluster = server.cluster();
        Path acknowledged = scratch.resolve("acknowledged-" + major);
        cluster.setArchiveCommand(PUSH + " && test -e '" + acknowledged + "'");
        String segment = cluster.switchWal();
        cluster.awaitTrue("SELECT coalesce(last_failed_wal, '') = '" + segment + "' FROM pg_stat_archiver");
        StoredFile.Version before = stored(segment).version();

        ResidentAgent agent = ResidentAgent.of(server.dataDirectory()).orElseThrow();
        assertThat(agent.process().destroyForcibly()).isTrue();
        cluster.kill();
        assertThat(server.archivedSegments()).doesNotContain(segment);
        Files.createFile(acknowledged);
        cluster.start();
        server.awaitArchived();

        assertThat(server.archivedSegments()).contains(segment);
        assertThat(ResidentAgent.of(server.dataDirectory())).isPresent().isNotEqualTo(agent);
        assertThat(stored(segment).version()).isEqualTo(before);
        assertThat(store.archiveFiles(name()))
                .filteredOn(file -> file.startsWith(segment))
                .containsExactly(segment);
        cluster.setArchiveCommand(PUSH);
    }

    /** Case 16. */
    @Test
    void a_backup_whose_wal_does_not_arrive_fails_and_nothing_is_lost_when_that_is_mended() throws IOException {
        PostgresCluster cluster = server.cluster();
        archiveRow(1600);
        cluster.setArchiveCommand(DISTRIBUTION.command("wal-push %p --bucket s3://no-such-bucket"));
        cluster.sql("INSERT INTO rows VALUES (1601, 'while archiving is broken')");
        ToolRun failed = server.tryToBackUp("--archive-timeout", "3s");

        requireRefused(failed, 20, "did not arrive");
        Matcher notArrived = NOT_ARRIVED.matcher(failed.output());
        assertThat(notArrived.find()).as(failed.output()).isTrue();
        StoredFile missing = stored(notArrived.group(1));
        assertThat(missing.exists()).isFalse();
        assertThat(cluster.logTail()).contains("no-such-bucket").contains("hint: ");
        assertThat(server.run("show").output()).contains("ERROR");

        cluster.setArchiveCommand(PUSH);
        server.requireEverythingArchived();
        assertThat(missing.exists()).isTrue();
        server.backUp();
        archiveRow(1602);
        ClusterContent content = ClusterContent.of(cluster);
        try (RestoredServer restored = RestoredServer.of(server)) {
            restored.recover();
            assertThat(ClusterContent.of(restored.cluster())).isEqualTo(content);
        }
    }

    /** Case 20, and what is put back of case 13. */
    @Test
    void a_recovery_without_its_store_stops_and_goes_on_when_the_store_is_back() {
        archiveRow(2000);
        ClusterContent content = ClusterContent.of(server.cluster());
        try (RestoredServer restored = RestoredServer.of(server, "--retries", "1")) {
            String log = startWithoutStore(restored.cluster());
            assertThat(log)
                    .containsPattern("FATAL: .*could not restore file .*: command not executable") // its words for 126
                    .doesNotContain("archive recovery complete");
            Path data = restored.cluster().dataDirectory();
            assertThat(data.resolve("recovery.signal")).exists();
            assertThat(data.resolve("pg_wal/00000002.history")).doesNotExist();

            restored.recover();
            assertThat(ClusterContent.of(restored.cluster())).isEqualTo(content);
        }
    }

    private static String startWithoutStore(PostgresCluster recovering) {
        store.kill();
        try {
            return recovering.startUntilFailure();
        } finally {
            store.restart();
        }
    }

    @Test
    void a_standby_follows_by_the_archive_alone_and_outlives_an_outage_of_the_store() {
        archiveRow(2050);
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

            archiveRow(2051);
            standby.awaitTrue("SELECT EXISTS (SELECT FROM rows WHERE id = 2051)");
        }
    }

    /** Case 21. */
    @Test
    void a_segment_lost_after_the_backup_ends_the_recovery_and_the_plan_says_so() throws IOException {
        archiveRow(2101);
        String lost = archiveRow(2102);
        archiveRow(2103);
        String spoilt = name() + "-gap";
        store.copy(name(), spoilt);
        store.archiveFile(spoilt, lost).remove();

        ToolRun plan =
                server.run("restore", "--cluster", spoilt, "-D", nowhere().toString(), "--dry-run");
        requireSuccess(plan);
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
        String spoilt = name() + "-useless";
        store.copy(name(), spoilt);
        String first = store.archiveFiles(spoilt).stream()
                .filter(file -> file.endsWith(".backup"))
                .reduce((older, newer) -> newer)
                .orElseThrow()
                .replaceFirst("\\..*", "");
        store.archiveFile(spoilt, first).remove();

        ToolRun restore =
                server.run("restore", "--cluster", spoilt, "-D", nowhere().toString());

        requireRefused(restore, 22, "the archive lacks the WAL segment " + first);
        assertThat(nowhere()).doesNotExist();
    }
}
