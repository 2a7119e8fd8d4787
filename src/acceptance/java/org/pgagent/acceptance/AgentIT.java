package org.pgagent.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.pgagent.kit.Await;
import org.pgagent.kit.ScratchDirectory;
import org.pgagent.kit.ToolRun;

/** The agent that the program starts: there is one, nobody has to set it up, an upgrade replaces it, and it stays small. */
final class AgentIT {
    private static final Distribution DISTRIBUTION = Distribution.built();
    private static final Duration AGENT_MAX = Duration.ofMinutes(1);

    private static final long RESIDENT_MAX_KIB = 200 << 10;
    /** What the heap may still take of its limit while it settles. */
    private static final long RESIDENT_NOISE_KIB = 32 << 10;

    /** Far less than one for each segment. */
    private static final long COUNT_NOISE = 16;

    private static StoreProcess store;

    @BeforeAll
    static void start() {
        store = StoreProcess.start();
    }

    @AfterAll
    static void stop() {
        store.close();
    }

    private static ResidentAgent agentOf(ArchivingServer server) {
        return ResidentAgent.of(server.dataDirectory()).orElseThrow(() -> new AssertionError("no agent lives"));
    }

    @Test
    void archives_without_any_setup_by_one_agent() throws IOException {
        try (ArchivingServer server = ArchivingServer.start(DISTRIBUTION, store.environment("plain"))) {
            server.fillSegments(20);

            assertThat(server.requireEverythingArchived()).isGreaterThan(20);
            assertThat(ResidentAgent.allOf(server.dataDirectory())).containsExactly(agentOf(server));
            assertThat(agentOf(server).keeper()).isPresent();
        }
    }

    @Test
    void fifty_pushes_at_once_start_one_agent() throws InterruptedException, ExecutionException {
        try (ArchivingServer server = ArchivingServer.start(DISTRIBUTION, store.environment("fifty"), "false")) {
            server.fillSegments(50);
            List<String> segments = readySegments(server);
            assertThat(segments).hasSizeGreaterThanOrEqualTo(50);

            for (ToolRun push : pushAtOnce(server, segments.subList(0, 50))) {
                assertThat(push.exitStatus()).as(push.output()).isZero();
            }
            ResidentAgent agent = agentOf(server);
            Await.until(
                    "one agent is left",
                    AGENT_MAX,
                    () -> ResidentAgent.allOf(server.dataDirectory()).equals(List.of(agent)));
        }
    }

    private static List<String> readySegments(ArchivingServer server) {
        try (Stream<Path> files = Files.list(server.dataDirectory().resolve("pg_wal/archive_status"))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".ready"))
                    .map(name -> name.replace(".ready", ""))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new AssertionError("no archive_status", e);
        }
    }

    private static List<ToolRun> pushAtOnce(ArchivingServer server, List<String> segments)
            throws InterruptedException, ExecutionException {
        ExecutorService threads = Executors.newFixedThreadPool(segments.size());
        try {
            List<Future<ToolRun>> pushes = new ArrayList<>();
            for (String segment : segments) {
                pushes.add(threads.submit(() -> server.run("wal-push", "pg_wal/" + segment)));
            }
            List<ToolRun> runs = new ArrayList<>();
            for (Future<ToolRun> push : pushes) {
                runs.add(push.get());
            }
            return runs;
        } finally {
            threads.shutdownNow();
        }
    }

    /** The calls that it does not answer any more start its successor. */
    @Test
    void on_sigterm_it_finishes_what_is_under_way_and_says_what_remains()
            throws IOException, InterruptedException, ExecutionException {
        try (ArchivingServer server = ArchivingServer.start(DISTRIBUTION, store.environment("sigterm"), "false")) {
            server.fillSegments(40);
            List<String> segments = readySegments(server);
            ToolRun first = server.run("wal-push", "pg_wal/" + segments.get(0));
            assertThat(first.exitStatus()).as(first.output()).isZero();
            ResidentAgent agent = agentOf(server);

            CompletableFuture<Void> sigterm =
                    CompletableFuture.runAsync(() -> agent.process().destroy());
            List<String> pushed = segments.subList(1, 31);
            for (ToolRun push : pushAtOnce(server, pushed)) {
                assertThat(push.exitStatus()).as(push.output()).isZero();
            }
            sigterm.join();
            Await.until("its end", AGENT_MAX, () -> !agent.process().isAlive());

            assertThat(pushed)
                    .allSatisfy(name -> assertThat(
                                    store.archiveFile("sigterm", name).exists())
                            .isTrue());
            assertThat(Files.readString(server.dataDirectory().resolve("pg_wal/pgsql_tmp.pgagent/agent.log")))
                    .containsPattern("the agent ends reason='a signal' waiting_files=" + segments.size() + "\\b");
        }
    }

    @Test
    void an_upgrade_replaces_the_agent() throws IOException {
        try (ScratchDirectory scratch = ScratchDirectory.create()) {
            Distribution own = DISTRIBUTION.copyTo(scratch.resolve("pgagent"));
            try (ArchivingServer server = ArchivingServer.start(own, store.environment("upgrade"))) {
                server.fillSegments(2);
                server.awaitArchived();
                ResidentAgent before = agentOf(server);

                replace(agentJar(own));
                server.fillSegments(2); // in time for the old one, or just after its end
                server.awaitArchived();
                Await.until(
                        "the end of the old agent",
                        AGENT_MAX,
                        () -> !before.process().isAlive());
                server.fillSegments(2);
                server.awaitArchived();

                assertThat(agentOf(server)).isNotEqualTo(before);
                server.requireEverythingArchived();
            }
        }
    }

    private static Path agentJar(Distribution distribution) throws IOException {
        try (Stream<Path> files = Files.list(distribution.resolve("lib"))) {
            return files.filter(file -> file.getFileName().toString().startsWith("agent-"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** Puts a copy in the place of a file, as a package manager does. */
    private static void replace(Path file) {
        Path fresh = file.resolveSibling("fresh");
        ToolRun.successOf("cp", file.toString(), fresh.toString());
        ToolRun.successOf("chmod", "644", fresh.toString());
        ToolRun.successOf("mv", fresh.toString(), file.toString());
    }

    private record Footprint(long residentKiB, long threads, long openFiles) {
        static Footprint of(ResidentAgent agent) {
            return new Footprint(agent.residentKiB(), agent.threads(), agent.openFiles());
        }
    }

    @Test
    void stays_small_however_many_segments_it_pushes() {
        try (ArchivingServer server = ArchivingServer.start(DISTRIBUTION, store.environment("small"))) {
            server.fillSegments(100);
            server.awaitArchived();
            ResidentAgent agent = agentOf(server);
            Footprint before = Footprint.of(agent);

            for (int i = 0; i < 2; i++) {
                server.fillSegments(100);
                server.awaitArchived();
            }
            assertThat(server.archivedSegments()).hasSizeGreaterThan(300);
            Footprint after = Footprint.of(agent);
            System.out.println("agent after 100 segments: " + before + ", after 300: " + after);

            assertThat(agentOf(server)).isEqualTo(agent);
            assertThat(after.residentKiB()).isLessThan(RESIDENT_MAX_KIB);
            assertThat(after.residentKiB()).isLessThan(before.residentKiB() + RESIDENT_NOISE_KIB);
            assertThat(after.threads()).isLessThanOrEqualTo(before.threads() + COUNT_NOISE);
            assertThat(after.openFiles()).isLessThanOrEqualTo(before.openFiles() + COUNT_NOISE);
        }
    }
}
