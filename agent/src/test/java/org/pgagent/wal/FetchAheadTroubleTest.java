package org.pgagent.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.pgagent.wal.SampleWal.SMALL;
import static org.pgagent.wal.SampleWal.segment;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.kit.Await;
import org.pgagent.kit.ScarceThreads;

/** Fetches ahead of their requests when the machine or the store is in trouble: nobody waits for what nobody does. */
@Timeout(20)
class FetchAheadTroubleTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    @TempDir
    private Path dir;

    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final Set<String> held = ConcurrentHashMap.newKeySet();
    private final CountDownLatch release = new CountDownLatch(1);
    private final ScarceThreads threads = new ScarceThreads("fetch");
    private Path target;
    private final List<FetchAhead> made = new ArrayList<>();

    @BeforeEach
    void makeTarget() throws IOException {
        target = Files.createDirectory(dir.resolve("pg_wal")).resolve("RECOVERYXLOG");
    }

    @AfterEach
    void end() throws InterruptedException {
        release.countDown();
        for (FetchAhead each : made) {
            each.close();
        }
        for (Thread thread : threads.made()) {
            thread.join(LIMIT.toMillis());
            assertThat(thread.isAlive()).isFalse();
        }
    }

    private FetchAhead fetching(Duration endMax) throws IOException {
        FetchAhead fetching = new FetchAhead(
                this::look,
                SMALL,
                Spool.open(dir.resolve("spool")),
                new TransferWorkers(threads, 1, new LinkedBlockingQueue<>(), endMax));
        made.add(fetching);
        return fetching;
    }

    private FetchResult look(String name, Path file) throws IOException {
        asked.add(name);
        if (held.contains(name)) {
            try {
                assertThat(release.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
        try (FetchTarget written = FetchTarget.create(file)) {
            written.write(name.getBytes(StandardCharsets.UTF_8));
            written.publish();
        }
        return FetchResult.FETCHED;
    }

    private static String name(int number) {
        return segment(number, SMALL).fileName();
    }

    private void requireFetched(FetchAhead fetching, int number) throws IOException {
        assertThat(fetching.fetch(name(number), target)).isEqualTo(FetchResult.FETCHED);
        assertThat(target).hasContent(name(number));
    }

    @Test
    void a_segment_for_which_no_thread_could_be_made_ahead_is_fetched_when_it_is_asked_for() throws IOException {
        FetchAhead fetching = fetching(LIMIT);
        threads.allow(0);
        assertThatThrownBy(() -> fetching.fetch(name(1), target)).isInstanceOf(OutOfMemoryError.class);
        assertThat(fetching.inSpool()).isZero();
        threads.allowAny();

        requireFetched(fetching, 2);
    }

    @Test
    void a_stuck_fetch_does_not_hold_the_end() throws IOException {
        FetchAhead fetching = fetching(Duration.ofMillis(50));
        held.add(name(2));
        requireFetched(fetching, 1);
        Await.until("the next one is under way", LIMIT, () -> asked.contains(name(2)));

        fetching.close();

        assertThat(fetching.inSpool()).isZero();
        assertThat(release.getCount()).isOne();
    }

    @Test
    void whoever_asks_in_the_moment_of_the_end_does_not_wait_for_what_was_given_up() throws Exception {
        FetchAhead fetching = fetching(LIMIT);
        held.add(name(3));
        requireFetched(fetching, 1);
        Await.until("the next one is under way", LIMIT, () -> asked.contains(name(2)));
        requireFetched(fetching, 2);
        Await.until("two are ahead, one is under way", LIMIT, () -> asked.contains(name(3)) && fetching.inSpool() == 2);
        Thread closing = new Thread(fetching::close, "closing");
        closing.start();
        Await.until(
                "the end waits for the one",
                LIMIT,
                () -> fetching.inSpool() == 1 && closing.getState() == Thread.State.TIMED_WAITING);

        requireFetched(fetching, 4);

        release.countDown();
        closing.join();
        assertThat(dir.resolve("spool")).isEmptyDirectory();
    }
}
