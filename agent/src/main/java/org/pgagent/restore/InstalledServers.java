package org.pgagent.restore;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Where a host may have programs of PostgreSQL's server. What is found there is a hint: a server may be installed anywhere.
 *
 * @param path directories in which programs are looked for
 * @param versions a directory that has one per major version, as Debian's packages make them
 */
public record InstalledServers(List<Path> path, Path versions) {
    private static final List<String> PROGRAMS = List.of("postgres", "pg_ctl");
    private static final Pattern VERSION = Pattern.compile("\\(PostgreSQL\\) ([0-9]{2})");

    public InstalledServers {
        path = List.copyOf(path);
    }

    /** This host: what the environment's PATH names, and where Debian's packages go. */
    public static InstalledServers ofThisHost() {
        List<Path> path = Arrays.stream(
                        Optional.ofNullable(System.getenv("PATH")).orElse("").split(File.pathSeparator, -1))
                .map(Path::of)
                .filter(Path::isAbsolute)
                .toList();
        return new InstalledServers(path, Path.of("/usr/lib/postgresql"));
    }

    /** What somebody should know who will start a server of this major version; empty if it was found, or none at all. */
    Optional<String> warning(int major) throws IOException {
        NavigableSet<Integer> found = directories().navigableKeySet();
        if (found.isEmpty() || found.contains(major)) {
            return Optional.empty();
        }
        return Optional.of("the restored cluster needs PostgreSQL " + major + ", and on this host only "
                + found.stream().map(Object::toString).collect(Collectors.joining(", ")) + " was found");
    }

    /** Where a program of a server of this major version is. */
    public Optional<Path> program(int major, String name) throws IOException {
        return in(directories().getOrDefault(major, List.of()), name);
    }

    /**
     * Where a program is that works with servers of other versions too: that of the same version, or else of the newest that
     * is here, or whatever is found by its name.
     */
    public Optional<Path> client(int major, String name) throws IOException {
        NavigableMap<Integer, List<Path>> directories = directories();
        List<Path> inOrder = new ArrayList<>(directories.getOrDefault(major, List.of()));
        directories.descendingMap().values().forEach(inOrder::addAll);
        inOrder.addAll(path);
        return in(inOrder, name);
    }

    private static Optional<Path> in(List<Path> directories, String name) {
        return directories.stream()
                .map(directory -> directory.resolve(name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Those that have servers, by major version. */
    private NavigableMap<Integer, List<Path>> directories() throws IOException {
        NavigableMap<Integer, List<Path>> found = new TreeMap<>();
        for (Path directory : path) {
            for (String program : PROGRAMS) {
                if (Files.isExecutable(directory.resolve(program))) {
                    majorOf(directory.resolve(program)).ifPresent(major -> add(found, major, directory));
                }
            }
        }
        if (Files.isDirectory(versions) && Files.isReadable(versions)) {
            try (DirectoryStream<Path> directories = Files.newDirectoryStream(versions, "[0-9][0-9]")) {
                for (Path directory : directories) {
                    if (Files.isExecutable(directory.resolve("bin/postgres"))) {
                        int major = Integer.parseInt(directory.getFileName().toString());
                        add(found, major, directory.resolve("bin"));
                    }
                }
            }
        }
        return found;
    }

    private static void add(Map<Integer, List<Path>> found, int major, Path directory) {
        found.computeIfAbsent(major, none -> new ArrayList<>()).add(directory);
    }

    /** Empty if the program does not say. */
    private static Optional<Integer> majorOf(Path program) {
        return ProgramAnswer.find(VERSION, program.toString(), "--version").map(Integer::valueOf);
    }
}
