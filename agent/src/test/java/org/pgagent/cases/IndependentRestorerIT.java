package org.pgagent.cases;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.pgagent.kit.PostgresBinaries;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.ResidentProgram;
import org.pgagent.kit.ResidentProgram.Outcome;
import org.pgagent.kit.ScratchDirectory;
import org.pgagent.kit.Workload;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecords;
import org.pgagent.storage.FileObjectStore;
import org.pgagent.storage.ObjectStore;

/**
 * The repository's format is enough: a script that has nothing of pgagent's restores the same bytes, through S3 and from a
 * directory, before and after a compaction.
 */
class IndependentRestorerIT {
    private static final Path SCRIPT = Path.of("..", "docs", "restore-by-hand.py");
    private static final String NAME = "by-hand";

    /** What a restore adds so that recovery begins; the script leaves it to its reader. */
    private static final Set<String> OF_RECOVERY = Set.of("postgresql.auto.conf", "recovery.signal", "backup_manifest");

    /** Runs the program. */
    private interface Program {
        Outcome run(String... arguments);
    }

    /**
     * A repository, as the program and the script see it.
     *
     * @param place what the script is told
     */
    private record Kept(Program program, String place, Map<String, String> environment, ObjectStore store) {
        Outcome mustRun(String verb, String... arguments) {
            List<String> all = new ArrayList<>(List.of(verb, "--cluster", NAME));
            all.addAll(Arrays.asList(arguments));
            Outcome outcome = program.run(all.toArray(String[]::new));
            assertThat(outcome.status()).as(outcome.output()).isZero();
            return outcome;
        }

        BackupId backup(PostgresCluster cluster, String type, String compression) {
            return Repository.idIn(mustRun(
                    "backup",
                    "-h",
                    cluster.socketDirectory().toString(),
                    "-p",
                    String.valueOf(cluster.port()),
                    "-U",
                    "postgres",
                    "--type",
                    type,
                    "--compress",
                    compression));
        }

        void byHand(BackupId backup, Path target, String tablespace) throws IOException, InterruptedException {
            List<String> command = new ArrayList<>(List.of("python3", SCRIPT.toString(), place, NAME));
            command.addAll(List.of(backup.toString(), target.toString(), tablespace));
            ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
            builder.environment().putAll(environment);
            builder.environment().put("CHECK", "1");
            Process process = builder.start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(output).isZero();
        }

        /** A restore and what the script makes, compared. */
        void compare(BackupId backup, Path tablespace) throws IOException, InterruptedException {
            try (ScratchDirectory places = ScratchDirectory.create()) {
                Path ours = places.resolve("ours");
                Path theirs = places.resolve("theirs");
                mustRun(
                        "restore",
                        "-D",
                        ours.toString(),
                        "--backup",
                        backup.toString(),
                        "--target-immediate",
                        "--tablespace-mapping",
                        tablespace + "=" + ours + "-ts");
                byHand(backup, theirs, tablespace + "=" + theirs + "-ts");

                SortedMap<String, String> restored = tree(ours);
                assertThat(tree(theirs)).isEqualTo(restored).hasSizeGreaterThan(500);
                assertThat(restored.values()).contains("link to HERE-ts");
                assertThat(tree(Path.of(theirs + "-ts")))
                        .isEqualTo(tree(Path.of(ours + "-ts")))
                        .isNotEmpty();
            }
        }

        void requireCompacted(BackupId backup) throws IOException {
            assertThat(new BackupRecords(store, Repository.keys(NAME))
                            .find(backup)
                            .orElseThrow()
                            .manifest()
                            .compaction())
                    .isNotNull();
        }
    }

    @Test
    void restores_every_byte_that_a_restore_does() throws IOException, InterruptedException {
        Repository repository = Repository.shared();
        Map<String, String> environment = repository.environment();
        String url = environment.get("PGAGENT_ENDPOINT") + "/" + environment.get("PGAGENT_BUCKET");
        PostgresSetup setup = PostgresSetup.ofVersion(PostgresBinaries.newestMajor());
        try (PostgresCluster cluster = repository.archiving(setup, NAME).start()) {
            requireSame(
                    cluster,
                    new Kept(repository::run, url, environment, repository.store()),
                    List.of("full lz4", "full zstd", "incremental none"));
        }
    }

    @Test
    void restores_every_byte_that_a_restore_does_from_a_directory() throws IOException, InterruptedException {
        try (ScratchDirectory scratch = ScratchDirectory.create()) {
            Path place = scratch.createReadable("repository");
            Map<String, String> environment = Map.of("PGAGENT_BUCKET", "file://" + place);
            PostgresSetup setup = PostgresSetup.ofVersion(PostgresBinaries.newestMajor())
                    .withArchiveCommand(Repository.archiveCommand(NAME));
            try (ResidentProgram program = ResidentProgram.start(environment, "077");
                    ObjectStore store = FileObjectStore.open(place, new SplittableRandom(1));
                    PostgresCluster cluster =
                            setup.withEnvironment("PATH", program.searchPath()).start()) {
                requireSame(
                        cluster,
                        new Kept(program::run, place.toString(), Map.of(), store),
                        List.of("full zstd", "incremental lz4"));
            }
        }
    }

    private static void requireSame(PostgresCluster cluster, Kept kept, List<String> kinds)
            throws IOException, InterruptedException {
        Path tablespace = cluster.createDirectory("an odd place");
        cluster.sql(
                "CREATE TABLESPACE elsewhere LOCATION '" + tablespace.toString().replace("'", "''") + "'");
        Workload workload = new Workload(cluster, 0.25);
        workload.create(2000);
        cluster.sql("CREATE TABLE far TABLESPACE elsewhere AS SELECT generate_series(1, 5000) i");
        List<BackupId> backups = new ArrayList<>();
        for (String kind : kinds) {
            String[] words = kind.split(" ", 2);
            BackupId backup = kept.backup(cluster, words[0], words[1]);
            backups.add(backup);
            workload.churn();
            kept.compare(backup, tablespace);
        }

        BackupId incremental = backups.remove(backups.size() - 1);
        for (BackupId full : backups) {
            kept.mustRun("delete", full.toString());
        }
        kept.mustRun("compact", "--live-max", "99");
        kept.requireCompacted(incremental);
        kept.compare(incremental, tablespace);
    }

    /** What lies below a directory, without following links: for each path what it is. */
    private static SortedMap<String, String> tree(Path root) throws IOException {
        SortedMap<String, String> tree = new TreeMap<>();
        try (Stream<Path> paths = Files.walk(root)) {
            paths.filter(path -> !OF_RECOVERY.contains(root.relativize(path).toString()))
                    .forEach(path -> tree.put(root.relativize(path).toString(), describe(path, root)));
        }
        return tree;
    }

    /** Where a link leads, and of a file its mode, its size and its SHA-256; HERE stands for the directory that was restored. */
    private static String describe(Path path, Path root) {
        try {
            if (Files.isSymbolicLink(path)) {
                return "link to " + Files.readSymbolicLink(path).toString().replace(root.toString(), "HERE");
            }
            String mode = PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
            if (Files.isDirectory(path)) {
                return mode;
            }
            byte[] sha256 = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(path));
            return mode + " " + Files.size(path) + " " + HexFormat.of().formatHex(sha256);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
