package org.pgagent.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
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
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.ScratchDirectory;
import org.pgagent.kit.ToolRun;

/**
 * Several servers that come from one and archive, on every version, through the program and its agents: who is refused, what
 * is said, and that the one with the right is unharmed.
 */
@ParameterizedClass(name = "PostgreSQL {0}")
@MethodSource("org.pgagent.kit.PostgresBinaries#majors")
final class AgentForksIT {
    private static final Distribution DISTRIBUTION = Distribution.built();
    private static final String PUSH = DISTRIBUTION.command("wal-push %p");
    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final String HISTORY = "00000002.history";
    private static final String REFUSED = "another node has the right to archive";
    private static final int FENCED = 43;

    private static StoreProcess store;
    private static ScratchDirectory scratch;
    private static ArchivingServer server;

    private final int major;

    AgentForksIT(int major) {
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

    /** A server with a backup, and the state of its repository at that time under another name. */
    @BeforeParameterizedClassInvocation
    static void startServer(int major) {
        server = ArchivingServer.start(
                DISTRIBUTION,
                store.environment(name(major)),
                PostgresSetup.ofVersion(major).withWalSegmentMiB(1).withArchiveCommand(PUSH));
        server.backUp();
        server.awaitArchived();
        store.copy(name(major), contested(major));
    }

    @AfterParameterizedClassInvocation
    static void stopServer() {
        server.close();
    }

    private static String name(int major) {
        return "v" + major;
    }

    private static String contested(int major) {
        return "contested-v" + major;
    }

    /** Runs pgagent as a server's archiver would, in its data directory, but with options. */
    private static ToolRun on(PostgresCluster cluster, String... arguments) {
        return DISTRIBUTION.runIn(cluster.dataDirectory(), server.environment(), arguments);
    }

    private static ToolRun push(PostgresCluster cluster, String name, String file) {
        return on(cluster, "wal-push", "--cluster", name, "pg_wal/" + file);
    }

    /** Waits until a push comes to this end: what an agent knows of the lease may be some seconds old. */
    private static void awaitPush(PostgresCluster cluster, String name, String file, int status) {
        Await.until(
                "push of " + file + " ends with " + status,
                LIMIT,
                () -> push(cluster, name, file).exitStatus() == status);
    }

    /** Waits until a server's agent knows of a new owner; its archiver would ask once a minute only. */
    private static void awaitToldOf(PostgresCluster owner, PostgresCluster refused, String name) {
        Await.until("the agent knows of " + owner.dataDirectory(), LIMIT, () -> {
            ToolRun push = push(refused, name, HISTORY);
            return push.exitStatus() == FENCED
                    && push.output().contains("data directory " + owner.dataDirectory() + " ");
        });
    }

    private static ToolRun adopt(PostgresCluster cluster, String name) {
        ToolRun adopt = on(
                cluster,
                "adopt",
                "--cluster",
                name,
                "-D",
                cluster.dataDirectory().toString());
        assertThat(adopt.exitStatus()).as(adopt.output()).isZero();
        return adopt;
    }

    /** Waits until a server's own archiver has been refused in favour of another one. */
    private static void awaitRefused(PostgresCluster refused, PostgresCluster owner) {
        Await.until("refused in favour of " + owner.dataDirectory(), LIMIT, () -> {
            String log = Files.readString(refused.log());
            return log.contains(REFUSED) && log.contains("data directory " + owner.dataDirectory() + " ");
        });
        assertThat(refused.logTail()).contains("run 'pgagent adopt -D " + refused.dataDirectory() + "' here");
    }

    private static void requireIdentical(PostgresCluster cluster, String name, String segment) throws IOException {
        Path fetched = scratch.resolve("fetched");
        ToolRun fetch = on(
                cluster,
                "wal-fetch",
                "--cluster",
                name,
                "-D",
                cluster.dataDirectory().toString(),
                segment,
                fetched.toString());
        assertThat(fetch.exitStatus()).as(fetch.output()).isZero();
        assertThat(Files.mismatch(fetched, cluster.dataDirectory().resolve("pg_wal/" + segment)))
                .as(segment)
                .isEqualTo(-1);
        Files.delete(fetched);
    }

    @Test
    void a_standby_that_archives_always_needs_a_name_of_its_own() throws IOException {
        String own = name(major) + "-standby";
        PostgresCluster primary = server.cluster();
        try (PostgresCluster standby = PostgresCluster.standbyOf(primary)) {
            standby.writeSetting("archive_mode", "always");
            standby.writeSetting("archive_command", PUSH + " --cluster " + own);
            standby.restart();
            List<String> written = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                primary.sql("INSERT INTO rows VALUES (" + i + ", 'for the standby, too')");
                written.add(primary.archiveWal());
            }
            standby.awaitTrue(
                    "SELECT coalesce(last_archived_wal, '') = '" + written.get(2) + "' FROM pg_stat_archiver");
            List<String> stored = store.archiveFiles(own);
            assertThat(stored).containsAll(written);
            for (String segment : stored) {
                requireIdentical(standby, own, segment);
            }
            assertThat(standby.value("SELECT failed_count FROM pg_stat_archiver"))
                    .isEqualTo("0");

            standby.setArchiveCommand(PUSH);
            String contested = primary.archiveWal();
            StoredFile.Version before =
                    store.archiveFile(name(major), contested).version();
            awaitRefused(standby, primary);
            assertThat(store.archiveFile(name(major), contested).version()).isEqualTo(before);
            server.requireEverythingArchived();
        }
    }

