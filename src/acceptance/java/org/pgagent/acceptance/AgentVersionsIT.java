package org.pgagent.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
import org.pgagent.kit.ClusterContent;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.ScratchDirectory;
import org.pgagent.kit.ToolRun;

/**
 * What must hold of archiving on every version, through the program and its agent: one server of each, whose tests leave it
 * as whole as they found it. Versions take turns with WAL segments of 1 MiB and of 64 MiB, and their servers are about to
 * cross the border of two logs, where both halves of a segment's number change.
 */
@ParameterizedClass(name = "PostgreSQL {0}")
@MethodSource("org.pgagent.kit.PostgresBinaries#majors")
final class AgentVersionsIT {
    private static final Distribution DISTRIBUTION = Distribution.built();
    private static final String PUSH = DISTRIBUTION.command("wal-push %p");
    private static final Pattern NOT_ARRIVED =
            Pattern.compile("WAL segment ([0-9A-F]{24}) did not arrive in the repository within 3 seconds");

    /** Where the long header of a WAL segment has the system identifier (xlog_internal.h, XLogLongPageHeaderData). */
    private static final int SYSTEM_IDENTIFIER_AT = 24;

    /** The LSN where the log 00000000 ends and 00000001 begins. */
    private static final long BORDER = 1L << 32;

    /** Few enough that all LSNs of them begin with {@code 0/F}, and more than a backup takes. */
    private static final int SEGMENTS_BEFORE = 4;

    private static final int SEGMENTS_BEYOND = 2;
    private static final Pattern BACKUP_ID = Pattern.compile("[0-9]{8}T[0-9]{6}Z-F");

    private static StoreProcess store;
    private static ScratchDirectory scratch;
    private static ArchivingServer server;
    private static String firstBackup;

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
        server = ArchivingServer.startAt(
                String.format("0/%X", BORDER - SEGMENTS_BEFORE * segmentBytes(major)),
                DISTRIBUTION,
                store.environment(name(major)),
                PostgresSetup.ofVersion(major)
                        .withWalSegmentMiB(segmentMiB(major))
                        .withArchiveCommand(PUSH));
        server.backUp();
        Matcher id = BACKUP_ID.matcher(server.run("show").output());
        assertThat(id.find()).isTrue();
        firstBackup = id.group();
    }

    @AfterParameterizedClassInvocation
    static void stopServer() {
        server.close();
    }

    private static int segmentMiB(int major) {
        return major % 2 == 0 ? 64 : 1;
    }

    private static long segmentBytes(int major) {
        return (long) segmentMiB(major) << 20;
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

    private static void requireRefused(ToolRun run, int status, String reason) {
        assertThat(run.exitStatus()).as(run.output()).isEqualTo(status);
        assertThat(run.output()).contains("pgagent: error: ").contains(reason).contains("hint: ");
    }

    /** Case 13. */
    @Test
    void every_segment_is_archived_byte_for_byte_under_the_name_of_its_size_and_so_across_the_border_of_two_logs()
            throws IOException {
        archiveBeyondTheBorder();
        int archived = server.requireEverythingArchived();

        List<String> stored = store.archiveFiles(name()).stream()
                .filter(file -> file.matches("[0-9A-F]{24}"))
                .toList();
        long first = numberOf(stored.get(0));
        assertThat(stored)
                .contains(nameOf(segmentsALog() - 1), nameOf(segmentsALog()))
                .isEqualTo(LongStream.range(first, first + archived)
                        .mapToObj(this::nameOf)
                        .toList());
        assertThat(server.run("show", "--wal").output()).doesNotContain("gap");
    }

    /** Case 13. */
    @Test
    void a_recovery_from_a_backup_before_the_border_of_two_logs_goes_beyond_it() throws IOException {
        archiveBeyondTheBorder();
        ClusterContent content = ClusterContent.of(server.cluster());
        try (RestoredServer restored = RestoredServer.of(server, "--backup", firstBackup)) {
            restored.recover();
            assertThat(Files.readString(restored.cluster().log()))
                    .contains("redo starts at 0/F")
                    .contains("redo done at 1/");
            assertThat(ClusterContent.of(restored.cluster())).isEqualTo(content);
        }
    }

    /** Archives rows until there are segments of both logs, whatever other tests have archived. */
    private void archiveBeyondTheBorder() {
        String segment = server.archiveRow(1300);
        while (numberOf(segment) < segmentsALog() + SEGMENTS_BEYOND) {
            segment = server.archiveRow(1301);
        }
    }

    private long segmentsALog() {
        return BORDER / segmentBytes(major);
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
        String segment = server.archiveRow(17);
        StoredFile.Version before = stored(segment).version();

        for (int i = 0; i < 2; i++) {
            server.run("wal-push", "pg_wal/" + segment).requireSuccess();
        }

        assertThat(stored(segment).version()).isEqualTo(before);
    }

    /** Case 18. */
    @Test
    void other_bytes_under_the_name_of_a_segment_are_refused() throws IOException {
        String segment = server.archiveRow(18);
        StoredFile.Version before = stored(segment).version();

        ToolRun push = pushChanged(segment, (int) Files.size(server.segment(segment)) - 1);

        requireRefused(push, 41, "has other bytes as v" + major + "/wal/00000001/");
        assertThat(push.output()).contains("/" + segment + ": ");
        assertThat(stored(segment).version()).isEqualTo(before);
    }

    /** Case 18. */
    @Test
    void a_segment_of_another_cluster_is_refused_whether_its_name_is_taken_or_not() throws IOException {
        String taken = server.archiveRow(18);
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

    /** As somebody may who tries archive_command by hand; the whole segment would be refused ever after. */
    @Test
    void a_segment_that_is_being_written_is_refused_and_archived_when_it_is_complete() throws IOException {
        server.archiveRow(17);
        server.cluster().sql("INSERT INTO rows VALUES (17, 'so that the next segment has a beginning')");
        String current = server.cluster().value("SELECT pg_walfile_name(pg_current_wal_insert_lsn())");

        requireRefused(server.run("wal-push", "pg_wal/" + current), 42, current + " may still be written");

        assertThat(stored(current).exists()).isFalse();
        assertThat(server.archiveRow(17)).isEqualTo(current);
        server.run("wal-push", "pg_wal/" + current).requireSuccess();
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
        server.archiveRow(1600);
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
        server.archiveRow(1602);
        ClusterContent content = ClusterContent.of(cluster);
        try (RestoredServer restored = RestoredServer.of(server)) {
            restored.recover();
            assertThat(ClusterContent.of(restored.cluster())).isEqualTo(content);
        }
    }
}
