package org.pgagent.kit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The PostgreSQL that is installed on this machine, for its tools that the fetched binaries lack, such as {@code
 * pg_verifybackup}: somebody else's judgement of what pgagent has restored, and somebody else's load.
 */
public final class InstalledPostgres {
    private static final Path DEBIAN = Path.of("/usr/lib/postgresql");
    private static final Set<Integer> ALIKE = Set.of(13, 14, 15, 16);

    private InstalledPostgres() {}

    /** Its major version; tools judge clusters of that one. */
    public static int major() {
        return Integer.parseInt(home().getFileName().toString());
    }

    /**
     * The versions whose clusters its pg_checksums takes: those with a control file like its own (pg_control.h), and, but for its own
     * version, without tablespaces.
     */
    public static List<Integer> checksummed() {
        int own = major();
        return PostgresBinaries.majors().stream()
                .filter(major -> major == own || (ALIKE.contains(major) && ALIKE.contains(own)))
                .toList();
    }

    /** Runs a tool, as the server's user, that must succeed, and returns what it printed. */
    public static String successOf(String tool, String... arguments) {
        return ToolRun.successOf(command(tool, arguments));
    }

    /** What runs a tool as the server's user. */
    public static List<String> command(String tool, String... arguments) {
        return ServerUser.current()
                .command(Stream.concat(
                                Stream.of(home().resolve("bin").resolve(tool).toString()), Stream.of(arguments))
                        .toList());
    }

    private static Path home() {
        try (Stream<Path> versions = Files.list(DEBIAN)) {
            return versions.filter(version -> Files.isExecutable(version.resolve("bin/pg_checksums")))
                    .max(Comparator.comparingInt(
                            version -> Integer.parseInt(version.getFileName().toString())))
                    .orElseThrow(() -> new AssertionError("no pg_checksums below " + DEBIAN));
        } catch (IOException e) {
            throw new AssertionError("no PostgreSQL in " + DEBIAN + "; ./check installs it", e);
        }
    }
}
