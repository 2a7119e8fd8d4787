package org.pgagent.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.error.Cancellation;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.Await;
import org.pgagent.kit.FaultyObjectStore;
import org.pgagent.kit.FaultyObjectStore.Fault;
import org.pgagent.kit.ScratchDirectory;
import org.pgagent.kit.SmallFileSystem;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.PackId;
import org.pgagent.storage.StoreRequest;
import org.pgagent.transfer.TransferProgress;

/** What an interrupted restore leaves: nothing that could be started, and everything that the next one needs to go on. */
@Timeout(180)
final class RestoreInterruptionTest {
    private static final String ID = "20261122T055500Z-F";

    @TempDir
    private Path scratch;

    private SampleRepository repository;
    private SampleBackup backup;
    private Path target;

    @BeforeEach
    void open() throws IOException {
        target = scratch.resolve("pgdata");
        repository = SampleRepository.inMemory();
        repository.archive(1, 2, 5);
        backup = SampleBackup.usual(ID, 15);
        repository.add(backup);
    }

    @AfterEach
    void close() {
        repository.close();
    }

    private RestoreResult restore() throws IOException {
        Restore restore = repository.restore();
        return restore.run(restore.plan(SampleRepository.request(target)));
    }

    private void requireComplete(Path directory) throws IOException {
        Map<String, byte[]> content = RestoreTest.contentOf(directory);
        assertThat(content).hasSize(backup.files().size() + 3);
        backup.files().forEach((path, bytes) -> {
            if (!List.of("global/pg_control", "postgresql.auto.conf").contains(path)) {
                assertThat(content.get(path)).as(path).isEqualTo(bytes);
            }
        });
        assertThat(content).containsKeys("global/pg_control", "backup_label", "recovery.signal", "backup_manifest");
    }

    private static void requireNotStartable(Path directory) {
        assertThat(directory.resolve("global/pg_control")).doesNotExist();
    }

    @Test
    void whatever_the_store_does_the_tree_is_complete_or_can_be_completed() throws IOException {
        FaultyObjectStore counting = FaultyObjectStore.counting(repository.store());
        Restore good = new Restore(counting, repository.keys(), 1, SampleRepository.surroundings());
        good.run(good.plan(SampleRepository.request(target)));
        List<StoreRequest> calls = counting.calls();
        assertThat(calls).hasSizeGreaterThan(8);

        try (ScratchDirectory memory = ScratchDirectory.create()) {
            for (int call = 0; call < calls.size(); call++) {
                for (Fault fault : Fault.values()) {
                    if (fault.appliesTo(calls.get(call))) {
                        completeInSpiteOf(call, fault, memory.resolve(fault + "-at-" + call));
                    }
                }
            }
        }
    }

    private void completeInSpiteOf(int call, Fault fault, Path directory) throws IOException {
        FaultyObjectStore faulty = FaultyObjectStore.failing(repository.store(), call, fault);
        Restore restore = new Restore(faulty, repository.keys(), 1, SampleRepository.surroundings());
        try {
            restore.run(restore.plan(SampleRepository.request(directory)));
        } catch (PgAgentException e) {
            assertThat(e.kind())
                    .as("%s at %d", fault, call)
                    .isIn(ErrorKind.STORE_FAILED, ErrorKind.STORE_DENIED, ErrorKind.CORRUPTED);
            requireNotStartable(directory);
            Restore again = repository.restore();
            again.run(again.plan(SampleRepository.request(directory)));
        }
        faulty.requireHit();
        requireComplete(directory);
    }

    @Test
    void a_killed_process_leaves_what_the_next_one_completes() throws Exception {
        try (SampleRepository onDisk = SampleRepository.inDirectory(Files.createDirectory(scratch.resolve("bucket")))) {
            onDisk.archive(1, 2, 5);
            for (int i = 0; i < 1500; i++) {
                backup.file("base/1/" + (50_000 + i), SampleBackup.bytes(12_000, i));
            }
            onDisk.add(backup);
            Process child = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            RestoreInChild.class.getName(),
                            scratch.resolve("bucket").toString(),
                            target.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(scratch.resolve("child.log").toFile())
                    .start();
            Path halfWay = target.resolve("base/1/50700");
            Await.until("half the files", Duration.ofSeconds(60), () -> Files.exists(halfWay) || !child.isAlive());
            child.destroyForcibly().waitFor();
            assertThat(halfWay)
                    .as(Files.readString(scratch.resolve("child.log")))
                    .exists();
            requireNotStartable(target);
            assertThat(target.resolve(RestoreMarker.FILE_NAME)).exists();

            Restore restore = onDisk.restore();
            RestorePlan plan = restore.plan(SampleRepository.request(target));
            assertThat(plan.beginning()).isEqualTo(RestorePlan.Beginning.RESUMED);
            restore.run(plan);

            requireComplete(target);
        }
    }

