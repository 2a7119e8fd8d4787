package org.pgagent.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgagent.wal.SampleServer.archive;
import static org.pgagent.wal.SampleServer.segment;
import static org.pgagent.wal.SampleWal.KEYS;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.error.ErrorKind;
import org.pgagent.postgres.SegmentRange;
import org.pgagent.postgres.Timeline;
import org.pgagent.repository.WalObjects;

/** Healing where the server has changed its timeline. */
class HealAlongHistoryTest {
    @TempDir
    private Path dir;

    private final TestRepository repository = TestRepository.inMemory();
    private Path scratch;
    private SampleServer server;
    private ArchiveHealing healing;

    @BeforeEach
    void start() throws IOException {
        scratch = Files.createDirectory(dir.resolve("scratch"));
        server = new SampleServer(dir.resolve("data"));
        healing = server.healing(repository.store());
    }

    @AfterEach
    void nothing_is_left_open() throws IOException {
        repository.requireTidy();
    }

    private void lose(String fileName) throws IOException {
        repository.delete(KEYS.walFile(fileName).value());
    }

    private void lose(long first, long last) throws IOException {
        for (long number = first; number <= last; number++) {
            lose(segment(number).fileName());
        }
    }

    /** Timeline 2 begins in segment 10; the archive has what {@link SampleServer#usual} has, and segments 10 to 12 of timeline 2. */
    private void promoted() throws IOException {
        server.usual(repository.store(), scratch);
        server.history(2, "1\t0/A80000\tno recovery target specified\n").note("00000002.history", "done");
        SampleServer.archiver(repository.store()).push(server.pgWal().resolve("00000002.history"));
        archive(repository.store(), scratch, 2, 10, 12);
        server.done(2, 10, 12).write(segment(2, 13)).checkpointIn(segment(2, 13));
    }

    @Test
    void a_switch_of_timelines_is_no_gap() throws IOException {
        promoted();

        SampleServer.requireNothing(healing.heal());
    }

    @Test
    void healing_follows_the_history_of_the_server() throws IOException {
        promoted();
        lose(4, 4);
        lose(9, 9);
        lose(segment(2, 10).fileName());
        lose(segment(2, 12).fileName());
        server.remove(segment(2, 10));
        server.done(1, 11, 11); // from before the server was rewound

        HealResult result = healing.heal();

        assertThat(result.healed())
                .containsExactly(segment(9).fileName(), segment(2, 12).fileName());
        assertThat(result.found()).containsExactly(SegmentRange.of(segment(4)), SegmentRange.of(segment(2, 10)));
        assertThat(result.open()).contains(result.found());
    }

    @Test
    void a_lost_history_file_is_stored_again_whatever_its_note_says() throws IOException {
        promoted();
        repository.delete("main/wal/00000002.history");
        Files.delete(server.pgWal().resolve("archive_status/00000002.history.done"));

        assertThat(healing.heal().healed()).containsExactly("00000002.history");
        SampleServer.requireNothing(healing.heal());
    }

    @Test
    void the_history_is_the_archives_if_the_server_has_it_no_longer() throws IOException {
        promoted();
        Files.delete(server.pgWal().resolve("00000002.history"));
        lose(4, 4);

        assertThat(healing.heal().found()).containsExactly(SegmentRange.of(segment(4)));
    }

    @Test
    void on_a_timeline_that_another_server_took_nothing_is_judged() throws IOException {
        promoted();
        repository.delete("main/wal/00000002.history");
        SampleWal.storeHistory(new WalObjects(repository.store(), KEYS), new Timeline(2), "1\t0/B80000\tx\n");
        lose(4, 4);

        HealResult result = healing.heal();

        assertThat(result.refused()).extracting(HealResult.Refused::file).containsExactly("00000002.history");
        assertThat(result.refused().get(0).reason().kind()).isEqualTo(ErrorKind.ARCHIVE_CONFLICT);
        assertThat(result.open()).isEmpty();
        assertThat(result.found()).isEmpty();
    }

    @Test
    void a_server_that_was_put_back_is_looked_at_from_its_new_timeline_on() throws IOException {
        server.usual(repository.store(), scratch);
        SampleServer.requireNothing(healing.heal());
        server.history(2, "1\t0/500000\tbefore 2026-11-25 05:00:00+00\n").note("00000002.history", "done");
        SampleServer.archiver(repository.store()).push(server.pgWal().resolve("00000002.history"));
        archive(repository.store(), scratch, 2, 6, 8);
        server.done(2, 8, 8).checkpointIn(segment(2, 9));

        assertThat(healing.heal().found()).containsExactly(SegmentRange.of(segment(2, 5)));
    }
}
