package org.pgagent.restore.drill;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.restore.Restore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The server of a drill: nobody but the drill can reach it, and it reaches nobody but the archive. Closing it ends it. */
final class PrivateServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PrivateServer.class);
    private static final int LINES_MAX = 20;

    /** A server that is told to stop at once ends its children after five seconds. */
    private static final long STOP_SECONDS_MAX = 30;

    /** miscadmin.h, LOCK_FILE_LINE_PM_STATUS, counted from 0. */
    private static final int STATUS_LINE = 7;

    /** Of a restore_command that failed the server knows the exit status only, and takes it for the shell's. */
    private static final Pattern UNRESTORED = Pattern.compile("could not restore file \"(.*)\" from archive");

    /**
     * At the end of recovery the server makes the files of unlogged relations, but not over those that are there: of a relation
     * that was being made when the backup was taken. When it starts the next time it removes them itself (reinit.c).
     */
    private static final Pattern MADE_MEANWHILE =
            Pattern.compile("could not create file \"(?:base|pg_tblspc)/.*\": File exists");

    private final DrillDirectory directory;
    private final Programs programs;
    private final List<String> words;
    private Process process;
    private boolean isSecondStart;

    private PrivateServer(DrillDirectory directory, Programs programs, List<String> words) throws PgAgentException {
        this.directory = directory;
        this.programs = programs;
        this.words = words;
        this.process = launch();
    }

    private Process launch() throws PgAgentException {
        Process launched = programs.start(words, Optional.empty(), directory.log("server"));
        LOG.info("the server recovers process={} log={}", launched.pid(), directory.log("server"));
        return launched;
    }

    /** Writes the configuration and starts the server, which begins to recover. */
    static PrivateServer start(DrillPlan plan, DrillDirectory directory, Programs programs) throws IOException {
        String text = PrivateConfiguration.text(directory, plan.restore().majorVersion());
        directory.write(directory.configuration(), text.getBytes(StandardCharsets.UTF_8));
        directory.write(directory.hba(), PrivateConfiguration.hba().getBytes(StandardCharsets.UTF_8));
        directory.write(directory.ident(), new byte[0]);
        // Read after postgresql.conf, wherever that lies; what the source had set there counts no more than the rest.
        directory.write(directory.data().resolve("postgresql.auto.conf"), Restore.recoverySettings(plan.restore()));
        List<String> words = new ArrayList<>(List.of(
                plan.programs().postgres().toString(),
                "-D",
                directory.data().toString(),
                "-c",
                "config_file=" + directory.configuration()));
        if (plan.endsWithTheArchive()) {
            words.addAll(List.of("-c", "restore_command=" + PlannedWal.fetchCommand(plan.restore())));
        }
        for (Map.Entry<String, String> setting : plan.request().settings().entrySet()) {
            words.addAll(List.of("-c", setting.getKey() + "=" + setting.getValue()));
        }
        return new PrivateServer(directory, programs, words);
    }

    /**
     * Waits until the recovery has ended and the server can be used.
     *
     * @throws DrillFailedException if it ends before that
     */
    void awaitUse(Patience patience) throws IOException {
        while (!isReady()) {
            if (patience.sawTheEnd(process)) {
                patience.checkForSignal(1);
                requireFailure();
                if (isSecondStart || !MADE_MEANWHILE.matcher(reason()).find()) {
                    throw new DrillFailedException("the server ended with status " + process.exitValue() + reason());
                }
                LOG.info("the server is started once more reason=\"an unlogged relation was made during the backup\"");
                isSecondStart = true;
                process = launch();
            }
        }
    }

    /** A server that ends without a failure was told to. */
    private void requireFailure() throws PgAgentException {
        if (process.exitValue() == 0) {
            throw new PgAgentException(
                    ErrorKind.INTERRUPTED, "somebody has stopped the drill's server", "Run the drill again.");
        }
    }

    private boolean isReady() {
        try {
            List<String> lines = Files.readAllLines(directory.data().resolve("postmaster.pid"), StandardCharsets.UTF_8);
            return lines.size() > STATUS_LINE
                    && lines.get(0).strip().equals(Long.toString(process.pid()))
                    && lines.get(STATUS_LINE).strip().equals("ready");
        } catch (IOException e) {
            return false; // not yet there, or no more: the process tells which
        }
    }

    boolean isRunning() {
        return process.isAlive();
    }

    /** The last thing that the server took for an error, behind a colon; nothing if there is none. */
    String reason() throws IOException {
        List<String> log = logTail();
        Optional<String> said = last(log, ".*?\\b(?:FATAL|PANIC|ERROR): +");
        Optional<String> fetch = last(log, "pgagent: error: ");
        Matcher restored = UNRESTORED.matcher(said.orElse(""));
        if (restored.find() && fetch.isPresent()) {
            return ": WAL file " + restored.group(1) + " cannot be fetched: " + fetch.get();
        }
        return said.map(text -> ": " + text).orElse("");
    }

    /** The last line with this beginning, without it. */
    private static Optional<String> last(List<String> lines, String beginning) {
        return lines.stream()
                .filter(line -> line.matches(beginning + ".*"))
                .reduce((one, later) -> later)
                .map(line -> line.replaceFirst(beginning, ""));
    }

    /** The last lines of the server's log. */
    List<String> logTail() throws IOException {
        return Programs.tail(directory.log("server"), LINES_MAX);
    }

    @Override
    public void close() throws IOException {
        if (process.isAlive()) {
            end(process.pid());
        }
    }

    /** Stops a server at once: what it has is thrown away. */
    static void end(long pid) throws IOException {
        Optional<ProcessHandle> server = ProcessHandle.of(pid);
        if (server.isEmpty()) {
            return;
        }
        new ProcessBuilder("sh", "-c", "kill -s QUIT " + pid)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            server.get().onExit().get(STOP_SECONDS_MAX, TimeUnit.SECONDS);
        } catch (TimeoutException | ExecutionException e) {
            LOG.warn("the drill's server has not stopped in time and is killed process={}", pid, e);
            List<ProcessHandle> all = server.get().descendants().toList();
            server.get().destroyForcibly();
            all.forEach(ProcessHandle::destroyForcibly);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the drill's server stops", e);
        }
    }
}
