package org.pgagent.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

/** Directories outside of the data directory belong to one restore, from its first act on. */
@Timeout(60)
final class SharedDirectoriesTest {
    private static final String VERSION_DIRECTORY = "PG_15_202209061";
    private static final int ROUNDS = 100;
    private static final String RELATION = VERSION_DIRECTORY + "/5/777";

    @TempDir
    private Path scratch;

    private SampleRepository repository;
    private SampleBackup backup;
    private Path first;
    private Path second;
    private Path tablespace;
    private Path other;
    private Path wal;

    @BeforeEach
    void open() throws IOException {
        first = scratch.resolve("a");
        second = scratch.resolve("b");
        tablespace = scratch.resolve("tablespace");
        other = scratch.resolve("other");
        wal = scratch.resolve("wal");
        repository = SampleRepository.inMemory();
        repository.archive(1, 2, 5);
        backup = SampleBackup.usual("20261122T055500Z-F", 15);
        tablespace(16400, tablespace);
        tablespace(16401, other);
        repository.add(backup);
    }

    private void tablespace(int oid, Path location) {
        backup.link("pg_tblspc/" + oid, location.toString())
                .directory("pg_tblspc/" + oid + "/" + VERSION_DIRECTORY, 0700)
                .file("pg_tblspc/" + oid + "/" + RELATION, SampleBackup.bytes(50_000, oid));
    }

    @AfterEach
    void close() {
        repository.close();
    }

    private RestorePlan plan(Path target) throws IOException {
        RestoreDestination destination =
                new RestoreDestination(target, TablespaceMapping.NONE, Optional.of(wal), SampleRepository.owner());
        return repository
                .restore()
                .plan(new RestoreRequest(
                        Optional.empty(), destination, SampleRepository.recoverTo(new RecoveryTarget.EndOfWal())));
    }

    private PgAgentException refusal(Path target) {
        return catchThrowableOfType(PgAgentException.class, () -> plan(target));
    }

    /** As far as it comes before the first file: hours, if base/ is large. */
    private static RestoreMarker.Held begin(RestorePlan plan) throws IOException {
        RestoredTree tree = RestoredTree.prepare(plan);
        RestoreMarker.Held running = tree.mark();
        tree.makeUnstartable();
        tree.makeLinks();
        return running;
    }

    private void requireComplete(Path target) {
        assertThat(target.resolve("global/pg_control")).exists();
        assertThat(tablespace.resolve(RELATION)).hasBinaryContent(backup.files().get("pg_tblspc/16400/" + RELATION));
        assertThat(other.resolve(RELATION)).hasBinaryContent(backup.files().get("pg_tblspc/16401/" + RELATION));
        requireUnmarked(target, tablespace, other, wal);
    }

    private static void requireUnmarked(Path... directories) {
        for (Path directory : directories) {
            assertThat(directory.resolve(RestoreMarker.FILE_NAME)).doesNotExist();
            assertThat(directory.resolve(RestoreMarker.PART_FILE_NAME)).doesNotExist();
        }
    }

    @Test
    void a_tablespace_that_a_restore_under_way_goes_to_is_refused() throws IOException {
        RestorePlan early = plan(second);
        try (RestoreMarker.Held running = begin(plan(first))) {
            assertThat(running).isNotNull();

            PgAgentException refusal = refusal(second);

            assertThat(refusal.kind()).isEqualTo(ErrorKind.TARGET_DIRECTORY);
            assertThat(refusal).hasMessageContaining(tablespace.toString()).hasMessageContaining(first.toString());
            assertThat(refusal.hint()).contains("--tablespace-mapping " + tablespace + "=");
            PgAgentException late = catchThrowableOfType(
                    PgAgentException.class, () -> repository.restore().run(early));
            assertThat(late.kind()).isEqualTo(ErrorKind.TARGET_DIRECTORY);
            assertThat(second).doesNotExist();
        }
    }

    @Test
    void what_a_killed_restore_had_taken_is_kept_for_it() throws IOException {
        begin(plan(first)).close();

        assertThat(refusal(second).kind()).isEqualTo(ErrorKind.TARGET_DIRECTORY);
        assertThat(refusal(tablespace)).hasMessageContaining(first.toString());

        RestorePlan again = plan(first);
        assertThat(again.beginning()).isEqualTo(RestorePlan.Beginning.RESUMED);
        repository.restore().run(again);
        requireComplete(first);
    }

