package org.pgagent.kit;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * The PostgreSQL programs that the build has fetched, one of each major version, unpacked where the server's user can run
 * them. There are {@code postgres}, {@code initdb}, {@code pg_ctl} and the contrib modules, no client programs.
 *
 * <p>Unpacked once per machine: the directory's name has a hash of the archive.
 */
public final class PostgresBinaries {
    private static final Map<Integer, Path> UNPACKED = new ConcurrentHashMap<>();

    private PostgresBinaries() {}

    /**
     * The major versions that tests run on: all supported ones, or those that the system property
     * {@code pgagent.postgres.majors} lists, such as {@code 13,18}, for a quick look.
     */
    public static List<Integer> majors() {
        String chosen = System.getProperty("pgagent.postgres.majors", "");
        return chosen.isEmpty()
                ? IntStream.rangeClosed(13, 18).boxed().toList()
                : Arrays.stream(chosen.split(",", -1)).map(Integer::valueOf).toList();
    }

    /** The newest of {@link #majors()}, for tests that need one version only. */
    public static int newestMajor() {
        return majors().get(majors().size() - 1);
    }

    /** A program, such as {@code postgres}. */
    public static Path program(int major, String name) {
        return home(major).resolve("bin").resolve(name);
    }

    /** The directory with {@code bin}, {@code lib} and {@code share}; its name is unique to these very binaries. */
    public static Path home(int major) {
        return UNPACKED.computeIfAbsent(major, PostgresBinaries::unpack);
    }

    private static Path unpack(int major) {
        Path jar = jar(major);
        String version = jar.getFileName().toString().replaceAll(".*-([0-9.]+)\\.jar", "$1");
        return SharedDirectory.named("postgres-" + version + "-" + hash(jar), fresh -> {
            Path archive = fresh.resolve("archive.txz");
            try (ZipFile zip = new ZipFile(jar.toFile());
                    InputStream content = zip.getInputStream(archiveIn(zip))) {
                Files.copy(content, archive);
            }
            ToolRun.successOf("tar", "-xJf", archive.toString(), "-C", fresh.toString(), "--no-same-owner");
            Files.delete(archive);
        });
    }

    private static ZipEntry archiveIn(ZipFile zip) {
        Predicate<ZipEntry> archive = entry -> entry.getName().endsWith(".txz");
        return zip.stream()
                .filter(archive)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no .txz in " + zip.getName()));
    }

    private static Path jar(int major) {
        Path directory = Path.of(System.getProperty("pgagent.postgres.binaries", "target/postgres-binaries"));
        try (Stream<Path> files = Files.list(directory)) {
            List<Path> found = files.filter(
                            file -> file.getFileName().toString().matches(".*-" + major + "\\.[0-9]+\\.[0-9]+\\.jar"))
                    .toList();
            if (found.size() != 1) {
                throw new AssertionError("there must be one PostgreSQL " + major + " in " + directory + ", there are "
                        + found + "; 'mvn clean generate-test-resources' puts it right");
            }
            return found.get(0);
        } catch (IOException e) {
            throw new AssertionError(
                    "no PostgreSQL binaries in " + directory + "; 'mvn generate-test-resources' fetches them", e);
        }
    }

    private static String hash(Path file) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
            return HexFormat.of().formatHex(digest, 0, 6);
        } catch (IOException | NoSuchAlgorithmException e) {
            throw new AssertionError("cannot hash " + file, e);
        }
    }
}
