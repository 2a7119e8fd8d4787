package org.pgagent.acceptance;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The process that is the agent of a data directory, as the kernel tells of it (proc(5)). */
record ResidentAgent(ProcessHandle process) {
    private static final Path PROC = Path.of("/proc");
    private static final String KEEPER = "pgagent keeper";
    private static final String PROGRAM = "pgagent";

    /** All agents of a data directory that live now; there should be one at most, but for a moment after a start. */
    static List<ResidentAgent> allOf(Path dataDirectory) {
        return ProcessHandle.allProcesses()
                .filter(process -> serves(process, dataDirectory))
                .map(ResidentAgent::new)
                .toList();
    }

    /** The one that the lock's file names, if it lives. */
    static Optional<ResidentAgent> of(Path dataDirectory) {
        try {
            long pid = Long.parseLong(Files.readString(dataDirectory.resolve("pg_wal/pgsql_tmp.pgagent/agent.lock"))
                    .strip());
            return ProcessHandle.of(pid)
                    .filter(process -> serves(process, dataDirectory))
                    .map(ResidentAgent::new);
        } catch (IOException | NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** A process that is none of ours by chance of its number is not taken for one. */
    private static boolean serves(ProcessHandle process, Path dataDirectory) {
        List<String> words = List.of(read(process, "cmdline").split("\0", -1));
        return words.containsAll(List.of("serve", "--by-command", dataDirectory.toString()));
    }

    /** The agent's parent. */
    Optional<ProcessHandle> keeper() {
        return process.parent()
                .filter(parent -> KEEPER.equals(read(parent, "comm").strip()));
    }

    /** The program that the archiver of a server waits for, if it does at this moment. */
    static Optional<ProcessHandle> programUnder(Path dataDirectory) {
        try (Stream<String> lines = Files.lines(dataDirectory.resolve("postmaster.pid"))) {
            long postmaster = Long.parseLong(lines.findFirst().orElse("0").strip());
            return ProcessHandle.of(postmaster).stream()
                    .flatMap(ProcessHandle::descendants)
                    .filter(process -> PROGRAM.equals(read(process, "comm").strip()))
                    .findFirst();
        } catch (IOException | NumberFormatException e) {
            return Optional.empty();
        }
    }

    long residentKiB() {
        return statusNumber("VmRSS:");
    }

    long threads() {
        return statusNumber("Threads:");
    }

    long openFiles() {
        try (Stream<Path> files = Files.list(proc(process).resolve("fd"))) {
            return files.count();
        } catch (IOException e) {
            throw new AssertionError("the agent has gone", e);
        }
    }

    private long statusNumber(String name) {
        return read(process, "status")
                .lines()
                .filter(line -> line.startsWith(name))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .findFirst()
                .orElseThrow(() -> new AssertionError("the agent has gone"));
    }

    private static Path proc(ProcessHandle process) {
        return PROC.resolve(Long.toString(process.pid()));
    }

    /** Nothing, if the process is gone. */
    private static String read(ProcessHandle process, String file) {
        try {
            return Files.readString(proc(process).resolve(file), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }
}
