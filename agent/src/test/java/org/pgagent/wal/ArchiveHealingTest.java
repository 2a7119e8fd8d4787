package org.pgagent.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.pgagent.wal.SampleServer.archive;
import static org.pgagent.wal.SampleServer.backup;
import static org.pgagent.wal.SampleServer.segment;
import static org.pgagent.wal.SampleWal.KEYS;
import static org.pgagent.wal.SampleWal.SMALL;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.ClusterState;
import org.pgagent.postgres.SegmentRange;
import org.pgagent.postgres.WalSegment;
import org.pgagent.repository.WalGap;
import org.pgagent.repository.WalGaps;

class ArchiveHealingTest {
    @TempDir
    private Path dir;

    private final TestRepository repository = TestRepository.inMemory();
    private final WalGaps gaps = new WalGaps(repository.store(), KEYS);
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

    private void usual() throws IOException {
        server.usual(repository.store(), scratch);
    }

    private void lose(String fileName) throws IOException {
        repository.delete(KEYS.walFile(fileName).value());
    }

    private void lose(long first, long last) throws IOException {
        for (long number = first; number <= last; number++) {
            lose(segment(number).fileName());
        }
    }

    private static SegmentRange range(WalSegment first, WalSegment last) {
        return new SegmentRange(first, last);
    }

    @Test
    void a_whole_archive_is_left_alone() throws IOException {
        usual();
        List<String> before = repository.keys();

        SampleServer.requireNothing(healing.heal());
        SampleServer.requireNothing(healing.heal());

        assertThat(repository.keys()).isEqualTo(before);
    }

    @Test
    void the_newest_backup_is_told_by_the_time_at_which_it_was_complete() throws IOException {
        usual();
        assertThat(healing.heal().lastBackup()).contains(Instant.parse("2026-11-22T05:56:10Z"));

        SampleServer.backup(repository.store(), "20261122T065500Z-F", segment(8));
        assertThat(healing.heal().lastBackup()).contains(Instant.parse("2026-11-22T06:56:10Z"));
    }

    @Test
    void what_the_archive_lacks_and_pg_wal_has_is_stored_again() throws IOException {
        usual();
        List<String> before = repository.keys();
        lose(7, 8);

        HealResult result = healing.heal();

        assertThat(result.healed())
                .containsExactly(segment(7).fileName(), segment(8).fileName());
        assertThat(result.refused()).isEmpty();
        assertThat(result.found()).isEmpty();
        assertThat(result.open()).contains(List.of());
        assertThat(repository.keys()).isEqualTo(before);
        SampleServer.requireNothing(healing.heal());
    }

    @Test
    void an_object_too_short_to_be_a_segment_is_reported_and_does_not_stop_the_others() throws IOException {
        usual();
        repository.overwrite(KEYS.walFile(segment(6).fileName()).value(), new byte[1]);
        lose(8, 8);

        HealResult result = healing.heal();

        assertThat(result.healed()).containsExactly(segment(8).fileName());
        assertThat(result.refused())
                .extracting(HealResult.Refused::file)
                .containsExactly(segment(6).fileName());
        assertThat(result.refused().get(0).reason().kind()).isEqualTo(ErrorKind.CORRUPTED);
        assertThat(result.found()).as("the server has it").isEmpty();
    }

    @Test
    void a_file_that_is_not_what_its_name_says_is_reported_and_is_a_gap_once_it_is_gone() throws IOException {
        usual();
        lose(7, 7);
        Files.write(server.pgWal().resolve(segment(7).fileName()), new byte[SMALL.bytes()]);

        assertThat(healing.heal().refused())
                .extracting(HealResult.Refused::file)
                .containsExactly(segment(7).fileName());
        server.remove(segment(7));
        HealResult second = healing.heal();

        assertThat(second.refused()).isEmpty();
        assertThat(second.found()).containsExactly(SegmentRange.of(segment(7)));
    }

