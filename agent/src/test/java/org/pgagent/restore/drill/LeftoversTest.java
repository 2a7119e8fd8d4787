package org.pgagent.restore.drill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.error.PgAgentException;

/** What a drill that was killed has left goes; nothing else does. */
final class LeftoversTest {
    @TempDir
    private Path place;

    private Path name(String digits) {
        return place.resolve(DrillDirectory.PREFIX + digits);
    }

    private DrillDirectory filled(String digits) throws IOException {
        DrillDirectory directory = DrillDirectory.create(name(digits), Optional.empty());
        Files.createDirectories(directory.data().resolve("base/5"));
        Files.writeString(directory.data().resolve("base/5/1259"), "a relation");
        return directory;
    }

    @Test
    void what_a_dead_process_has_left_is_removed_and_what_its_links_lead_to_is_not() throws IOException {
        Path elsewhere = Files.createDirectory(place.resolve("elsewhere"));
        Files.writeString(elsewhere.resolve("kept"), "not the drill's");
        DrillDirectory directory = filled("00000001");
        Files.createSymbolicLink(directory.data().resolve("pg_tblspc"), elsewhere);
        directory.close();

        Leftovers.remove(place);

        assertThat(directory.path()).doesNotExist();
        assertThat(elsewhere.resolve("kept")).exists();
    }

    @Test
    void a_drill_that_goes_on_keeps_its_directory() throws IOException {
        try (DrillDirectory directory = filled("00000002")) {
            Leftovers.remove(place);

            assertThat(directory.data().resolve("base/5/1259")).exists();
        }
    }

    @Test
    void what_has_no_marker_of_a_drill_is_somebody_elses() throws IOException {
        Path unmarked = Files.createDirectory(name("00000003"));
        Path other = Files.createDirectory(name("00000004"));
        Files.writeString(other.resolve(DrillDirectory.MARKER), "something else");
        Path linked = Files.createDirectory(name("00000005"));
        DrillDirectory real = filled("00000006");
        Files.createLink(linked.resolve(DrillDirectory.MARKER), real.path().resolve(DrillDirectory.MARKER));
        real.close();
        Path kept = filled("00000007").path();
        Files.delete(kept.resolve(DrillDirectory.MARKER));

        Leftovers.remove(place);

        assertThat(unmarked).exists();
        assertThat(other).exists();
        assertThat(linked).exists();
        assertThat(kept).exists();
    }

    @Test
    void a_process_that_was_killed_before_it_had_written_its_marker_leaves_no_more_than_that() throws IOException {
        Path begun = Files.createDirectory(name("00000008"));
        Files.createFile(begun.resolve(DrillDirectory.MARKER));

        Leftovers.remove(place);

        assertThat(begun).doesNotExist();
    }

    @Test
    void a_place_whose_path_is_too_long_for_a_socket_is_refused() throws IOException {
        Path deep = Files.createDirectories(place.resolve("d".repeat(40)).resolve("e".repeat(40)));

        assertThatThrownBy(() -> DrillDirectory.choose(deep, new SplittableRandom(1)))
                .isInstanceOf(PgAgentException.class)
                .hasMessageContaining("too long");
        assertThatThrownBy(() -> DrillDirectory.choose(place.resolve("missing"), new SplittableRandom(1)))
                .hasMessageContaining("there is no directory");
    }
}
