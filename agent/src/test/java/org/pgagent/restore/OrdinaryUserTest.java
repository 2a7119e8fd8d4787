package org.pgagent.restore;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.pgagent.kit.PublishedClassPath;
import org.pgagent.kit.ScratchDirectory;
import org.pgagent.kit.ServerUser;
import org.pgagent.kit.ToolRun;
import org.pgagent.postgres.DataPath;

/** Restores by a user whom file modes bind, in a process of its own, because the tests may run as root. */
@Timeout(180)
final class OrdinaryUserTest {
    private static final String ID = "20261122T055500Z-F";

    /** Several GETs, so that several threads write it. */
    private static final int LARGE_BYTES = 40 << 20;

    private ScratchDirectory scratch;
    private Path bucket;
    private Path target;
    private SampleBackup backup;
    private RestorePlan plan;

    @BeforeEach
    void open() throws IOException {
        scratch = ScratchDirectory.create();
        bucket = scratch.createReadable("bucket");
        target = scratch.createPrivate("pgdata");
        backup = SampleBackup.usual(ID, 15);
    }

    @AfterEach
    void close() {
        scratch.close();
    }

    private void store() throws IOException {
        try (SampleRepository repository = SampleRepository.inDirectory(bucket)) {
            repository.archive(1, 2, 5).add(backup);
            plan = repository.restore().plan(SampleRepository.request(target));
        }
        ServerUser.current().own(bucket);
    }

    private void restore() {
        ToolRun.successOf(ServerUser.current()
                .command(
                        "sh",
                        "-c",
                        PublishedClassPath.command(
                                RestoreInChild.class.getName(), bucket.toString(), target.toString())));
    }

    private void interruptAfterwards() throws IOException {
        SampleRepository.interrupt(plan);
        ServerUser.current().own(target);
    }

    private void requireRestored(String path, String permissions) throws IOException {
        Path file = target.resolve(path);
        assertThat(Files.readAllBytes(file)).as(path).isEqualTo(backup.files().get(path));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo(permissions);
        assertThat(Files.getOwner(file, LinkOption.NOFOLLOW_LINKS).getName())
                .isEqualTo(ServerUser.current().name());
    }

    private static void setPermissions(Path path, String permissions) throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
    }

    @Test
    void read_only_files_of_any_size_come_back() throws IOException {
        byte[] large = new byte[LARGE_BYTES];
        new Random(1).nextBytes(large);
        backup.file(DataPath.of("base/1/30000"), 0400, large, Optional.empty())
                .file(DataPath.of("server.key"), 0400, new byte[] {1, 2, 3}, Optional.empty())
                .file(DataPath.of("nothing"), 0444, new byte[0], Optional.empty());
        store();

        restore();

        requireRestored("base/1/30000", "r--------");
        requireRestored("server.key", "r--------");
        requireRestored("nothing", "r--r--r--");
        assertThat(target.resolve("global/pg_control")).exists();
    }

    @Test
    void torn_read_only_files_are_written_again() throws IOException {
        backup.file(DataPath.of("server.key"), 0400, SampleBackup.bytes(50_000, 1), Optional.empty())
                .file(DataPath.of("server.crt"), 0440, SampleBackup.bytes(50_000, 2), Optional.empty())
                .file(DataPath.of("nothing"), 0400, new byte[0], Optional.empty());
        store();
        restore();
        interruptAfterwards();
        for (String torn : new String[] {"server.key", "nothing"}) {
            setPermissions(target.resolve(torn), "rw-------");
            Files.write(target.resolve(torn), new byte[] {7});
            setPermissions(target.resolve(torn), "r--------");
        }

        restore();

        requireRestored("server.key", "r--------");
        requireRestored("server.crt", "r--r-----");
        requireRestored("nothing", "r--------");
        assertThat(target.resolve("global/pg_control")).exists();
    }

    @Test
    void read_only_directories_come_back_and_do_not_keep_a_restore_from_going_on() throws IOException {
        backup.directory("certs", 0500)
                .file("certs/server.crt", SampleBackup.bytes(50_000, 2))
                .directory("certs/old", 0550)
                .file("certs/old/server.crt", SampleBackup.bytes(50_000, 3));
        store();
        restore();
        requireReadOnlyDirectories();

        interruptAfterwards();
        setPermissions(target.resolve("certs/old"), "rwxr-x---");
        Files.delete(target.resolve("certs/old/server.crt"));
        setPermissions(target.resolve("certs/old"), "r-xr-x---");
        setPermissions(target.resolve("certs"), "rwx------");
        Files.createFile(target.resolve("certs/stranger"));
        Files.delete(target.resolve("certs/server.crt"));
        setPermissions(target.resolve("certs"), "r-x------");
        restore();

        requireReadOnlyDirectories();
        assertThat(target.resolve("certs/stranger")).doesNotExist();
        assertThat(target.resolve("global/pg_control")).exists();
    }

    private void requireReadOnlyDirectories() throws IOException {
        requireRestored("certs/server.crt", "rw-------");
        requireRestored("certs/old/server.crt", "rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target.resolve("certs"))))
                .isEqualTo("r-x------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target.resolve("certs/old"))))
                .isEqualTo("r-xr-x---");
    }

    @Test
    void the_server_user_comes_through_directories_that_were_missing_whatever_the_umask_is() throws IOException {
        target = target.resolve("new/parent/data");
        Path location = target.resolveSibling("for/tablespaces/ts");
        backup.link("pg_tblspc/16400", location.toString())
                .directory("pg_tblspc/16400/PG_15_202209061", 0700)
                .file("pg_tblspc/16400/PG_15_202209061/5/777", SampleBackup.bytes(50_000, 3));
        store();

        ToolRun.successOf(List.of(
                "sh",
                "-c",
                "umask 077; "
                        + PublishedClassPath.command(
                                RestoreInChild.class.getName(), bucket.toString(), target.toString())));

        ToolRun.successOf(ServerUser.current()
                .command(
                        "wc",
                        "-c",
                        target.resolve("base/1/1259").toString(),
                        target.resolve("pg_tblspc/16400/PG_15_202209061/5/777").toString()));
        for (Path made : List.of(target.getParent(), location.getParent(), location.resolve("../.."))) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
                    .isEqualTo("rwxr-xr-x");
            assertThat(Files.getOwner(made).getName())
                    .isEqualTo(ServerUser.current().name());
        }
    }

    @Test
    void an_unreadable_file_does_not_keep_a_restore_from_going_on() throws IOException {
        store();
        restore();
        interruptAfterwards();
        setPermissions(target.resolve("base/1/20004"), "---------");
        setPermissions(target.resolve("base/1/2619"), "---------");
        setPermissions(target.resolve("base/1/1259"), "-w-------");

        restore();

        requireRestored("base/1/20004", "rw-------");
        requireRestored("base/1/2619", "rw-------");
        requireRestored("base/1/1259", "rw-------");
        assertThat(target.resolve("global/pg_control")).exists();
    }
}
