package org.pgagent.restore;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.kit.ToolRun;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.BackupState;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.ClusterName;
import org.pgagent.repository.PackId;
import org.pgagent.storage.FileObjectStore;
import org.pgagent.storage.ObjectStore;

/** What {@code docs/restore-by-hand.py} saves of a backup that is damaged, and says of it. */
final class DamagedByHandTest {
    private static final Path SCRIPT =
            Path.of("../docs/restore-by-hand.py").toAbsolutePath().normalize();
    private static final ClusterKeys KEYS = new ClusterKeys(new ClusterName("main"));

    @TempDir
    private Path scratch;

    private SampleBackup backup;
    private Path repository;
    private Path target;

    @BeforeEach
    void store() throws IOException {
        backup = SampleBackup.usual("20261122T055500Z-F", 15);
        repository = Files.createDirectory(scratch.resolve("repository"));
        target = scratch.resolve("target");
        try (ObjectStore store = FileObjectStore.open(repository, new SplittableRandom(1))) {
            backup.store(store, KEYS);
            BackupRecords records = new BackupRecords(store, KEYS);
            BackupRecords.Versioned stored = records.read(backup.id()).orElseThrow();
            records.replace(stored, stored.record().withState(BackupState.CORRUPT, "damaged by a test"));
        }
    }

    private ToolRun run(String damaged) {
        return ToolRun.of(List.of(
                "env",
                damaged,
                "python3",
                SCRIPT.toString(),
                repository.toString(),
                "main",
                backup.id().toString(),
                target.toString()));
    }

    private Path pack(int number) {
        return repository.resolve(KEYS.pack(new PackId(backup.id(), number)).value());
    }

    @Test
    void a_damaged_backup_is_not_restored_unless_that_is_asked_for() {
        ToolRun run = run("OTHER=1");

        assertThat(run.exitStatus()).isEqualTo(1);
        assertThat(run.output()).contains("is CORRUPT");
        assertThat(target).doesNotExist();
    }

    @Test
    void what_is_whole_comes_back_and_what_is_not_is_named() throws IOException {
        byte[] bytes = Files.readAllBytes(pack(1));
        int hit = bytes.length / 2;
        bytes[hit] ^= 1;
        Files.write(pack(1), bytes);

        ToolRun run = run("DAMAGED=1");

        assertThat(run.exitStatus()).as(run.output()).isEqualTo(1);
        assertThat(run.output()).contains("1 of ", "entries are damaged");
        int differing = 0;
        for (Map.Entry<String, byte[]> file : backup.files().entrySet()) {
            byte[] restored = Files.readAllBytes(target.resolve(file.getKey()));
            boolean same = file.getKey().equals("global/pg_control")
                    ? restored.length == file.getValue().length
                    : Arrays.equals(restored, file.getValue());
            if (!same) {
                differing++;
                assertThat(restored).hasSameSizeAs(file.getValue());
                assertThat(run.output()).contains(file.getKey() + "' has lost");
            }
        }
        assertThat(differing).isEqualTo(1);
    }

    @Test
    void a_missing_pack_costs_no_more_than_what_was_in_it() throws IOException {
        Files.delete(pack(1));

        ToolRun run = run("DAMAGED=1");

        assertThat(run.exitStatus()).as(run.output()).isEqualTo(1);
        long same = 0;
        for (Map.Entry<String, byte[]> file : backup.files().entrySet()) {
            byte[] restored = Files.readAllBytes(target.resolve(file.getKey()));
            assertThat(restored).hasSameSizeAs(file.getValue());
            boolean named = run.output().contains(file.getKey() + "' has lost");
            same += Arrays.equals(restored, file.getValue()) ? 1 : 0;
            assertThat(Arrays.equals(restored, file.getValue())
                            || named
                            || file.getKey().equals("global/pg_control"))
                    .as(file.getKey())
                    .isTrue();
        }
        assertThat(same).isBetween(15L, (long) backup.files().size() - 15);
    }
}
