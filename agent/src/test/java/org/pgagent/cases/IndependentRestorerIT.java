package org.pgagent.cases;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.pgagent.kit.PostgresBinaries;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.ResidentProgram;
import org.pgagent.kit.ScratchDirectory;
import org.pgagent.kit.Workload;
import org.pgagent.repository.BackupId;

/** The repository's format is enough: a script that has nothing of pgagent's restores the same bytes, through S3. */
class IndependentRestorerIT {
    private static final Path SCRIPT = Path.of("..", "docs", "restore-by-hand.py");
    private static final String NAME = "by-hand";

    /** What a restore adds so that recovery begins; the script leaves it to its reader. */
    private static final Set<String> OF_RECOVERY = Set.of("postgresql.auto.conf", "recovery.signal", "backup_manifest");

    @Test
    void restores_every_byte_that_a_restore_does() throws IOException, InterruptedException {
        int major = PostgresBinaries.newestMajor();
        Repository repository = Repository.shared();
        try (ScratchDirectory places = ScratchDirectory.create();
                PostgresCluster cluster = repository
                        .archiving(PostgresSetup.ofVersion(major), NAME)
                        .start()) {
            Path tablespace = cluster.createDirectory("an odd place");
            cluster.sql("CREATE TABLESPACE elsewhere LOCATION '"
                    + tablespace.toString().replace("'", "''") + "'");
            Workload workload = new Workload(cluster, 0.25);
            workload.create(2000);
            cluster.sql("CREATE TABLE far TABLESPACE elsewhere AS SELECT generate_series(1, 5000) i");
            for (String kind : List.of("full lz4", "full zstd", "incremental none")) {
                String[] words = kind.split(" ", 2);
                BackupId backup = Repository.idIn(
                        repository.onServer(cluster, NAME, "backup", "--type", words[0], "--compress", words[1]));
                workload.churn();
                Path ours = places.resolve(kind + "-ours");
                Path theirs = places.resolve(kind + "-theirs");
                ResidentProgram.Outcome restored = repository.restoreInto(
                        ours,
                        NAME,
                        "--backup",
                        backup.toString(),
                        "--target-immediate",
                        "--tablespace-mapping",
                        tablespace + "=" + ours + "-ts");
                assertThat(restored.status()).as(restored.output()).isZero();
                byHand(repository, backup, theirs, tablespace + "=" + theirs + "-ts");

                assertThat(tree(theirs)).isEqualTo(tree(ours)).hasSizeGreaterThan(500);
                assertThat(tree(Path.of(theirs + "-ts")))
                        .isEqualTo(tree(Path.of(ours + "-ts")))
                        .isNotEmpty();
            }
        }
    }

    private static void byHand(Repository repository, BackupId backup, Path target, String tablespace)
            throws IOException, InterruptedException {
        Map<String, String> environment = repository.environment();
        String url = environment.get("PGAGENT_ENDPOINT") + "/" + environment.get("PGAGENT_BUCKET");
        List<String> command = new ArrayList<>(List.of("python3", SCRIPT.toString(), url, NAME));
        command.addAll(List.of(backup.toString(), target.toString(), tablespace));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        builder.environment().put("CHECK", "1");
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
    }

    /** What lies below a directory, without following links: for each path its mode and its content. */
    private static SortedMap<String, String> tree(Path root) throws IOException {
        SortedMap<String, String> tree = new TreeMap<>();
        try (Stream<Path> paths = Files.walk(root)) {
            paths.filter(path -> !OF_RECOVERY.contains(root.relativize(path).toString()))
                    .forEach(path -> tree.put(root.relativize(path).toString(), describe(path)));
        }
        return tree;
    }

    private static String describe(Path path) {
        try {
            if (Files.isSymbolicLink(path)) {
                return "link";
            }
            String mode = PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
            return Files.isDirectory(path)
                    ? mode
                    : mode + " " + Files.size(path) + " "
                            + HexFormat.of().toHexDigits(java.util.Arrays.hashCode(Files.readAllBytes(path)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
