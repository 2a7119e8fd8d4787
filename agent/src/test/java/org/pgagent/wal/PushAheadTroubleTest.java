package org.pgagent.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.Await;
import org.pgagent.kit.ScarceThreads;

/** Uploads ahead of their requests when the machine or the store is in trouble: nobody waits for what nobody does. */
@Timeout(20)
class PushAheadTroubleTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final int FILES = 70;
    private static final int AHEAD_MAX = 64;

    @TempDir
    private Path walDirectory;

    private final List<String> tried = new CopyOnWriteArrayList<>();
    private final Set<String> stored = ConcurrentHashMap.newKeySet();
    private final Set<String> held = ConcurrentHashMap.newKeySet();
    private final Set<String> broken = ConcurrentHashMap.newKeySet();
    private final CountDownLatch release = new CountDownLatch(1);
    private final ScarceThreads threads = new ScarceThreads("push");
    private PushAhead pushing;

    @BeforeEach
    void open() throws IOException {
        Files.createDirectory(walDirectory.resolve("archive_status"));
        pushing = new PushAhead(
                walDirectory,
                this::store,
                new TransferWorkers(threads, 3, new PriorityBlockingQueue<>(), Duration.ofMillis(50)));
    }

    @AfterEach
    void close() {
        release.countDown();
        pushing.close();
    }

    private PushResult store(Path file) throws IOException {
        String name = file.getFileName().toString();
        tried.add(name);
        if (held.contains(name)) {
            try {
                assertThat(release.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
        if (broken.contains(name)) {
            throw new PgAgentException(ErrorKind.STORE_FAILED, "no luck with " + name, "Try again.");
        }
        stored.add(name);
        return PushResult.STORED;
    }

    private static String segment(int number) {
        return String.format("0000000100000000%08X", number);
    }

    private Path file(int number) {
        return walDirectory.resolve(segment(number));
    }

    private void ready(int first, int last) throws IOException {
        for (int number = first; number <= last; number++) {
            Files.createFile(walDirectory.resolve("archive_status/" + segment(number) + ".ready"));
            Files.writeString(file(number), segment(number));
        }
    }

    private void nothingIsUnderWay() {
        Await.until("nothing is under way", LIMIT, () -> pushing.underWay() == 0);
    }

    @Test
    void a_request_for_which_no_thread_can_be_made_fails_and_the_next_one_does_not_wait_for_it() throws IOException {
        ready(1, 1);
        threads.allow(0);

        assertThatThrownBy(() -> pushing.push(file(1))).isInstanceOf(OutOfMemoryError.class);
        assertThat(pushing.underWay()).isZero();
        threads.allowAny();

        assertThat(pushing.push(file(1))).isEqualTo(PushResult.STORED);
    }

    @Test
    void a_file_for_which_no_thread_could_be_made_ahead_is_stored_when_it_is_asked_for() throws IOException {
        ready(1, 2);
        threads.allow(1);
        assertThatThrownBy(() -> pushing.push(file(1))).isInstanceOf(OutOfMemoryError.class);
        threads.allowAny();

        assertThat(pushing.push(file(2))).isEqualTo(PushResult.STORED);
    }

    @Test
    void a_stuck_upload_does_not_hold_the_end() throws IOException {
        ready(1, 2);
        held.add(segment(2));
        pushing.push(file(1));
        Await.until("the second one is under way", LIMIT, () -> tried.contains(segment(2)));

        pushing.close();

        assertThat(stored).containsExactly(segment(1));
        assertThat(release.getCount()).isOne();
    }

    @Test
    void nothing_is_uploaded_ahead_from_a_failure_to_the_next_success() throws IOException {
        ready(1, 5);
        Collections.addAll(broken, segment(1), segment(2), segment(3), segment(4), segment(5));
        assertThatThrownBy(() -> pushing.push(file(1))).hasMessageContaining("no luck");
        nothingIsUnderWay();
        tried.clear();

        assertThatThrownBy(() -> pushing.push(file(1))).hasMessageContaining("no luck");
        nothingIsUnderWay();
        assertThat(tried).containsExactly(segment(1));
        broken.clear();
        pushing.push(file(1));

        Await.until("all are stored", LIMIT, () -> stored.size() == 5);
    }

    @Test
    void what_failed_ahead_is_tried_anew_and_takes_no_room() throws IOException {
        ready(1, FILES);
        for (int number = 2; number <= FILES; number++) {
            broken.add(segment(number));
        }
        pushing.push(file(1));
        nothingIsUnderWay();
        broken.clear();
        pushing.push(file(FILES)); // behind all that failed, whichever those were

        Await.until(
                "as many as may be ahead, and the first one, are stored", LIMIT, () -> stored.size() == AHEAD_MAX + 1);
        assertThat(stored).contains(segment(2), segment(3), segment(4));
    }
}