    @Test
    void a_file_that_the_server_removes_meanwhile_is_not_reported() throws IOException {
        usual();
        lose(7, 7);
        ArchiveHealing slow = server.healing(repository.store(), path -> {
            server.remove(segment(7));
            return SampleServer.archiver(repository.store()).push(path);
        });

        HealResult result = slow.heal();

        assertThat(result.healed()).isEmpty();
        assertThat(result.refused()).isEmpty();
        assertThat(result.found())
                .as("it was there when the server was looked at")
                .isEmpty();
        assertThat(slow.heal().found()).containsExactly(SegmentRange.of(segment(7)));
    }

    @Test
    void what_is_in_neither_is_noted_once_and_stays_open() throws IOException {
        usual();
        lose(3, 4);

        HealResult result = healing.heal();

        SegmentRange missing = range(segment(3), segment(4));
        assertThat(result.found()).containsExactly(missing);
        assertThat(result.open()).contains(List.of(missing));
        assertThat(gaps.find(missing))
                .contains(new WalGap(
                        1,
                        missing.timeline(),
                        "000000010000000000000003",
                        "000000010000000000000004",
                        SampleServer.NOW,
                        "primary.example"));
        List<String> after = repository.keys();
        assertThat(healing.heal())
                .isEqualTo(new HealResult(
                        true, List.of(), List.of(), List.of(), Optional.of(List.of(missing)), result.lastBackup()));
        assertThat(server.healing(repository.store()).heal().found())
                .as("an agent that was started anew")
                .isEmpty();
        assertThat(repository.keys()).isEqualTo(after);
    }

    @Test
    void a_gap_that_is_filled_is_open_no_longer() throws IOException {
        usual();
        lose(3, 5);
        assertThat(healing.heal().open()).contains(List.of(range(segment(3), segment(5))));

        archive(repository.store(), scratch, 1, 4, 4);
        assertThat(healing.heal().open()).contains(List.of(SegmentRange.of(segment(3)), SegmentRange.of(segment(5))));
        archive(repository.store(), scratch, 1, 3, 5);
        SampleServer.requireNothing(healing.heal());
    }

    @Test
    void a_gap_that_grew_is_noted_anew() throws IOException {
        usual();
        lose(3, 3);
        healing.heal();
        lose(4, 4);

        HealResult result = server.healing(repository.store()).heal();

        assertThat(result.found()).containsExactly(range(segment(3), segment(4)));
        assertThat(result.open()).as("told once").contains(List.of(range(segment(3), segment(4))));
    }

    @Test
    void what_is_lost_later_is_seen_within_a_day() throws IOException {
        usual();
        SampleServer.requireNothing(healing.heal());
        lose(3, 4);

        server.pass(Duration.ofHours(23));
        SampleServer.requireNothing(healing.heal());
        server.pass(Duration.ofHours(1));
        assertThat(healing.heal().found()).containsExactly(range(segment(3), segment(4)));
    }

    @Test
    void a_new_backup_closes_the_gaps_before_it() throws IOException {
        usual();
        lose(3, 4);
        healing.heal();
        backup(repository.store(), "20261123T055500Z-F", segment(8));

        SampleServer.requireNothing(healing.heal());
        SampleServer.requireNothing(server.healing(repository.store()).heal());
    }

    @Test
    void what_the_server_has_yet_to_archive_is_neither_pushed_nor_a_gap() throws IOException {
        usual();
        server.write(segment(10))
                .note(segment(10).fileName(), "ready")
                .write(segment(11))
                .checkpointIn(segment(12));

        SampleServer.requireNothing(healing.heal());

        archive(repository.store(), scratch, 1, 10, 10);
        server.remove(segment(10));
        server.remove(segment(11));
        assertThat(healing.heal().found())
                .as("it was waited for, and went without being archived")
                .containsExactly(SegmentRange.of(segment(11)));
    }

    @Test
    void what_may_be_half_written_after_the_checkpoint_is_no_gap() throws IOException {
        usual();
        server.checkpointIn(segment(8));
        lose(8, 9);
        server.remove(segment(8));
        server.remove(segment(9));

        SampleServer.requireNothing(healing.heal());
        server.checkpointIn(segment(10));
        assertThat(healing.heal().found()).containsExactly(range(segment(8), segment(9)));
    }

