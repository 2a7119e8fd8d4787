package org.pgagent.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgagent.wal.SampleServer.segment;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.kit.Await;
import org.pgagent.kit.MemoryObjectStore;
import org.pgagent.kit.ScratchDirectory;
import org.pgagent.postgres.WalSegment;
import org.pgagent.repository.ClusterDescriptions;
import org.pgagent.serve.AgentAnswer;
import org.pgagent.serve.AgentDirectory;
import org.pgagent.storage.ListDepth;
import org.pgagent.wal.SampleServer;
import org.pgagent.wal.SampleWal;

/** Requests that meet each other in one agent. */
class WalDeskTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final AgentAnswer.Done DONE = new AgentAnswer.Done(0, "");

    @TempDir
    private Path dir;

    private final ScratchDirectory scratch = ScratchDirectory.create();
    private final List<HeldStore> stores = new ArrayList<>();
    private SampleServer server;
    private ServedStores agent;
    private Path target;

    @BeforeEach
    void serve() throws IOException {
        server = new SampleServer(scratch.resolve("data")).checkpointIn(segment(10));
        agent = new ServedStores(server.dataDirectory()).serve("--jobs=16");
        target = server.pgWal().resolve("RECOVERYXLOG");
    }

    @AfterEach
    void end() {
        stores.forEach(HeldStore::release);
        agent.close();
        scratch.close();
    }

    /** A bucket with the archive's segments from 3 on, in which some requests wait. */
    private HeldStore archive(String bucket, int last, Predicate<String> held) throws IOException {
        MemoryObjectStore inner = new MemoryObjectStore();
        new ClusterDescriptions(inner, SampleWal.KEYS).claim(SampleWal.cluster(SampleWal.SMALL));
        for (int number = 3; number <= last; number++) {
            SampleServer.archiver(inner).push(SampleWal.write(dir, segment(number), number));
        }
        HeldStore store = new HeldStore(inner, held);
        agent.put(bucket, store.store());
        stores.add(store);
        return store;
    }

    /** Makes the agent open a bucket, by a push that fails: two fetches may wait for each other, even with two targets. */
    private void ask(String bucket) throws IOException {
        assertThat(agent.caller(bucket).push(dir.resolve("nothing")).message()).contains("nothing");
    }

    /** Asks for so many archives that those before are forgotten. */
    private void askForOthers() throws IOException {
        for (int i = 0; i < 4; i++) {
            archive("b" + i, 2, key -> false);
            ask("b" + i);
        }
    }

    private static <T> FutureTask<T> inBackground(Callable<T> work) {
        FutureTask<T> task = new FutureTask<>(work);
        new Thread(task, "asking").start();
        return task;
    }

    private static boolean aThreadIs(String name, Thread.State state) {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().equals(name) && thread.getState() == state);
    }

    @Test
    void the_archive_that_nobody_has_asked_for_the_longest_is_forgotten() throws IOException {
        for (int i = 0; i < 5; i++) {
            archive("b" + i, 2, key -> false);
        }
        for (int i = 0; i < 4; i++) {
            ask("b" + i);
        }
        ask("b0");

        ask("b4");

        Await.until("the second one is closed", LIMIT, () -> stores.get(1).isClosed());
        assertThat(stores).filteredOn(HeldStore::isClosed).hasSize(1);
        ask("b0");
    }

    @Test
    void the_archive_that_was_stored_into_last_is_not_forgotten() throws IOException {
        Path file = server.handOver(segment(3));
        for (int i = 0; i < 5; i++) {
            archive("b" + i, 2, key -> false);
        }
        assertThat(agent.caller("b0").push(file)).isEqualTo(DONE);

        for (int i = 1; i < 5; i++) {
            ask("b" + i);
        }

        Await.until("the second one is closed", LIMIT, () -> stores.get(1).isClosed());
        assertThat(stores.get(0).isClosed()).isFalse();
    }

    /** Ends the agent, and starts one that is told of a bucket, of which it has the content. */
    private HeldStore restart(MemoryObjectStore inner) throws IOException {
        agent.close();
        HeldStore store = new HeldStore(inner, key -> false);
        agent = new ServedStores(server.dataDirectory());
        agent.put("main", store.store());
        agent.serve("--bucket=file:///main", "--cluster=main");
        return store;
    }

    /** Otherwise a primary that writes nothing for a while would look like a dead one after each start of its agent. */
    @Test
    void an_archive_that_was_ours_is_looked_after_before_anything_is_pushed() throws IOException {
        MemoryObjectStore inner = new MemoryObjectStore();
        agent.put("main", new HeldStore(inner, key -> false).store());
        server.withProcess(ProcessHandle.current().pid());
        Path file = SampleWal.write(server.pgWal(), segment(3), 3);
        server.note(segment(3).fileName(), "done");
        assertThat(agent.caller("main").push(file)).isEqualTo(DONE);

        restart(inner);

        Await.until(
                "it was looked at",
                LIMIT,
                () -> agent.caller("main").status().message().contains("\"gaps\" : 0"));
    }

    @Test
    void an_archive_that_was_never_ours_is_left_alone() throws IOException {
        MemoryObjectStore inner = new MemoryObjectStore();
        server.withProcess(ProcessHandle.current().pid());

        HeldStore store = restart(inner);
        Await.until("it was looked for a lease", LIMIT, () -> store.hasBeenAskedFor("lease.json"));
        agent.close();

        assertThat(inner.list("", ListDepth.ALL, Optional.empty()).objects()).isEmpty();
    }

    @Test
    void an_archive_is_looked_after_as_soon_as_something_was_stored_into_it() throws IOException {
        archive("main", 2, key -> false);
        server.withProcess(ProcessHandle.current().pid());
        Path file = SampleWal.write(server.pgWal(), segment(3), 3);
        server.note(segment(3).fileName(), "done");

        assertThat(agent.caller("main").push(file)).isEqualTo(DONE);

        Await.until(
                "it was looked at",
                LIMIT,
                () -> agent.caller("main").status().message().contains("\"gaps\" : 0"));
    }

    @Test
    void what_a_killed_fetch_left_long_ago_is_gone_when_an_agent_has_started() throws IOException {
        Path left = Files.createFile(server.pgWal().resolve("RECOVERYXLOG.4711.pgagent-fetch"));
        Files.setLastModifiedTime(left, FileTime.from(Instant.EPOCH));

        restart(new MemoryObjectStore());

        assertThat(left).doesNotExist();
    }

    @Test
    void a_push_needs_no_spool() throws IOException {
        archive("main", 3, key -> false);
        Path file = server.handOver(segment(4));
        Path spool = new AgentDirectory(server.dataDirectory()).spool();
        Files.createFile(spool);

        assertThat(agent.caller("main").push(file)).isEqualTo(DONE);
        AgentAnswer.Done fetch = agent.caller("main").fetch(segment(3).fileName(), target);
        assertThat(fetch.message()).contains("the spool " + spool + " cannot be used");
        Files.delete(spool);
        assertThat(agent.caller("main").fetch(segment(3).fileName(), target)).isEqualTo(DONE);
    }

    @Test
    void a_fetch_that_is_under_way_ends_well_when_its_archive_is_forgotten() throws Exception {
        String name = segment(3).fileName();
        HeldStore eldest = archive("eldest", 3, key -> key.contains(name));
        FutureTask<AgentAnswer.Done> answer =
                inBackground(() -> agent.caller("eldest").fetch(name, target));
        Await.until("the fetch is under way", LIMIT, () -> eldest.waiting() == 1);
        askForOthers();
        Await.until(
                "it is being forgotten",
                LIMIT,
                () -> eldest.isClosed() || aThreadIs("closing an archive", Thread.State.WAITING));

        eldest.release();

        assertThat(answer.get(LIMIT.toSeconds(), TimeUnit.SECONDS)).isEqualTo(DONE);
        assertThat(target).hasBinaryContent(SampleWal.bytes(segment(3), 3));
        Await.until("it is closed", LIMIT, eldest::isClosed);
    }

    @Test
    void a_push_that_is_under_way_ends_well_when_its_archive_is_forgotten() throws Exception {
        Path file = server.handOver(segment(3));
        HeldStore eldest = archive("eldest", 2, key -> key.contains(segment(3).fileName()));
        FutureTask<AgentAnswer.Done> answer =
                inBackground(() -> agent.caller("eldest").push(file));
        Await.until("the push is under way", LIMIT, () -> eldest.waiting() == 1);
        askForOthers();

        eldest.release();

        assertThat(answer.get(LIMIT.toSeconds(), TimeUnit.SECONDS)).isEqualTo(DONE);
        Await.until("it is closed", LIMIT, eldest::isClosed);
    }

    @Test
    void a_fetch_whose_caller_is_gone_does_not_put_its_file_over_that_of_the_next_one() throws Exception {
        String orphan = segment(3).fileName();
        HeldStore store = archive("main", 5, key -> key.contains(orphan));
        FutureTask<AgentAnswer.Done> first =
                inBackground(() -> agent.caller("main").fetch(orphan, target));
        Await.until("the first is under way", LIMIT, () -> store.waiting() == 1);
        FutureTask<AgentAnswer.Done> second =
                inBackground(() -> agent.caller("main").fetch(segment(5).fileName(), target));
        Await.until("the second waits", LIMIT, () -> second.isDone() || aThreadIs("caller", Thread.State.BLOCKED));

        store.release();

        assertThat(first.get(LIMIT.toSeconds(), TimeUnit.SECONDS)).isEqualTo(DONE);
        assertThat(second.get(LIMIT.toSeconds(), TimeUnit.SECONDS)).isEqualTo(DONE);
        assertThat(target).hasBinaryContent(SampleWal.bytes(segment(5), 5));
    }

    @Test
    void four_files_are_pushed_at_once_whatever_jobs_says() throws Exception {
        HeldStore store = archive("main", 2, key -> isOf(key, segment(4)));
        for (int number = 3; number < 13; number++) {
            server.handOver(segment(number));
        }
        Path first = server.pgWal().resolve(segment(3).fileName());
        assertThat(agent.caller("main").push(first)).isEqualTo(DONE);

        requireAtOnce(store, 4);
        store.release();
    }

    /** Whether a key is that of a segment, or of a later one. */
    private static boolean isOf(String key, WalSegment first) {
        String name = key.substring(key.lastIndexOf('/') + 1);
        return name.compareTo(first.fileName()) >= 0 && name.compareTo("000000010000000100000000") < 0;
    }

    @Test
    void three_segments_are_fetched_ahead_at_once_whatever_jobs_says() throws Exception {
        HeldStore store = archive("main", 20, key -> isOf(key, segment(8)));
        for (int number = 3; number < 8; number++) {
            String name = segment(number).fileName();
            assertThat(agent.caller("main").fetch(name, target)).isEqualTo(DONE);
            String next = segment(number + 1).fileName();
            Await.until("the next one is on its way", LIMIT, () -> store.hasBeenAskedFor(next));
        }

        requireAtOnce(store, 3);
    }

    /** Gives those that are too many the time of some requests to come. */
    private void requireAtOnce(HeldStore store, int count) throws IOException {
        Await.until(count + " are under way", LIMIT, () -> store.waiting() >= count);
        for (int i = 0; i < 20; i++) {
            assertThat(agent.caller("main").status().status()).isZero();
            assertThat(store.waiting()).isEqualTo(count);
        }
    }
}
