package org.pgagent.restore;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.CapturedProgram;
import org.pgagent.CapturedProgram.Outcome;
import org.pgagent.kit.ServerUser;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.PackId;

/** What a script sees of a restore that fails: the exit status of {@code pgagent restore}, and where it says why. */
@Timeout(60)
final class RestoreStatusTest {
    private static final String ID = "20261122T055500Z-F";

    @TempDir
    private Path scratch;

    @TempDir
    private Path bucket;

    private SampleRepository repository;
    private Path target;

    @BeforeEach
    void open() throws IOException {
        target = scratch.resolve("pgdata");
        repository = SampleRepository.inDirectory(bucket);
        repository.archive(1, 2, 5).add(SampleBackup.usual(ID, 15));
    }

    @AfterEach
    void close() {
        repository.close();
    }

    private Outcome restoreAsItIs(String... options) {
        List<String> arguments = new ArrayList<>(List.of("restore", "-D", target.toString()));
        arguments.addAll(List.of("--restore-command", "pgagent wal-fetch %f %p"));
        arguments.addAll(List.of(options));
        return new CapturedProgram().with("PGAGENT_BUCKET", "file://" + bucket).run(arguments.toArray(String[]::new));
    }

    private Outcome restore(String... options) throws IOException {
        List<String> all = new ArrayList<>(List.of(options));
        if (LocalUser.current().isRoot()) {
            all.addAll(List.of("--owner", ServerUser.current().name()));
        }
        return restoreAsItIs(all.toArray(String[]::new));
    }

    private static void requireTold(Outcome outcome, int status, String fact) {
        assertThat(outcome.err()).contains("pgagent: error: ", fact, "hint: ").doesNotContain("\tat ");
        assertThat(outcome.status()).isEqualTo(status);
    }

    @Test
    void success_is_0() throws IOException {
        Outcome outcome = restore();

        assertThat(outcome.status()).as(outcome.err()).isZero();
        assertThat(outcome.out()).contains("Restored into " + target);
        assertThat(target.resolve("global/pg_control")).exists();
    }

    @Test
    void a_timeline_that_the_archive_does_not_know_is_51() throws IOException {
        requireTold(restore("--target-timeline", "7"), 51, "does not know timeline 7");
        assertThat(target).doesNotExist();
    }

    @Test
    void a_pack_that_is_missing_is_22() throws IOException {
        repository.remove(repository.keys().pack(new PackId(new BackupId(ID), 1)));

        requireTold(restore(), 22, "data/1.pack");
        assertThat(target).doesNotExist();
    }

    @Test
    void a_damaged_chunk_is_22_and_leaves_nothing_that_starts() throws IOException {
        repository.damage(new PackId(new BackupId(ID), 1), 30);

        requireTold(restore(), 22, "data/1.pack");
        assertThat(target.resolve("global/pg_control")).doesNotExist();
    }

    @Test
    void files_that_would_belong_to_root_or_to_somebody_else_are_52() throws IOException {
        Outcome outcome = LocalUser.current().isRoot() ? restoreAsItIs() : restoreAsItIs("--owner", "root");

        requireTold(outcome, 52, "root");
        assertThat(target).doesNotExist();
    }

    @Test
    void a_directory_whose_restore_lost_a_write_is_50() throws IOException {
        RestorePlan plan = repository.restore().plan(SampleRepository.request(target));
        assertThat(restore().status()).isZero();
        SampleRepository.interrupt(plan);
        try (RestoreMarker.Held held = RestoreMarker.of(plan)
                .place(target, RestorePlan.Beginning.RESUMED, FileAccess.forExistingFiles(plan.owner()))) {
            held.syncFailed();
        }

        requireTold(restore(), 50, "did not reach the disk");
        assertThat(target.resolve("global/pg_control")).doesNotExist();
    }
}
