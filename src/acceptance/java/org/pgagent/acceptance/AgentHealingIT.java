package org.pgagent.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.pgagent.kit.Await;
import org.pgagent.kit.ClusterContent;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.ScratchDirectory;
import org.pgagent.kit.ToolRun;

/** WAL that somebody deletes from the bucket of a server that archives through the program and its agent. */
final class AgentHealingIT {
    private static final Distribution DISTRIBUTION = Distribution.built();
    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final Pattern BACKUP_ID = Pattern.compile("[0-9]{8}T[0-9]{6}Z-[FI]");

    private static StoreProcess store;

    @BeforeAll
    static void start() {
        store = StoreProcess.start();
    }

    @AfterAll
    static void stop() {
        store.close();
    }

    /** Ends the agent, so that the next one begins with a look at the whole archive; this one would take ten minutes. */
    private static void endAgent(ArchivingServer server) {
        ProcessHandle agent =
                ResidentAgent.of(server.dataDirectory()).orElseThrow().process();
        agent.destroy();
        Await.until("the end of the agent", LIMIT, () -> !agent.isAlive());
    }

    private static String agentLog(ArchivingServer server) throws IOException {
        return Files.readString(server.dataDirectory().resolve("pg_wal/pgsql_tmp.pgagent/agent.log"));
    }

    private static String storedAgain(int files, String first) {
        return "the archive lacked files that pg_wal still has, they are stored again: files=" + files + " first="
                + first;
    }

    @Test
    void what_pg_wal_still_has_is_stored_again_by_the_agent_that_the_next_push_starts() throws IOException {
        String name = "healed-by-command";
        try (ArchivingServer server = ArchivingServer.start(DISTRIBUTION, store.environment(name))) {
            server.backUp();
            List<String> segments = List.of(server.archiveRow(1), server.archiveRow(2), server.archiveRow(3));
            endAgent(server);
            StoredFile first = store.archiveFile(name, segments.get(0));
            StoredFile second = store.archiveFile(name, segments.get(1));
            StoredFile.Version before = first.version();
            first.remove();
            second.remove();

            server.archiveRow(4);

            Await.until("both are there again", LIMIT, () -> first.exists() && second.exists());
            assertThat(first.version().content()).isEqualTo(before.content());
            Await.until("it says so", LIMIT, () -> agentLog(server).contains(storedAgain(2, segments.get(0))));
            server.requireEverythingArchived();
        }
    }