    /** Case 39, of two nodes. */
    @Test
    void of_two_promoted_nodes_the_second_is_refused_and_the_first_unharmed() throws IOException {
        String name = contested(major);
        try (RestoredServer first = promoted(name);
                RestoredServer second = promoted(name)) {
            PostgresCluster one = first.cluster();
            PostgresCluster two = second.cluster();
            awaitRefused(one, server.cluster());
            awaitRefused(two, server.cluster());
            adopt(one, name);
            awaitPush(one, name, HISTORY, 0);
            String segment = one.archiveWal();
            StoredFile.Version history = store.archiveFile(name, HISTORY).version();
            StoredFile.Version stored = store.archiveFile(name, segment).version();

            awaitToldOf(one, two, name);
            two.sql("INSERT INTO rows VALUES (2, 'what only the second has')");
            assertThat(two.switchWal()).isEqualTo(segment);
            awaitRefused(two, one);
            assertThat(on(two, "status", "-D", two.dataDirectory().toString()).output())
                    .contains(REFUSED);
            assertThat(two.value("SELECT archived_count FROM pg_stat_archiver")).isEqualTo("0");
            requireIdentical(one, name, one.archiveWal());
            for (int i = 0; i < 5; i++) {
                two.switchWal(); // segments that the first has not reached: they must not get there behind its own ones
            }
            List<String> files = store.archiveFiles(name);

            adopt(two, name);
            Await.until(
                    "the adoption counts", LIMIT, () -> push(two, name, HISTORY).exitStatus() != FENCED);
            push(two, name, segment);
            ToolRun conflict = push(two, name, segment);
            assertThat(conflict.exitStatus()).as(conflict.output()).isEqualTo(41);
            assertThat(conflict.output())
                    .contains("has other bytes as ")
                    .contains("/" + segment + ": ")
                    .contains("hint: ");
            assertThat(store.archiveFiles(name)).isEqualTo(files);
            assertThat(store.archiveFile(name, HISTORY).version()).isEqualTo(history);
            assertThat(store.archiveFile(name, segment).version()).isEqualTo(stored);
        }
    }

    /** A server that was put back, with archiving on, and is on timeline 2. */
    private static RestoredServer promoted(String name) {
        RestoredServer restored = RestoredServer.of(server, "--cluster", name, "--adopt", "--target-immediate");
        restored.cluster().writeSetting("archive_command", PUSH + " --cluster " + name);
        restored.recover();
        return restored;
    }

    /** Case 39, of a clone; and case 38, what its history does to later restores. */
    @Test
    void a_clone_archives_only_after_it_adopts_and_later_restores_do_not_follow_it_unasked() throws IOException {
        String name = name(major);
        PostgresCluster production = server.cluster();
        try (RestoredServer restored = promoted(name)) {
            PostgresCluster clone = restored.cluster();
            awaitRefused(clone, production);
            assertThat(store.archiveFile(name, HISTORY).exists()).isFalse();
            String last = production.archiveWal();

            assertThat(adopt(clone, name).output())
                    .contains("data directory " + production.dataDirectory())
                    .contains("data directory " + clone.dataDirectory())
                    .contains("timeline 2, epoch 2");
            awaitPush(clone, name, HISTORY, 0);
            assertThat(store.archiveFile(name, clone.archiveWal()).exists()).isTrue();
            awaitPush(production, name, last, FENCED);
            String refused = production.switchWal();
            awaitRefused(production, clone);
            assertThat(store.archiveFile(name, refused).exists()).isFalse();

            adopt(production, name);
            awaitPush(production, name, last, 0);
        }
        production.sql("INSERT INTO rows VALUES (38, 'after the clone')");
        server.requireEverythingArchived();
        server.backUp();

        requireRestoreRefused();
        ClusterContent content = ClusterContent.of(production);
        try (RestoredServer restored = RestoredServer.of(server, "--target-timeline", "current")) {
            restored.recover();
            assertThat(ClusterContent.of(restored.cluster())).isEqualTo(content);
        }
    }

    /** The clone's timeline left production's before the newest backup. */
    private void requireRestoreRefused() throws IOException {
        Matcher switchPoint = Pattern.compile("1\t([0-9A-F]+/[0-9A-F]+)\t")
                .matcher(
                        Files.readString(store.archiveFile(name(major), HISTORY).path(), StandardCharsets.ISO_8859_1));
        assertThat(switchPoint.find()).isTrue();
        Path nowhere = scratch.resolve("nowhere");

        ToolRun restore = server.run("restore", "-D", nowhere.toString());

        assertThat(restore.exitStatus()).as(restore.output()).isEqualTo(51);
        assertThat(restore.output())
                .contains("timeline 2, the latest in the archive, left timeline 1 at " + switchPoint.group(1))
                .contains("hint: Use --target-timeline current");
        assertThat(nowhere).doesNotExist();
    }
}
