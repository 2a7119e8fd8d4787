package org.pgagent.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.kit.Await;
import org.pgagent.kit.ToolRun;

/** Two stores of this process on one directory, as in an agent whose commands name it with other settings each. */
class StoreLockTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final String TRY_TO_LOCK =
            "import fcntl, sys; fcntl.lockf(open(sys.argv[1], 'r+'), fcntl.LOCK_EX | fcntl.LOCK_NB)";

    @TempDir
    private Path dir;

    private static boolean anotherProcessGetsIt(Path file) {
        return ToolRun.of(List.of("python3", "-c", TRY_TO_LOCK, file.toString()))
                        .exitStatus()
                == 0;
    }

    @Test
    void closing_one_takes_the_lock_away_from_no_other() throws Exception {
        Path file = dir.resolve("lock");
        StoreLock closed = new StoreLock(file);
        assertThat(closed.holding(() -> "its file is open now")).isNotEmpty();
        FutureTask<Void> closing = new FutureTask<>(() -> {
            closed.close();
            return null;
        });
        Thread thread = new Thread(closing, "closing");

        try (StoreLock holder = new StoreLock(file)) {
            boolean taken = holder.holding(() -> {
                thread.start();
                Await.until(
                        "it waits, or is closed",
                        LIMIT,
                        () -> closing.isDone() || thread.getState() == Thread.State.TIMED_WAITING);
                return anotherProcessGetsIt(file);
            });
            assertThat(taken).isFalse();

            closing.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
            assertThat(anotherProcessGetsIt(file)).isTrue();
        }
    }
}
