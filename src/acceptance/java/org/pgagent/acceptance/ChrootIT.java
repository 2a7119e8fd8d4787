package org.pgagent.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.pgagent.kit.ScratchDirectory;
import org.pgagent.kit.ServerUser;
import org.pgagent.kit.ToolRun;

/**
 * A root directory that is no mount point, as in a chroot or a rescue system: the list of mounts has nothing that the data
 * directory would lie on, and Java cannot tell its file system.
 */
final class ChrootIT {
    private static final Distribution DISTRIBUTION = Distribution.built();

    /** Enters the root $1 with the distribution $2 in it, in mounts of its own that end with it, and runs the rest. */
    private static final String ENTER = """
            mount --bind /usr "$1/usr" && mount --bind /etc "$1/etc" && mount --bind /dev "$1/dev" &&
                mount -t proc proc "$1/proc" && mount --bind "$2" "$1/opt" || exit 99
            root=$1
            shift 2
            exec chroot "$root" "$@"
            """;

    @Test
    void a_restore_needs_no_list_of_mounts() throws IOException {
        assumeTrue(System.getProperty("user.name").equals("root"), "only root can change its root directory");
        try (StoreProcess store = StoreProcess.start();
                ArchivingServer server = ArchivingServer.start(DISTRIBUTION, store.environment("chroot"));
                ScratchDirectory scratch = ScratchDirectory.create()) {
            server.backUp();
            server.archiveRow(1);
            Path root = root(scratch);

            ToolRun restore = inside(
                    root,
                    server.environment(),
                    "restore",
                    "-D",
                    "/data",
                    "--owner",
                    ServerUser.current().name());

            assertThat(restore.exitStatus()).as(restore.output()).isZero();
            assertThat(restore.output()).contains(" free").doesNotContain("WARN");
            assertThat(root.resolve("data/global/pg_control")).exists();
        }
    }

    private static Path root(ScratchDirectory scratch) throws IOException {
        Path root = scratch.createReadable("root");
        for (String directory : List.of("usr", "etc", "dev", "proc", "opt", "tmp")) {
            Files.createDirectory(root.resolve(directory));
        }
        for (String merged : List.of("bin", "lib", "lib64")) {
            Files.createSymbolicLink(root.resolve(merged), Path.of("usr", merged));
        }
        return root;
    }

    private static ToolRun inside(Path root, Map<String, String> environment, String... arguments) {
        List<String> line = new ArrayList<>(List.of(
                "unshare",
                "--mount",
                "sh",
                "-c",
                ENTER,
                "sh",
                root.toString(),
                DISTRIBUTION.resolve("").toString()));
        line.addAll(List.of("/usr/bin/env", "-i", "HOME=/nonexistent"));
        new TreeMap<>(environment).forEach((name, value) -> line.add(name + "=" + value));
        line.add("/opt/bin/pgagent");
        line.addAll(List.of(arguments));
        return ToolRun.of(line);
    }
}
