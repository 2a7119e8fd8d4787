package org.pgagent.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.Await;

class PushAheadTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    @TempDir
    private Path walDirectory;

    private final List<String> stored = Collections.synchronizedList(new ArrayList<>());
    private final Map<String, CountDownLatch> held = new ConcurrentHashMap<>();
    private final Map<String, AtomicInteger> failures = new ConcurrentHashMap<>();
    private final AtomicInteger atOnce = new AtomicInteger();
    private final AtomicInteger mostAtOnce = new AtomicInteger();
    private PushAhead pushing;

    @BeforeEach
    void makeStatusDirectory() throws IOException {
        Files.createDirectory(walDirectory.resolve("archive_status"));
        pushing = new PushAhead(walDirectory, this::store, 3);
    }

    @AfterEach
    void close() {
        held.values().forEach(CountDownLatch::countDown);
        pushing.close();
    }

    private PushResult store(Path file) throws IOException {
        String name = file.getFileName().toString();
        mostAtOnce.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
        try {
            CountDownLatch latch = held.get(name);
            if (latch != null && !latch.await(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("nobody let " + name + " go");
            }
            AtomicInteger failing = failures.get(name);
            if (failing != null && failing.getAndDecrement() > 0) {
                throw new PgAgentException(ErrorKind.STORE_FAILED, "no luck with " + name, "Try again.");
            }
            Files.size(file);
            stored.add(name);
            return PushResult.STORED;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        } finally {
            atOnce.decrementAndGet();
        }
    }

    private Path ready(String name) throws IOException {
        Files.createFile(walDirectory.resolve("archive_status/" + name + ".ready"));
        return Files.writeString(walDirectory.resolve(name), name);
    }

    /** Asks as the archiver does, which takes its note away after a good answer. */
    private PushResult archive(Path file) throws IOException {
        PushResult result = pushing.push(file);
        Files.delete(walDirectory.resolve("archive_status/" + file.getFileName() + ".ready"));
        return result;
    }

    private static String segment(int number) {
        return String.format("0000000100000000%08X", number);
    }

    private void await(int files) {
        Await.until(files + " files are stored", LIMIT, () -> stored.size() == files);
    }

    @Test
    void one_request_stores_what_waits_behind_it() throws IOException {
        Path first = ready(segment(1));
        for (int i = 2; i <= 20; i++) {
            ready(segment(i));
        }

        assertThat(pushing.push(first)).isEqualTo(PushResult.STORED);

        await(20);
        assertThat(mostAtOnce.get()).isBetween(1, 3);
    }

    @Test
    void a_segment_that_is_pushed_by_hand_before_its_time_delays_no_other() throws IOException {
        archive(ready(segment(1)));
        Path current = Files.writeString(walDirectory.resolve(segment(30)), "unfinished");
        failures.put(segment(30), new AtomicInteger(1));
        assertThatThrownBy(() -> pushing.push(current)).hasMessageContaining("no luck");
        Path second = ready(segment(2));
        ready(segment(3));

        archive(second);

        await(3);
    }

    @Test
    void what_was_stored_ahead_is_not_stored_again() throws IOException {
        Path first = ready(segment(1));
        Path second = ready(segment(2));
        archive(first);
        await(2);

        assertThat(pushing.push(second)).isEqualTo(PushResult.STORED);

        assertThat(stored).containsExactlyInAnyOrder(segment(1), segment(2));
    }

    @Test
    void the_answer_for_what_was_stored_ahead_is_followed_by_a_look_at_what_waits_by_then() throws IOException {
        Path first = ready(segment(1));
        Path second = ready(segment(2));
        archive(first);
        await(2);
        ready(segment(3));

        archive(second);

        await(3);
    }

    @Test
    void each_of_many_files_is_stored_once_although_the_server_drops_its_note_after_the_answer() throws IOException {
        for (int i = 1; i <= 500; i++) {
            ready(segment(i));
        }

        for (int i = 1; i <= 500; i++) {
            archive(walDirectory.resolve(segment(i)));
        }

        assertThat(stored).hasSize(500).doesNotHaveDuplicates();
    }

    @Test
    void a_note_without_its_file_keeps_nothing_else_from_being_stored() throws IOException {
        Path first = ready(segment(1));
        Files.delete(ready(segment(2)));
        ready(segment(3));

        archive(first);

        await(2);
        assertThat(stored).containsExactlyInAnyOrder(segment(1), segment(3));
    }

    @Test
    void an_answer_waits_for_its_own_file() throws Exception {
        Path first = ready(segment(1));
        Path second = ready(segment(2));
        CountDownLatch latch = new CountDownLatch(1);
        held.put(segment(2), latch);
        archive(first);

        CompletableFuture<PushResult> answer = inBackground(second);
        assertThat(answer).isNotDone();
        latch.countDown();

        assertThat(answer.get(LIMIT.toSeconds(), TimeUnit.SECONDS)).isEqualTo(PushResult.STORED);
        assertThat(stored).containsOnlyOnce(segment(2));
    }

    private CompletableFuture<PushResult> inBackground(Path file) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return pushing.push(file);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
    }

    @Test
    void history_files_come_before_segments() throws IOException {
        Path asked = ready(segment(1));
        for (int i = 2; i <= 10; i++) {
            held.put(segment(i), new CountDownLatch(1));
            ready(segment(i));
        }
        ready("00000002.history");

        pushing.push(asked);

        Await.until("the history file is stored", LIMIT, () -> stored.contains("00000002.history"));
    }

    @Test
    void a_file_that_is_asked_for_overtakes_those_that_are_not() throws Exception {
        Path first = ready(segment(1));
        for (int i = 2; i <= 30; i++) {
            held.put(segment(i), new CountDownLatch(1));
            ready(segment(i));
        }
        held.remove(segment(30));
        pushing.push(first);
        Await.until("three uploads are under way", LIMIT, () -> atOnce.get() == 3);
        FutureTask<PushResult> answer = new FutureTask<>(() -> pushing.push(walDirectory.resolve(segment(30))));
        Thread asking = new Thread(answer, "asking");
        asking.start();
        Await.until("the request waits", LIMIT, () -> asking.getState() == Thread.State.WAITING);

        held.get(segment(2)).countDown();

        assertThat(answer.get(LIMIT.toSeconds(), TimeUnit.SECONDS)).isEqualTo(PushResult.STORED);
        assertThat(stored).containsExactlyInAnyOrder(segment(1), segment(2), segment(30));
    }

    @Test
    void a_failure_ahead_of_its_request_is_tried_anew_with_it() throws IOException {
        Path first = ready(segment(1));
        Path second = ready(segment(2));
        failures.put(segment(2), new AtomicInteger(1));
        pushing.push(first);
        Await.until("nothing is under way", LIMIT, () -> pushing.underWay() == 0);

        assertThat(pushing.push(second)).isEqualTo(PushResult.STORED);
    }

    @Test
    void nothing_is_stored_from_behind_a_segment_that_is_refused() throws IOException {
        Path history = ready("00000002.history");
        Path first = ready(segment(1));
        for (int i = 2; i <= 20; i++) {
            ready(segment(i));
        }
        failures.put(segment(1), new AtomicInteger(2));

        archive(history);
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> pushing.push(first)).hasMessage("no luck with " + segment(1));
        }

        assertThat(pushing.underWay()).isZero();
        assertThat(stored).containsExactly("00000002.history");
    }

    @Test
    void the_success_of_a_request_does_not_end_the_doubt_about_a_later_file() throws IOException {
        for (int i = 1; i <= 20; i++) {
            ready(segment(i));
        }
        held.put(segment(2), new CountDownLatch(1));
        held.put(segment(3), new CountDownLatch(1));
        held.put(segment(4), new CountDownLatch(1));
        failures.put(segment(3), new AtomicInteger(1));

        archive(walDirectory.resolve(segment(1)));
        Await.until("three uploads are under way", LIMIT, () -> atOnce.get() == 3);
        held.get(segment(3)).countDown();
        Await.until("the third one failed", LIMIT, () -> pushing.underWay() == 2);
        held.get(segment(2)).countDown();
        held.get(segment(4)).countDown();
        assertThat(archive(walDirectory.resolve(segment(2)))).isEqualTo(PushResult.STORED);
        Await.until("nothing is under way", LIMIT, () -> pushing.underWay() == 0);
        assertThat(stored).containsExactlyInAnyOrder(segment(1), segment(2), segment(4));

        assertThat(archive(walDirectory.resolve(segment(3)))).isEqualTo(PushResult.STORED);
        await(20);
    }

    @Test
    void a_failure_ahead_of_its_request_ends_what_waits_behind_it() throws IOException {
        Path first = ready(segment(1));
        for (int i = 2; i <= 20; i++) {
            ready(segment(i));
        }
        for (int i = 2; i <= 4; i++) {
            held.put(segment(i), new CountDownLatch(1));
        }
        failures.put(segment(2), new AtomicInteger(1));

        pushing.push(first);
        Await.until("three uploads are under way", LIMIT, () -> atOnce.get() == 3);
        held.get(segment(2)).countDown();
        Await.until("only what had been begun is under way", LIMIT, () -> pushing.underWay() == 2);
        held.values().forEach(CountDownLatch::countDown);
        await(3);

        assertThat(pushing.underWay()).isZero();
        assertThat(stored).containsExactlyInAnyOrder(segment(1), segment(3), segment(4));
    }

    @Test
    void the_failure_of_a_request_is_its_answer() throws IOException {
        Path first = ready(segment(1));
        failures.put(segment(1), new AtomicInteger(1));

        assertThatThrownBy(() -> pushing.push(first)).hasMessage("no luck with " + segment(1));
        assertThat(pushing.push(first)).isEqualTo(PushResult.STORED);
    }

    @Test
    void a_file_that_is_another_one_by_now_is_stored_again() throws IOException {
        Path first = ready(segment(1));
        Path second = ready(segment(2));
        archive(first);
        await(2);
        Files.delete(second);
        Files.writeString(second, "another file of the same name");

        archive(second);

        assertThat(stored).containsExactlyInAnyOrder(segment(1), segment(2), segment(2));
    }

    @Test
    void what_is_not_asked_for_any_more_makes_room() throws IOException {
        Path first = ready(segment(1));
        for (int i = 2; i <= 60; i++) {
            ready(segment(i));
        }
        archive(first);
        await(60);
        for (int i = 2; i <= 60; i++) {
            Files.delete(walDirectory.resolve("archive_status/" + segment(i) + ".ready"));
        }
        for (int i = 61; i <= 80; i++) {
            ready(segment(i));
        }

        archive(walDirectory.resolve(segment(61)));

        await(80);
        assertThat(stored).doesNotHaveDuplicates();
    }

    @Test
    void a_file_that_is_gone_is_a_failure() {
        assertThatThrownBy(() -> pushing.push(walDirectory.resolve(segment(1))))
                .isInstanceOfSatisfying(
                        PgAgentException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.LOCAL_IO));
    }

    @Test
    void a_file_from_elsewhere_is_stored_alone(@TempDir Path elsewhere) throws IOException {
        ready(segment(1));
        Path file = Files.writeString(elsewhere.resolve(segment(7)), "x");

        assertThat(pushing.push(file)).isEqualTo(PushResult.STORED);

        assertThat(stored).containsExactly(segment(7));
    }

    @Test
    void closing_finishes_what_is_under_way_and_begins_no_more() throws Exception {
        Path first = ready(segment(1));
        for (int i = 2; i <= 30; i++) {
            held.put(segment(i), new CountDownLatch(1));
            ready(segment(i));
        }
        pushing.push(first);
        Await.until("three uploads are under way", LIMIT, () -> atOnce.get() == 3);
        CompletableFuture<Void> closing = CompletableFuture.runAsync(pushing::close);
        Await.until("no more are in the queue", LIMIT, () -> pushing.underWay() == 3);
        assertThat(closing).isNotDone();

        held.values().forEach(CountDownLatch::countDown);

        closing.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        assertThat(stored).hasSize(4);
        assertThatThrownBy(() -> pushing.push(walDirectory.resolve(segment(30))))
                .isInstanceOfSatisfying(
                        PgAgentException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INTERRUPTED));
    }
}
