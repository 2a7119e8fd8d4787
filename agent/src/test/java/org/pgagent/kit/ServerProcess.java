package org.pgagent.kit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** A running postmaster, which writes what it prints to the end of a log file. It ends with the JVM at the latest. */
final class ServerProcess {
    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final Set<ServerProcess> RUNNING = ConcurrentHashMap.newKeySet();

    private final Process process;
    private final Path log;

    private ServerProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    static ServerProcess start(List<String> command, Map<String, String> environment, Path log) {
        ProcessBuilder builder = new ProcessBuilder(ServerUser.current().command(command))
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .directory(Path.of("/").toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
        builder.environment().putAll(environment);
        try {
            ServerProcess server = new ServerProcess(builder.start(), log);
            RUNNING.add(server);
            return server;
        } catch (IOException e) {
            throw new AssertionError("cannot start " + command, e);
        }
    }

    boolean isRunning() {
        return process.isAlive();
    }

    /** The postmaster's. */
    long pid() {
        return process.pid();
    }

    void signal(String name) {
        ToolRun.successOf("kill", "-" + name, Long.toString(process.pid()));
    }

    /** @param title what {@code ps} shows of one of the postmaster's children */
    void signalChild(String title, String name) {
        ToolRun.successOf("pkill", "-" + name, "-P", Long.toString(process.pid()), "-f", title);
    }

    /** Waits for the end of the postmaster, by itself or because of a signal, and returns its exit status. */
    int awaitEnd() {
        try {
            if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("server has not ended within " + LIMIT.toSeconds() + " s:\n" + logTail(log));
            }
            RUNNING.remove(this);
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while the server ends", e);
        }
    }

    /** Ends the postmaster and all its children as a power cut would. */
    void kill() {
        // Stopped first, so that it starts no more children while they are listed.
        signal("STOP");
        Set<ProcessHandle> all = process.descendants().collect(Collectors.toSet());
        process.destroyForcibly();
        all.forEach(ProcessHandle::destroyForcibly);
        awaitEnd();
        Await.until("end of " + all, LIMIT, () -> all.stream().noneMatch(ProcessHandle::isAlive));
    }

    static void endAll() {
        for (ServerProcess server : RUNNING) {
            if (server.isRunning()) {
                server.kill();
            }
        }
    }

    /** The last 60 lines of a server's log. */
    static String logTail(Path log) {
        try {
            List<String> lines = new String(Files.readAllBytes(log), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 60), lines.size()));
        } catch (IOException e) {
            throw new AssertionError("cannot read " + log, e);
        }
    }
}