    @Test
    void two_parts_of_a_cluster_never_share_one_by_another_name_of_it() throws IOException {
        Files.createSymbolicLink(wal, Files.createDirectory(tablespace));

        assertThat(refusal(first)).hasMessageContaining("two parts of the cluster would both go to");
        Files.delete(wal);
        Files.delete(tablespace);
        Path real = Files.createDirectory(scratch.resolve("real"));
        Path link = Files.createSymbolicLink(scratch.resolve("link"), real);
        wal = link.resolve("not-yet");
        RestoreDestination destination = new RestoreDestination(
                first,
                TablespaceMapping.parse(List.of("16400=" + real.resolve("not-yet"))),
                Optional.of(wal),
                SampleRepository.owner());
        PgAgentException refusal = catchThrowableOfType(
                PgAgentException.class,
                () -> repository
                        .restore()
                        .plan(new RestoreRequest(
                                Optional.empty(),
                                destination,
                                SampleRepository.recoverTo(new RecoveryTarget.EndOfWal()))));
        assertThat(refusal).hasMessageContaining("two parts of the cluster would both go to");
    }

    @Test
    void a_mark_that_the_source_has_left_over_is_not_restored() throws IOException {
        String leftOver = "deep/" + RestoreMarker.PART_FILE_NAME;
        repository.add(SampleBackup.usual("20261123T055500Z-F", 15)
                .directory("deep", 0700)
                .file(leftOver, SampleBackup.bytes(100, 1)));

        repository.restore().run(plan(first));

        assertThat(first.resolve("deep")).isEmptyDirectory();
    }