    @Test
    void a_full_disk_is_told_as_such_and_room_lets_it_go_on() throws IOException {
        try (SmallFileSystem small = SmallFileSystem.create(Files.createDirectory(scratch.resolve("small")), 4 << 20)) {
            Path directory = small.path().resolve("pgdata");
            Restore restore = repository.restore();
            RestorePlan plan = restore.plan(SampleRepository.request(directory));
            Path filler = small.path().resolve("filler");
            small.fill(filler, 100_000);

            PgAgentException failure = catchThrowableOfType(PgAgentException.class, () -> restore.run(plan));

            assertThat(failure.kind()).isEqualTo(ErrorKind.DISK_FULL);
            assertThat(failure).hasMessageContaining(directory.toString());
            requireNotStartable(directory);

            Files.delete(filler);
            Restore again = repository.restore();
            again.run(again.plan(SampleRepository.request(directory)));
            requireComplete(directory);
        }
    }

    @Test
    void a_damaged_chunk_is_named_and_leaves_nothing_that_starts() throws IOException {
        repository.damage(new PackId(new BackupId(ID), 1), 30);

        assertThatExceptionOfType(PgAgentException.class)
                .isThrownBy(this::restore)
                .satisfies(e -> assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPTED))
                .withMessageContaining("data/1.pack");

        requireNotStartable(target);
        repository.damage(new PackId(new BackupId(ID), 1), 30);
        restore();
        requireComplete(target);
    }

    @Test
    void a_signal_stops_it_between_two_chunks() throws IOException {
        Cancellation cancellation = new Cancellation();
        Restore restore = new Restore(
                repository.store(),
                repository.keys(),
                2,
                new Restore.Surroundings(
                        LocalUser.current(),
                        SampleRepository.NO_SERVERS,
                        new CancellingProgress(cancellation),
                        cancellation));
        RestorePlan plan = restore.plan(SampleRepository.request(target));

        PgAgentException stopped = catchThrowableOfType(PgAgentException.class, () -> restore.run(plan));

        assertThat(stopped.kind()).isEqualTo(ErrorKind.INTERRUPTED);
        requireNotStartable(target);
        restore();
        requireComplete(target);
    }

    private record CancellingProgress(Cancellation cancellation) implements TransferProgress {
        @Override
        public void totalKnown(long bytes, long files) {}

        @Override
        public void advanced(long bytes) {
            cancellation.request();
        }

        @Override
        public void fileDone() {}
    }

    @Test
    void what_is_whole_already_is_not_fetched_again() throws IOException {
        SampleRepository.interrupt(restore().plan());
        Files.delete(target.resolve("base/1/20007"));
        Files.writeString(target.resolve("base/1/20008"), "torn");
        byte[] other = backup.files().get("base/1/20009").clone();
        other[5000] ^= 1;
        Files.write(target.resolve("base/1/20009"), other);

        RestorePlan plan = repository.restore().plan(SampleRepository.request(target));
        assertThat(plan.backup().id().value()).isEqualTo(ID);
        RestoreResult result = repository.restore().run(plan);

        requireComplete(target);
        assertThat(result.plan().beginning()).isEqualTo(RestorePlan.Beginning.RESUMED);
        assertThat(result.gets()).isLessThanOrEqualTo(2);
    }

    @Test
    void strangers_are_removed_and_modes_set_right() throws IOException {
        SampleRepository.interrupt(restore().plan());
        Files.createDirectories(target.resolve("base/99/deep"));
        Files.writeString(target.resolve("base/99/deep/file"), "stranger");
        Files.writeString(target.resolve("base/1/20003_fsm"), "stranger");
        Files.createSymbolicLink(target.resolve("link"), scratch);
        Files.writeString(target.resolve("pg_wal/000000010000000000000002"), "stranger");
        Files.setPosixFilePermissions(target.resolve("base/1/20004"), java.util.Set.of());

        restore();

        requireComplete(target);
        assertThat(target.resolve("base/99")).doesNotExist();
        assertThat(Files.exists(target.resolve("link"), java.nio.file.LinkOption.NOFOLLOW_LINKS))
                .isFalse();
        assertThat(scratch).exists();
        assertThat(Files.getPosixFilePermissions(target.resolve("base/1/20004")))
                .hasSize(2);
    }

    @Test
    void a_marker_that_cannot_be_read_is_told() throws IOException {
        Files.createDirectories(target);
        Files.write(target.resolve(RestoreMarker.FILE_NAME), "{".getBytes(StandardCharsets.US_ASCII));

        assertThatExceptionOfType(PgAgentException.class)
                .isThrownBy(this::restore)
                .satisfies(e -> assertThat(e.kind()).isEqualTo(ErrorKind.TARGET_DIRECTORY))
                .withMessageContaining(RestoreMarker.FILE_NAME);
        try (Stream<Path> left = Files.list(target)) {
            assertThat(left).hasSize(1);
        }
    }
}
