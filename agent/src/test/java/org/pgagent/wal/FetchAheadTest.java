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
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.Await;
import org.pgagent.postgres.Timeline;

class FetchAheadTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    @TempDir
    private Path dir;

    private final Set<String> archive = ConcurrentHashMap.newKeySet();
    private final Set<String> broken = ConcurrentHashMap.newKeySet();
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private Path spoolDirectory;
    private Path target;
    private FetchAhead fetching;

    @BeforeEach
    void open() throws IOException {
        spoolDirectory = dir.resolve("spool");
        target = Files.createDirectory(dir.resolve("pg_wal")).resolve("RECOVERYXLOG");
        fetching = new FetchAhead(this::look, SMALL, Spool.open(spoolDirectory), 3);
    }

    @AfterEach
    void close() {
        fetching.close();
    }

    private FetchResult look(String name, Path file) throws IOException {
        boolean there = archive.contains(name);
        asked.add(name); // last, for whoever sees it may archive the file then
        if (broken.contains(name)) {
            throw new PgAgentException(ErrorKind.STORE_FAILED, "no luck with " + name, "Try again.");
        }
        if (!there) {
            return FetchResult.NOT_IN_ARCHIVE;
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

    private void archived(int first, int last) {
        for (int i = first; i <= last; i++) {
            archive.add(name(i));
        }
    }

    private FetchResult fetch(String name) throws IOException {
        Files.deleteIfExists(target);
        FetchResult result = fetching.fetch(name, target);
        if (result == FetchResult.FETCHED) {
            assertThat(target).hasContent(name);
        } else {
            assertThat(target).doesNotExist();
        }
        return result;
    }

    private List<String> spooled() throws IOException {
        try (var files = Files.list(spoolDirectory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void a_recovery_finds_most_segments_in_the_spool() throws IOException {
        archived(1, 60);

        for (int i = 1; i <= 60; i++) {
            assertThat(fetch(name(i))).isEqualTo(FetchResult.FETCHED);
        }

        assertThat(asked).hasSizeLessThan(80).contains(name(60));
    }

    @Test
    void each_segment_is_fetched_once() throws IOException {
        archived(1, 200);

        for (int i = 1; i <= 30; i++) {
            fetch(name(i));
            int next = i + 1;
            Await.until("the next one is on its way", LIMIT, () -> asked.contains(name(next)));
        }

        assertThat(asked).doesNotHaveDuplicates();
    }

    @Test
    void the_spool_is_bounded() throws IOException {
        archived(1, 200);
        for (int i = 1; i <= 40; i++) {
            fetch(name(i));
            assertThat(spooled()).hasSizeLessThanOrEqualTo(2 * 16);
        }
        Await.until("nothing is under way", LIMIT, () -> spooled().size() == fetching.inSpool());
        assertThat(fetching.inSpool()).isLessThanOrEqualTo(16);
    }

    @Test
    void the_end_of_the_archive_is_looked_at_afresh_each_time() throws IOException {
        archived(1, 3);
        for (int i = 1; i <= 3; i++) {
            fetch(name(i));
        }
        assertThat(fetch(name(4))).isEqualTo(FetchResult.NOT_IN_ARCHIVE);
        assertThat(fetch(name(4))).isEqualTo(FetchResult.NOT_IN_ARCHIVE);

        archived(4, 4);

        assertThat(fetch(name(4))).isEqualTo(FetchResult.FETCHED);
    }

    @Test
    void a_standby_at_the_end_of_the_archive_costs_one_look_ahead_for_a_segment() throws IOException {
        archived(1, 20);
        for (int i = 1; i <= 20; i++) {
            fetch(name(i));
        }
        Await.until("nothing is under way", LIMIT, () -> {
            fetching.dropAfter(Duration.ZERO);
            return fetching.inSpool() == 0;
        });
        fetch(name(21));
        asked.clear();

        for (int i = 21; i <= 30; i++) {
            archived(i, i);
            assertThat(fetch(name(i))).isEqualTo(FetchResult.FETCHED);
            int next = i + 1;
            Await.until("the next one was looked for", LIMIT, () -> asked.contains(name(next)));
        }

        assertThat(asked).hasSizeLessThanOrEqualTo(2 * 10 + 1);
    }

    @Test
    void trouble_ahead_is_no_trouble_until_it_is_asked_for() throws IOException {
        archived(1, 10);
        broken.add(name(3));
        fetch(name(1));
        fetch(name(2));

        assertThatThrownBy(() -> fetch(name(3))).hasMessage("no luck with " + name(3));
        broken.clear();

        assertThat(fetch(name(3))).isEqualTo(FetchResult.FETCHED);
        assertThat(fetch(name(4))).isEqualTo(FetchResult.FETCHED);
    }

    @Test
    void a_segment_may_be_asked_for_twice() throws IOException {
        archived(1, 10);
        for (int i = 1; i <= 5; i++) {
            fetch(name(i));
        }

        assertThat(fetch(name(5))).isEqualTo(FetchResult.FETCHED);
        assertThat(fetch(name(2))).isEqualTo(FetchResult.FETCHED);
        assertThat(fetch(name(6))).isEqualTo(FetchResult.FETCHED);
    }

    @Test
    void looking_for_a_segment_on_another_timeline_wastes_nothing() throws IOException {
        archived(1, 20);
        for (int i = 1; i <= 6; i++) {
            fetch(name(i));
        }
        String later = segment(7, SMALL).on(new Timeline(2)).fileName();

        assertThat(fetch(later)).isEqualTo(FetchResult.NOT_IN_ARCHIVE);
        for (int i = 7; i <= 10; i++) {
            fetch(name(i));
        }

        // Behind the end of the archive it looks again whenever it comes there, for more may have been archived.
        assertThat(asked).filteredOn(archive::contains).doesNotHaveDuplicates();
    }

    @Test
    void what_a_former_process_left_in_the_spool_is_never_served() throws IOException {
        fetching.close();
        Files.writeString(spoolDirectory.resolve(name(2)), "of another cluster");
        Files.createDirectory(spoolDirectory.resolve("0"));
        Files.writeString(spoolDirectory.resolve("0").resolve(name(2)), "of another cluster");
        archived(1, 2);

        fetching = new FetchAhead(this::look, SMALL, Spool.open(spoolDirectory), 3);

        assertThat(spooled()).isEmpty();
        fetch(name(1));
        fetch(name(2));
    }

    @Test
    void a_spool_that_somebody_empties_costs_a_second_look() throws IOException {
        archived(1, 10);
        fetch(name(1));
        Await.until("the next one is there", LIMIT, () -> spooled().contains(name(2)));
        for (String file : spooled()) {
            Files.delete(spoolDirectory.resolve(file));
        }

        assertThat(fetch(name(2))).isEqualTo(FetchResult.FETCHED);
    }

    @Test
    void a_recovery_that_is_over_leaves_nothing_behind() throws IOException {
        archived(1, 10);
        for (int i = 1; i <= 4; i++) {
            fetch(name(i));
        }
        Await.until("nothing is under way", LIMIT, () -> {
            fetching.dropAfter(Duration.ZERO);
            return fetching.inSpool() == 0;
        });

        assertThat(spooled()).isEmpty();
    }

    @Test
    void history_files_are_not_spooled() throws IOException {
        archive.add("00000002.history");

        assertThat(fetch("00000002.history")).isEqualTo(FetchResult.FETCHED);
        assertThat(fetch("00000003.history")).isEqualTo(FetchResult.NOT_IN_ARCHIVE);

        assertThat(asked).containsExactly("00000002.history", "00000003.history");
    }
}