    @Test
    void a_gap_at_the_end_of_the_archive_is_seen_too() throws IOException {
        usual();
        lose(5, 9);
        for (long number = 6; number <= 8; number++) {
            server.remove(segment(number));
        }
        Files.delete(server.pgWal().resolve(segment(9).fileName()));

        assertThat(healing.heal().found()).containsExactly(range(segment(5), segment(9)));
    }

    @Test
    void without_a_backup_there_is_nothing_that_a_gap_could_harm() throws IOException {
        archive(repository.store(), scratch, 1, 1, 9);
        server.done(1, 6, 9).checkpointIn(segment(10));
        lose(3, 3);
        lose(8, 8);

        HealResult result = healing.heal();

        assertThat(result.healed()).containsExactly(segment(8).fileName());
        assertThat(result.found()).isEmpty();
    }

    @Test
    void what_is_older_than_the_oldest_backup_may_have_been_expired_and_is_not_brought_back() throws IOException {
        usual();
        server.done(1, 1, 1).note("000000010000000000000001.00000028.backup", "done");
        Files.writeString(server.pgWal().resolve("000000010000000000000001.00000028.backup"), "START WAL LOCATION\n");
        lose(1, 1);

        SampleServer.requireNothing(healing.heal());
    }

    @Test
    void notes_of_backups_and_partial_segments_are_healed_too() throws IOException {
        usual();
        String note = segment(7).fileName() + ".00000028.backup";
        String partial = segment(9).fileName() + ".partial";
        Files.writeString(server.pgWal().resolve(note), "START WAL LOCATION\n");
        Files.write(server.pgWal().resolve(partial), SampleWal.bytes(segment(9), 1));
        server.note(note, "done").note(partial, "done").note("not an archive file", "done");

        assertThat(healing.heal().healed()).containsExactly(note, partial);
        SampleServer.requireNothing(healing.heal());
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "IN_PRODUCTION")
    void a_server_that_is_no_primary_in_production_heals_nothing(ClusterState state) throws IOException {
        usual();
        server.as(state).checkpointIn(segment(10));
        lose(3, 8);
        long before = repository.requests();

        assertThat(healing.heal()).isEqualTo(HealResult.NOT_LOOKED);

        assertThat(repository.requests()).isEqualTo(before);
    }

    @Test
    void a_copy_that_never_archived_on_its_timeline_heals_nothing() throws IOException {
        usual();
        server.history(2, "1\t0/A80000\tno recovery target specified\n")
                .write(segment(2, 10))
                .checkpointIn(segment(2, 12));
        lose(3, 8);
        long before = repository.requests();

        assertThat(healing.heal()).isEqualTo(HealResult.NOT_LOOKED);

        assertThat(repository.requests()).isEqualTo(before);
    }

    @Test
    void a_data_directory_that_became_another_clusters_is_refused() throws IOException {
        usual();
        server.withIdentifier(SampleWal.OTHERS).checkpointIn(segment(10));

        assertThatThrownBy(healing::heal)
                .isInstanceOf(PgAgentException.class)
                .hasMessageContaining(SampleWal.OTHERS.toString())
                .extracting(e -> ((PgAgentException) e).kind())
                .isEqualTo(ErrorKind.FOREIGN_CLUSTER);
    }

    @Test
    void a_directory_of_notes_that_is_not_there_says_nothing() throws IOException {
        usual();
        lose(3, 3);
        Files.move(server.pgWal().resolve("archive_status"), dir.resolve("elsewhere"));

        assertThatThrownBy(healing::heal)
                .extracting(e -> ((PgAgentException) e).kind())
                .isEqualTo(ErrorKind.LOCAL_IO);
        assertThat(gaps.recorded(SMALL)).isEmpty();
    }

    @Test
    void a_damaged_record_of_a_backup_does_not_matter() throws IOException {
        usual();
        lose(3, 3);
        repository.overwrite("main/records/20261124T055500Z-F.json", new byte[] {'{'});

        assertThat(healing.heal().found()).containsExactly(SegmentRange.of(segment(3)));
    }
}
