package org.pgagent.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.error.Cancellation;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.ScratchDirectory;
import org.pgagent.kit.ToolRun;
import org.pgagent.restore.RestorePlan.Beginning;

/** The marker of a restore is held by one at a time, and says the same for ever. */
@Timeout(60)
final class RestoreMarkerTest {
    private static final int ROUNDS = 300;
    private static final int COMPETITORS = 3;

    @TempDir
    private Path directory;

    private static RestoreMarker markerOf(String backup) {
        return new RestoreMarker(
                RestoreMarker.FORMAT, "of " + backup, "/a", "main", "7", backup, Map.of(), null, false);
    }

    private static RestoreMarker.Held place(RestoreMarker marker, Path directory, Beginning beginning)
            throws IOException {
        return marker.place(directory, beginning, FileAccess.forNewFiles(Optional.empty()));
    }

    private PgAgentException refusal(RestoreMarker marker, Beginning beginning) {
        return catchThrowableOfType(PgAgentException.class, () -> place(marker, directory, beginning));
    }

    @Test
    void two_restores_that_were_planned_for_an_empty_directory_do_not_both_begin() throws IOException {
        try (RestoreMarker.Held first = place(markerOf("a"), directory, Beginning.ANEW)) {
            assertThat(first).isNotNull();
            assertThat(refusal(markerOf("b"), Beginning.ANEW).kind()).isEqualTo(ErrorKind.ALREADY_RUNNING);
            assertThat(refusal(markerOf("a"), Beginning.ANEW).kind()).isEqualTo(ErrorKind.ALREADY_RUNNING);
        }

        assertThat(refusal(markerOf("b"), Beginning.ANEW).kind()).isEqualTo(ErrorKind.TARGET_DIRECTORY);
        assertThat(refusal(markerOf("a"), Beginning.ANEW).kind()).isEqualTo(ErrorKind.TARGET_DIRECTORY);
        assertThat(refusal(markerOf("b"), Beginning.RESUMED).kind()).isEqualTo(ErrorKind.TARGET_DIRECTORY);
        assertThat(RestoreMarker.find(directory)).contains(markerOf("a"));
    }

    @Test
    void another_process_finds_it_held_until_it_is_closed() throws IOException {
        try (ScratchDirectory synced = ScratchDirectory.create()) {
            Path target = synced.createPrivate("pgdata");
            try (RestoreMarker.Held held = place(markerOf("a"), target, Beginning.ANEW)) {
                assertThat(held).isNotNull();
                assertThat(asAnotherProcessSees(target)).isEqualTo("held");
                new DirectorySync(new Cancellation()).sync(List.of(target), held.file());
                assertThat(asAnotherProcessSees(target)).isEqualTo("held");
            }
            assertThat(asAnotherProcessSees(target)).isEqualTo("free");
            try (RestoreMarker.Held held = place(markerOf("a"), target, Beginning.RESUMED)) {
                assertThat(held).isNotNull();
                assertThat(asAnotherProcessSees(target)).isEqualTo("held");
            }
        }
    }

    private static String asAnotherProcessSees(Path target) {
        return ToolRun.successOf(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                MarkerInChild.class.getName(),
                target.toString());
    }

    @Test
    void of_many_that_begin_in_the_same_moment_one_holds_it() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(COMPETITORS);
        try {
            for (int round = 0; round < ROUNDS; round++) {
                Path contended = Files.createDirectory(directory.resolve("round-" + round));
                CyclicBarrier start = new CyclicBarrier(COMPETITORS);
                List<Future<Optional<RestoreMarker.Held>>> tries = new ArrayList<>();
                for (int i = 0; i < COMPETITORS; i++) {
                    RestoreMarker marker = markerOf("backup-" + i);
                    tries.add(threads.submit(() -> {
                        start.await();
                        return tryToPlace(marker, contended);
                    }));
                }
                List<RestoreMarker.Held> holders = new ArrayList<>();
                for (Future<Optional<RestoreMarker.Held>> attempt : tries) {
                    attempt.get().ifPresent(holders::add);
                }
                assertThat(holders).as("round %s", round).hasSize(1);
                assertThat(RestoreMarker.find(contended)).isPresent();
                holders.get(0).remove();
                holders.get(0).close();
                assertThat(contended).isEmptyDirectory();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static Optional<RestoreMarker.Held> tryToPlace(RestoreMarker marker, Path directory) throws IOException {
        try {
            return Optional.of(place(marker, directory, Beginning.ANEW));
        } catch (PgAgentException e) {
            assertThat(e.kind()).isIn(ErrorKind.ALREADY_RUNNING, ErrorKind.TARGET_DIRECTORY);
            return Optional.empty();
        }
    }

    @Test
    void a_marker_that_a_crash_left_empty_is_none_yet() throws IOException {
        Path file = Files.createFile(directory.resolve(RestoreMarker.FILE_NAME));

        assertThat(RestoreMarker.find(directory)).isEmpty();
        assertThat(new DestinationCheck(LocalUser.current()).dataDirectory(directory))
                .isEmpty();
        place(markerOf("a"), directory, Beginning.ANEW).close();

        assertThat(RestoreMarker.find(directory)).contains(markerOf("a"));
        assertThat(file).isRegularFile();
    }

    @Test
    void what_is_gone_cannot_be_resumed() {
        assertThat(refusal(markerOf("a"), Beginning.RESUMED).kind()).isEqualTo(ErrorKind.TARGET_DIRECTORY);
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void a_link_of_its_name_is_not_followed() throws IOException {
        Path elsewhere = directory.resolve("elsewhere");
        Path link = Files.createSymbolicLink(directory.resolve(RestoreMarker.FILE_NAME), elsewhere);

        assertThatThrownBy(() -> place(markerOf("a"), directory, Beginning.ANEW))
                .isInstanceOf(IOException.class);
        assertThat(elsewhere).doesNotExist();
        assertThat(Files.isSymbolicLink(link)).isTrue();
        assertThat(Files.exists(elsewhere, LinkOption.NOFOLLOW_LINKS)).isFalse();
    }
}