    @Test
    void of_two_that_begin_in_the_same_moment_one_gets_them_and_the_other_leaves_nothing() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            for (int round = 0; round < ROUNDS; round++) {
                CyclicBarrier start = new CyclicBarrier(2);
                List<Future<Optional<RestoreMarker.Held>>> tries = new ArrayList<>();
                for (Path target : List.of(first, second)) {
                    RestoredTree tree = RestoredTree.prepare(plan(target));
                    tries.add(threads.submit(() -> {
                        start.await();
                        return tryToMark(tree);
                    }));
                }
                List<RestoreMarker.Held> holders = new ArrayList<>();
                for (Future<Optional<RestoreMarker.Held>> attempt : tries) {
                    attempt.get().ifPresent(holders::add);
                }

                assertThat(holders).as("round %s", round).hasSize(1);
                RestoreMarker winner = holders.get(0).marker();
                for (Path part : List.of(tablespace, other, wal)) {
                    assertThat(RestoreMarker.findPart(part).orElseThrow().restore())
                            .isEqualTo(winner.restore());
                    Files.delete(part.resolve(RestoreMarker.PART_FILE_NAME));
                }
                assertThat(Path.of(winner.dataDirectory()).equals(first) ? second : first)
                        .isEmptyDirectory();
                holders.get(0).remove();
                holders.get(0).close();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static Optional<RestoreMarker.Held> tryToMark(RestoredTree tree) throws IOException {
        try {
            return Optional.of(tree.mark());
        } catch (PgAgentException e) {
            assertThat(e.kind()).isIn(ErrorKind.ALREADY_RUNNING, ErrorKind.TARGET_DIRECTORY);
            return Optional.empty();
        }
    }

    @Test
    void a_complete_restore_leaves_no_marks() throws IOException {
        repository.restore().run(plan(first));

        requireComplete(first);
        assertThat(wal.resolve("archive_status")).isEmptyDirectory();
    }

    @ParameterizedTest
    @ValueSource(strings = {"tablespace", "other", "wal"})
    void one_that_another_restore_has_got_meanwhile_is_not_touched_again(String lost) throws IOException {
        RestorePlan interrupted = plan(first);
        begin(interrupted).close();
        Path directory = scratch.resolve(lost);
        Files.delete(directory.resolve(RestoreMarker.PART_FILE_NAME));
        Path foreign = Files.createDirectories(directory.resolve(VERSION_DIRECTORY + "/5"))
                .resolve("778");
        Files.writeString(foreign, "a table of another cluster");

        PgAgentException refusal = refusal(first);

        assertThat(refusal.kind()).isEqualTo(ErrorKind.TARGET_DIRECTORY);
        assertThat(refusal).hasMessageContaining(directory.toString());
        assertThat(refusal.hint()).contains(first.toString());
        assertThat(foreign).exists();
    }

    @Test
    void one_that_another_restore_is_writing_into_meanwhile_is_not_touched_again() throws IOException {
        RestorePlan interrupted = plan(first);
        begin(interrupted).close();
        for (Path part : new Path[] {tablespace, other, wal}) {
            Files.delete(part.resolve(RestoreMarker.PART_FILE_NAME));
        }
        RestorePlan resumed = plan(first);
        begin(plan(second)).close();

        assertThat(refusal(first)).hasMessageContaining(second.toString());
        PgAgentException late = catchThrowableOfType(
                PgAgentException.class, () -> repository.restore().run(resumed));
        assertThat(late).isNotNull();
        assertThat(late.kind()).isEqualTo(ErrorKind.TARGET_DIRECTORY);
        RestorePlan again = plan(second);
        repository.restore().run(again);
        requireComplete(second);
    }

    @Test
    void another_restore_that_was_complete_before_this_one_came_to_mark_is_seen() throws IOException {
        RestorePlan early = plan(second);
        RestoredTree tree = RestoredTree.prepare(early);
        repository.restore().run(plan(first));

        PgAgentException late = catchThrowableOfType(PgAgentException.class, tree::mark);

        assertThat(late.kind()).isEqualTo(ErrorKind.TARGET_DIRECTORY);
        requireComplete(first);
        assertThat(second).isEmptyDirectory();
    }

    @Test
    void one_that_cannot_be_had_leaves_what_the_same_request_completes() throws IOException {
        Path inside = first.resolve("deep/inside");
        tablespace = inside;
        TablespaceMapping mapping = TablespaceMapping.parse(List.of("16400=" + inside));
        RestoreDestination destination =
                new RestoreDestination(first, mapping, Optional.of(wal), SampleRepository.owner());
        RestoreRequest request = new RestoreRequest(
                Optional.empty(), destination, SampleRepository.recoverTo(new RecoveryTarget.EndOfWal()));
        RestoredTree tree = RestoredTree.prepare(repository.restore().plan(request));
        Files.writeString(other, "in the way");
        assertThat(catchThrowableOfType(IOException.class, tree::mark)).isNotNull();
        Files.delete(other);

        repository.restore().run(repository.restore().plan(request));

        requireComplete(first);
    }

    @Test
    void a_mark_that_cannot_be_read_is_told_and_nobody_is_told_to_empty_a_cluster() throws IOException {
        Files.createDirectory(tablespace);
        Files.writeString(tablespace.resolve(RestoreMarker.PART_FILE_NAME), "{");

        PgAgentException refusal = refusal(first);

        assertThat(refusal.kind()).isEqualTo(ErrorKind.TARGET_DIRECTORY);
        assertThat(refusal).hasMessageContaining(RestoreMarker.PART_FILE_NAME);
        assertThat(refusal.hint()).contains("no cluster").contains(tablespace.toString());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void a_kill_between_two_marks_leaves_what_the_same_request_completes(int marked) throws IOException {
        begin(plan(first)).close();
        Path[] parts = {tablespace, other, wal};
        for (int i = marked; i < parts.length; i++) {
            Path mark = parts[i].resolve(RestoreMarker.PART_FILE_NAME);
            Files.delete(mark);
            if (i == marked) {
                Files.createFile(mark);
            } else {
                Files.delete(parts[i]);
            }
        }

        RestorePlan again = plan(first);
        assertThat(again.beginning()).isEqualTo(RestorePlan.Beginning.RESUMED);
        repository.restore().run(again);

        requireComplete(first);
    }

    @Test
    void a_kill_before_the_last_mark_is_removed_leaves_a_cluster_that_starts() throws IOException {
        RestorePlan plan = plan(first);
        RestoreMarker.Held running = begin(plan);
        byte[] mark = Files.readAllBytes(tablespace.resolve(RestoreMarker.PART_FILE_NAME));
        running.close();
        repository.restore().run(plan(first));
        requireComplete(first);

        Files.write(tablespace.resolve(RestoreMarker.PART_FILE_NAME), mark);

        assertThat(refusal(second)).hasMessageContaining(tablespace.toString());
        assertThat(refusal(first)).hasMessageContaining("is not empty");
    }

    @Test
    void a_data_directory_that_was_moved_meanwhile_keeps_what_it_had_taken() throws IOException {
        begin(plan(first)).close();
        Files.move(first, second);

        repository.restore().run(plan(second));

        requireComplete(second);
    }

    @Test
    void a_data_directory_of_the_same_name_on_another_host_is_another_restore() throws IOException {
        begin(plan(first)).close();
        Files.move(first, second);
        Files.createDirectories(scratch.resolve("aside"));
        for (Path part : new Path[] {tablespace, other, wal}) {
            Files.move(part, scratch.resolve("aside").resolve(part.getFileName()));
        }
        begin(plan(first)).close();

        assertThat(refusal(second)).hasMessageContaining(first.toString());
    }

    @Test
    void a_tablespace_within_another_and_one_around_the_data_directory_are_no_strangers() throws IOException {
        Path outer = scratch.resolve("outer");
        SampleBackup nested = SampleBackup.usual("20261123T055500Z-F", 15)
                .link("pg_tblspc/16400", outer.resolve("in").toString())
                .file("pg_tblspc/16400/" + RELATION, SampleBackup.bytes(50_000, 1))
                .link("pg_tblspc/16401", outer.toString())
                .file("pg_tblspc/16401/" + RELATION, SampleBackup.bytes(50_000, 2));
        repository.add(nested);
        Path target = outer.resolve("pgdata");
        begin(plan(target)).close();
        Files.delete(outer.resolve(RestoreMarker.PART_FILE_NAME));

        repository.restore().run(plan(target));

        assertThat(target.resolve("global/pg_control")).exists();
        assertThat(outer.resolve("in").resolve(RELATION)).hasSize(50_000);
        assertThat(outer.resolve(RELATION)).hasSize(50_000);
        requireUnmarked(outer, outer.resolve("in"), target);
    }
}
