package org.pgagent.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgagent.wal.SampleServer.segment;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.kit.CapturedLog;
import org.pgagent.kit.ManualClock;
import org.pgagent.wal.ReadyFiles;
import org.pgagent.wal.SampleServer;

/** Whoever reads the agent's log alone learns that archiving lags, and that it has caught up. */
class BacklogWatchTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    @TempDir
    private Path dir;

    private final ManualClock clock = new ManualClock();
    private final CapturedLog log = CapturedLog.of(BacklogWatch.class);
    private SampleServer server;
    private BacklogWatch watch;

    @BeforeEach
    void makeServer() throws IOException {
        server = new SampleServer(dir);
        watch = new BacklogWatch(new ReadyFiles(server.pgWal()), clock);
    }

    @AfterEach
    void hearNoMore() {
        log.close();
    }

    private void ready(long number) throws IOException {
        String name = segment(number).fileName();
        server.note(name, "ready");
        Files.setLastModifiedTime(note(name), FileTime.from(clock.instant()));
    }

    private void archived(long number) throws IOException {
        Files.delete(note(segment(number).fileName()));
    }

    private Path note(String name) {
        return server.pgWal().resolve("archive_status").resolve(name + ".ready");
    }

    private void look(int minutes) {
        for (int i = 0; i < minutes; i++) {
            clock.advance(MINUTE);
            watch.look();
        }
    }

    @Test
    void files_that_are_stored_soon_are_not_spoken_of() throws IOException {
        for (int number = 1; number < 60; number++) {
            ready(number);
            look(1);
            archived(number);
        }
        look(1);

        assertThat(log.lines()).isEmpty();
    }

    @Test
    void a_backlog_is_told_every_ten_minutes_and_so_is_its_end() throws IOException {
        ready(1);
        look(1);
        ready(2);
        look(12);
        archived(1);
        archived(2);
        look(1);
        ready(3);
        look(2);

        assertThat(log.lines())
                .containsExactly(
                        "WARN archive files wait to be stored, and fill pg_wal: waiting_files=2 oldest_seconds=120",
                        "WARN archive files wait to be stored, and fill pg_wal: waiting_files=2 oldest_seconds=720",
                        "INFO archive files no longer wait for long: waiting_files=0",
                        "WARN archive files wait to be stored, and fill pg_wal: waiting_files=1 oldest_seconds=120");
    }

    @Test
    void a_store_that_is_just_too_slow_does_not_make_the_alarm_come_and_go() throws IOException {
        ready(1);
        look(2);
        for (int number = 2; number < 6; number++) {
            ready(number);
            archived(number - 1);
            clock.advance(Duration.ofSeconds(50));
            watch.look();
            clock.advance(Duration.ofSeconds(50));
            watch.look();
        }

        assertThat(log.lines()).hasSize(1);
    }

    @Test
    void a_directory_that_cannot_be_read_is_told() throws IOException {
        Files.delete(server.pgWal().resolve("archive_status"));

        watch.look();

        assertThat(log.lines()).singleElement().asString().startsWith("WARN what waits to be archived");
    }
}
