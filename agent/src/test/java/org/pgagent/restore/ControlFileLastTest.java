package org.pgagent.restore;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What lies on the disk at the moment that everything is made durable: all but the file that lets a server start. */
@Timeout(60)
final class ControlFileLastTest {
    private static final String CONTROL_FILE = "global/pg_control";

    @TempDir
    private Path scratch;

    private SampleRepository repository;
    private Path target;
    private Path wal;
    private List<Path> tablespaces;

    @BeforeEach
    void open() throws IOException {
        target = scratch.resolve("pgdata");
        wal = scratch.resolve("wal");
        tablespaces = List.of(scratch.resolve("tablespace 1"), scratch.resolve("tablespace 2"));
        repository = SampleRepository.inMemory();
        repository.archive(1, 2, 5);
        SampleBackup backup = SampleBackup.usual("20261122T055500Z-F", 15);
        for (int i = 0; i < tablespaces.size(); i++) {
            String link = "pg_tblspc/" + (16400 + i);
            backup.link(link, tablespaces.get(i).toString());
            backup.file(link + "/PG_15_202209061/5/777", SampleBackup.bytes(9_000, i));
        }
        repository.add(backup);
    }

    @AfterEach
    void close() {
        repository.close();
    }

    /** The whole content of the restored directories, but for the markers, which go when all is done. */
    private Map<String, ByteBuffer> content() throws IOException {
        Map<String, ByteBuffer> content = new TreeMap<>();
        for (Path root : roots()) {
            RestoreTest.contentOf(root).forEach((path, bytes) -> {
                if (!path.equals(RestoreMarker.FILE_NAME) && !path.equals(RestoreMarker.PART_FILE_NAME)) {
                    content.put(root + "/" + path, ByteBuffer.wrap(bytes));
                }
            });
        }
        return content;
    }

    private List<Path> roots() {
        List<Path> roots = new ArrayList<>(List.of(target, wal));
        roots.addAll(tablespaces);
        return roots;
    }

    @ParameterizedTest
    @CsvSource({"PRIMARY, recovery.signal", "STANDBY, standby.signal"})
    void all_but_the_control_file_is_in_place_when_everything_is_synced(CopyRole role, String signal)
            throws IOException {
        RecoveryRequest recovery = new RecoveryRequest(
                new RecoveryTarget.EndOfWal(),
                new TargetTimeline.Latest(),
                TargetAction.PROMOTE,
                role,
                Archiving.OFF,
                "pgagent wal-fetch %f %p");
        RestoreDestination destination =
                new RestoreDestination(target, TablespaceMapping.NONE, Optional.of(wal), SampleRepository.owner());
        Restore restore = repository.restore();
        RestorePlan plan = restore.plan(new RestoreRequest(Optional.empty(), destination, recovery));
        List<Path> synced = new ArrayList<>();
        Map<String, ByteBuffer> durable = new TreeMap<>();

        restore.run(plan, (roots, locked) -> {
            assertThat(target.resolve(CONTROL_FILE)).doesNotExist();
            assertThat(target.resolve("backup_label")).content().startsWith("START WAL LOCATION: 0/2000028");
            assertThat(target.resolve("postgresql.auto.conf")).content().contains("recovery_target_timeline");
            assertThat(target.resolve(signal)).isEmptyFile();
            for (Path tablespace : tablespaces) {
                assertThat(tablespace.resolve("PG_15_202209061/5/777")).isNotEmptyFile();
            }
            synced.addAll(roots);
            durable.putAll(content());
        });

        assertThat(synced).containsExactlyInAnyOrderElementsOf(roots());
        ByteBuffer controlFile =
                durable.remove(RestoredTree.COMING_CONTROL_FILE.under(target).toString());
        durable.put(target.resolve(CONTROL_FILE).toString(), controlFile);
        assertThat(content())
                .as("nothing is written after that, and one name changes")
                .isEqualTo(durable);
    }
}
