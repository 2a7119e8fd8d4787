package org.pgagent.restore;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgagent.postgres.ControlFile;
import org.pgagent.postgres.DataPath;
import org.pgagent.repository.LinkTarget;

@Timeout(120)
final class RestoreTest {
    private static final String ID = "20261122T055500Z-F";

    @TempDir
    private Path scratch;

    private SampleRepository repository;

    @BeforeEach
    void open() throws IOException {
        repository = SampleRepository.inMemory();
        repository.archive(1, 2, 5);
    }

    @AfterEach
    void close() {
        repository.close();
    }

    private RestoreResult restore(RestoreRequest request) throws IOException {
        Restore restore = repository.restore();
        return restore.run(restore.plan(request));
    }

    /** The files below a directory by path; links are not followed. */
    static Map<String, byte[]> contentOf(Path root) throws IOException {
        Map<String, byte[]> content = new TreeMap<>();
        try (Stream<Path> found = Files.walk(root)) {
            for (Path file : found.filter(path -> Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS))
                    .toList()) {
                content.put(root.relativize(file).toString(), Files.readAllBytes(file));
            }
        }
        return content;
    }

    private static void requireSource(SampleBackup backup, Path target) throws IOException {
        for (Map.Entry<String, byte[]> file : backup.files().entrySet()) {
            boolean changed =
                    List.of("global/pg_control", "postgresql.auto.conf").contains(file.getKey());
            if (!changed) {
                assertThat(Files.readAllBytes(target.resolve(file.getKey())))
                        .as(file.getKey())
                        .isEqualTo(file.getValue());
            }
        }
    }

    @Test
    void restores_every_file_as_it_was_and_adds_only_what_recovery_needs() throws IOException {
        SampleBackup backup = SampleBackup.usual(ID, 15);
        repository.add(backup);
        Path target = scratch.resolve("pgdata");

        restore(SampleRepository.request(target));

        requireSource(backup, target);
        assertThat(contentOf(target).keySet())
                .containsAll(backup.files().keySet())
                .hasSize(backup.files().size() + 3)
                .contains("backup_label", "backup_manifest", "recovery.signal");
        assertThat(SampleRepository.text(target.resolve("backup_label"))).startsWith("START WAL LOCATION: 0/2000028");
        assertThat(target.resolve("recovery.signal")).isEmptyFile();
    }

    @Test
    void makes_the_directories_that_a_server_wants_to_find() throws IOException {
        repository.add(SampleBackup.usual(ID, 15));
        Path target = scratch.resolve("pgdata");

        restore(SampleRepository.request(target));

        for (String directory : List.of("pg_notify", "pg_wal/archive_status", "pg_logical/snapshots", "pg_stat_tmp")) {
            assertThat(target.resolve(directory)).isDirectory();
        }
        assertThat(target.resolve("pg_wal/summaries")).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0700", "0750"})
    void modes_are_those_of_the_source_whatever_the_umask_is(String directoryMode) throws IOException {
        int mode = Integer.parseInt(directoryMode, 8);
        SampleBackup backup = new SampleBackup(ID, 15);
        backup.directory("", mode).directory("global", mode).directory("base", mode);
        backup.file(DataPath.of("readable"), 0664, new byte[] {1, 2, 3}, Optional.empty());
        backup.file("global/pg_control", backup.controlFile());
        repository.add(backup);
        Path target = scratch.resolve("pgdata");

        restore(SampleRepository.request(target));

        String group = mode == 0750 ? "r-x---" : "------";
        assertThat(permissions(target)).isEqualTo("rwx" + group);
        assertThat(permissions(target.resolve("base"))).isEqualTo("rwx" + group);
        assertThat(permissions(target.resolve("pg_notify"))).isEqualTo("rwx" + group);
        assertThat(permissions(target.resolve("readable"))).isEqualTo("rw-rw-r--");
        assertThat(permissions(target.resolve("backup_label"))).isEqualTo(mode == 0750 ? "rw-r-----" : "rw-------");
        assertThat(Files.getLastModifiedTime(target.resolve("readable")).toInstant())
                .isEqualTo(SampleBackup.MODIFIED_AT);
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    @Test
    void everything_belongs_to_the_owner_that_was_named() throws IOException {
        repository.add(SampleBackup.usual(ID, 15));
        Path target = scratch.resolve("pgdata");

        restore(SampleRepository.request(target));

        Object owner = SampleRepository.owner()
                .map(FileOwner::user)
                .orElse(LocalUser.current().principal());
        try (Stream<Path> all = Files.walk(target)) {
            assertThat(all.toList())
                    .allSatisfy(path -> assertThat(Files.getOwner(path, LinkOption.NOFOLLOW_LINKS))
                            .as(path.toString())
                            .isEqualTo(owner));
        }
    }

    @Test
    void the_control_file_is_worthless_without_the_label() throws IOException {
        SampleBackup backup = SampleBackup.usual(ID, 15);
        repository.add(backup);
        Path target = scratch.resolve("pgdata");

        restore(SampleRepository.request(target));

        byte[] restored = Files.readAllBytes(target.resolve("global/pg_control"));
        assertThat(restored).isEqualTo(ControlFile.withUnusableCheckpoint(backup.controlFile()));
        assertThat(ControlFile.parse(restored).checkpoint().location().toString())
                .isEqualTo("0/DEAD");
    }

    @Test
    void names_that_are_no_utf8_come_back_byte_for_byte() throws IOException {
        SampleBackup backup = SampleBackup.usual(ID, 15);
        DataPath odd = DataPath.ofBytes(new byte[] {'b', 'a', 's', 'e', '/', (byte) 0xC3, (byte) 0x28, ' ', '\''});
        backup.file(odd, 0600, new byte[] {42}, Optional.empty());
        repository.add(backup);
        Path target = scratch.resolve("pgdata");

        restore(SampleRepository.request(target));

        assertThat(Files.readAllBytes(odd.under(target))).containsExactly(42);
    }

    @Test
    void tablespaces_go_where_they_were_or_where_they_are_mapped() throws IOException {
        Path kept = scratch.resolve("kept here");
        Path old = scratch.resolve("old=o'ne");
        Path mapped = scratch.resolve("mäpped");
        SampleBackup backup = SampleBackup.usual(ID, 15);
        backup.link("pg_tblspc/16400", kept.toString()).link("pg_tblspc/16401", old.toString());
        backup.directory("pg_tblspc/16400/PG_15_202209061", 0700)
                .file("pg_tblspc/16400/PG_15_202209061/5/777", SampleBackup.bytes(50_000, 9))
                .file("pg_tblspc/16401/PG_15_202209061/5/778", SampleBackup.bytes(9_000, 10));
        repository.add(backup);
        Path target = scratch.resolve("pgdata");
        RestoreDestination destination = new RestoreDestination(
                target,
                TablespaceMapping.parse(List.of(old.toString().replace("=", "\\=") + "=" + mapped)),
                Optional.empty(),
                SampleRepository.owner());

        restore(new RestoreRequest(
                Optional.empty(), destination, SampleRepository.recoverTo(new RecoveryTarget.EndOfWal())));

        assertThat(Files.readSymbolicLink(target.resolve("pg_tblspc/16400"))).isEqualTo(kept);
        assertThat(Files.readSymbolicLink(target.resolve("pg_tblspc/16401"))).isEqualTo(mapped);
        assertThat(mapped.resolve("PG_15_202209061/5/778"))
                .hasBinaryContent(backup.files().get("pg_tblspc/16401/PG_15_202209061/5/778"));
        assertThat(kept.resolve("PG_15_202209061/5/777"))
                .hasBinaryContent(backup.files().get("pg_tblspc/16400/PG_15_202209061/5/777"));
        assertThat(permissions(mapped)).isEqualTo("rwx------");
        assertThat(old).doesNotExist();
        assertThat(target.resolve("tablespace_map")).doesNotExist();
    }

    @Test
    void pg_wal_can_lie_elsewhere() throws IOException {
        repository.add(SampleBackup.usual(ID, 15));
        Path target = scratch.resolve("pgdata");
        Path wal = scratch.resolve("fast/wal");
        RestoreDestination destination =
                new RestoreDestination(target, TablespaceMapping.NONE, Optional.of(wal), SampleRepository.owner());

        restore(new RestoreRequest(
                Optional.empty(), destination, SampleRepository.recoverTo(new RecoveryTarget.EndOfWal())));

        assertThat(Files.readSymbolicLink(target.resolve("pg_wal"))).isEqualTo(wal);
        assertThat(wal.resolve("archive_status")).isDirectory();
        assertThat(permissions(wal)).isEqualTo("rwx------");
    }

    @Test
    void a_file_that_was_a_link_comes_back_as_a_file_with_a_warning() throws IOException {
        SampleBackup backup = SampleBackup.usual(ID, 15);
        backup.file(
                DataPath.of("server.crt"),
                0600,
                new byte[] {7},
                Optional.of(new LinkTarget("/etc/x.crt".getBytes(StandardCharsets.UTF_8))));
        repository.add(backup);
        Path target = scratch.resolve("pgdata");

        RestoreResult result = restore(SampleRepository.request(target));

        assertThat(target.resolve("server.crt")).isRegularFile().hasBinaryContent(new byte[] {7});
        assertThat(result.plan().warnings())
                .anySatisfy(warning ->
                        assertThat(warning).contains("1 files were links").contains("server.crt"));
    }

    @Test
    void a_standby_gets_its_own_signal_and_no_other() throws IOException {
        repository.add(SampleBackup.usual(ID, 15));
        Path target = scratch.resolve("pgdata");
        RecoveryRequest standby = new RecoveryRequest(
                new RecoveryTarget.EndOfWal(),
                new TargetTimeline.Latest(),
                TargetAction.PROMOTE,
                CopyRole.STANDBY,
                Archiving.OFF,
                "pgagent wal-fetch %f %p");

        RestoreResult result = restore(new RestoreRequest(Optional.empty(), SampleRepository.into(target), standby));

        assertThat(result.plan().warnings()).singleElement().asString().contains("archiving is off", "--adopt");
        assertThat(target.resolve("standby.signal")).isEmptyFile();
        assertThat(target.resolve("recovery.signal")).doesNotExist();
        assertThat(SampleRepository.text(target.resolve("postgresql.auto.conf")))
                .contains("recovery_target_timeline = 'latest'");
    }

    @Test
    void an_empty_directory_that_exists_is_used() throws IOException {
        SampleBackup backup = SampleBackup.usual(ID, 15);
        repository.add(backup);
        Path target = Files.createDirectory(scratch.resolve("pgdata"));

        restore(SampleRepository.request(target));

        requireSource(backup, target);
        assertThat(permissions(target)).isEqualTo("rwx------");
    }

    @Test
    void the_servers_manifest_lists_what_lies_on_the_disk() throws IOException {
        SampleBackup backup = SampleBackup.usual(ID, 15);
        backup.link("pg_tblspc/16400", scratch.resolve("ts").toString());
        backup.file("pg_tblspc/16400/PG_15_202209061/5/1", SampleBackup.bytes(9_000, 10));
        repository.add(backup);
        Path target = scratch.resolve("pgdata");

        restore(SampleRepository.request(target));

        JsonNode manifest =
                new JsonMapper().readTree(target.resolve("backup_manifest").toFile());
        Map<String, String> listed = new TreeMap<>();
        for (JsonNode file : manifest.get("Files")) {
            listed.put(
                    file.get("Path").asText(),
                    file.get("Size").asText() + " " + file.get("Checksum").asText());
        }
        Map<String, String> present = new TreeMap<>();
        Map<String, byte[]> content = contentOf(target);
        content.keySet().removeAll(List.of("backup_manifest", "recovery.signal"));
        content.put(
                "pg_tblspc/16400/PG_15_202209061/5/1", Files.readAllBytes(scratch.resolve("ts/PG_15_202209061/5/1")));
        content.forEach((path, bytes) -> present.put(path, bytes.length + " " + crc(bytes)));
        assertThat(listed).isEqualTo(present);
        assertThat(manifest.get("WAL-Ranges").get(0).get("End-LSN").asText()).isEqualTo("0/2000100");
    }

    /** As the server prints it: the bytes as they lie in memory, lowest first. */
    private static String crc(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return HexFormat.of().toHexDigits(Integer.reverseBytes((int) crc.getValue()));
    }

    @Test
    void needs_few_requests() throws IOException {
        repository.add(SampleBackup.usual(ID, 15));

        RestoreResult result = restore(SampleRepository.request(scratch.resolve("pgdata")));

        assertThat(result.gets()).isEqualTo(2);
    }
}