    /** As under systemd: such an agent takes the place of one that a command started, and needs no push to begin. */
    @Test
    void an_agent_that_is_started_as_a_service_heals_at_once() throws IOException {
        String name = "healed-by-service";
        try (ScratchDirectory scratch = ScratchDirectory.create();
                ArchivingServer server = ArchivingServer.start(DISTRIBUTION, store.environment(name))) {
            server.backUp();
            String segment = server.archiveRow(1);
            server.archiveRow(2);
            StoredFile lost = store.archiveFile(name, segment);
            StoredFile.Version before = lost.version();
            lost.remove();
            Path log = scratch.resolve("journal");

            Process service = DISTRIBUTION.start(
                    log,
                    server.environment(),
                    "serve",
                    "-D",
                    server.dataDirectory().toString());
            try {
                Await.until(
                        "it is there again, and told",
                        LIMIT,
                        () -> lost.exists() && Files.readString(log).contains(storedAgain(1, segment)));
                assertThat(lost.version().content()).isEqualTo(before.content());
                assertThat(ResidentAgent.allOf(server.dataDirectory())).isEmpty();
                server.requireEverythingArchived();
            } finally {
                service.destroy();
                assertThat(service.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
            }
            assertThat(service.exitValue()).isZero();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    @Test
    void what_is_gone_for_good_is_told_everywhere_until_a_backup_restores_cover() throws IOException {
        String name = "gap";
        Map<String, String> environment = new HashMap<>(store.environment(name));
        int port = StoreProcess.freePort();
        environment.put("PGAGENT_METRICS_PORT", Integer.toString(port));
        try (ArchivingServer server = ArchivingServer.start(DISTRIBUTION, environment)) {
            server.backUp();
            String firstBackup = newestBackup(server);
            server.archiveRow(1);
            List<String> lost = List.of(server.archiveRow(2), server.archiveRow(3));
            server.archiveRow(4);
            removeFromPgWal(server, lost);
            // With nothing archived in pg_wal, the agent's first look would leave it to the second one, a minute later.
            server.archiveRow(5);
            endAgent(server);
            for (String segment : lost) {
                store.archiveFile(name, segment).remove();
            }

            server.archiveRow(6);
            Await.until("the gap is counted", LIMIT, () -> metrics(port).contains("\npgagent_gaps 1.0\n"));
            Await.until("it says so", LIMIT, () -> agentLog(server).contains("gone from pg_wal"));
            requireTold(server, name, lost);
            String shown = server.run("show", "--wal").output();
            assertThat(shown)
                    .contains(lost.get(0) + "  " + lost.get(1) + "         2  ")
                    .containsPattern(firstBackup + " .* gap\n")
                    .contains("Take a backup now");

            ToolRun backup = server.tryToBackUp();
            assertThat(backup.exitStatus()).as(backup.output()).isZero();
            assertThat(backup.output())
                    .contains("this backup begins a new recovery window")
                    .contains("newest_backup=" + firstBackup)
                    .contains("first_missing=" + lost.get(0) + " last_missing=" + lost.get(1));

            endAgent(server);
            server.archiveRow(7);
            Await.until("there is cover again", LIMIT, () -> metrics(port).contains("\npgagent_gaps 0.0\n"));
            String windows = server.run("show", "--wal").output();
            assertThat(windows)
                    .containsPattern(newestBackup(server) + " .* end\n")
                    .containsPattern(firstBackup + " .* gap\n")
                    .doesNotContain("Take a backup now");
            requireBothWindows(server, firstBackup);
        }
    }

    private static String newestBackup(ArchivingServer server) {
        Matcher id = BACKUP_ID.matcher(server.run("show").output());
        assertThat(id.find()).isTrue();
        return id.group();
    }

    /** Makes the server remove what it no longer needs. */
    private static void removeFromPgWal(ArchivingServer server, List<String> segments) {
        PostgresCluster cluster = server.cluster();
        cluster.writeSetting("wal_keep_size", "0");
        cluster.reload();
        cluster.sql("CHECKPOINT");
        assertThat(segments)
                .allSatisfy(segment -> assertThat(server.segment(segment)).doesNotExist());
    }

    private static String metrics(int port) {
        try (var page =
                URI.create("http://127.0.0.1:" + port + "/metrics").toURL().openStream()) {
            return new String(page.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return ""; // the agent has not begun to listen
        }
    }

    /** In the agent's log, in its status, and in the bucket itself. */
    private static void requireTold(ArchivingServer server, String name, List<String> lost) throws IOException {
        assertThat(agentLog(server))
                .contains("WAL is missing in the archive and gone from pg_wal")
                .contains("first=" + lost.get(0) + " last=" + lost.get(1));
        assertThat(server.run("status", "-D", server.dataDirectory().toString()).output())
                .containsPattern("(?i)gaps *:? +1\\b");
        assertThat(store.archiveFiles(name)).contains(lost.get(0) + "-" + lost.get(1) + ".json");
    }

    /** The newest backup leads to everything, the one before the gap up to it. */
    private static void requireBothWindows(ArchivingServer server, String firstBackup) {
        ClusterContent content = ClusterContent.of(server.cluster());
        try (RestoredServer restored = RestoredServer.of(server)) {
            restored.recover();
            assertThat(ClusterContent.of(restored.cluster())).isEqualTo(content);
        }
        try (RestoredServer restored = RestoredServer.of(server, "--backup", firstBackup)) {
            restored.recover();
            assertThat(restored.cluster().sql("SELECT id FROM rows")).isEqualTo(List.of(List.of("1")));
        }
    }
}
