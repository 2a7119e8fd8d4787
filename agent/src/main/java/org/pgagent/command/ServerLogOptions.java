package org.pgagent.command;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.repository.ServerLogFiles;
import org.pgagent.restore.RestorePlan;
import org.pgagent.restore.ServerLogRestore;
import picocli.CommandLine.Option;

/** The options of a restore that say what becomes of the server's log files. */
final class ServerLogOptions {
    @Option(
            names = "--with-serverlog",
            description =
                    "Put the server's log files back as well, into its log_directory. What is there stays as it is.")
    private boolean with;

    @Option(
            names = "--only-serverlog",
            description = "Put only the server's log files back, into --serverlog-dir, and restore no cluster.")
    private boolean only;

    @Option(
            names = "--serverlog-dir",
            paramLabel = "DIR",
            description = "Where the server's log files go. Must be given if they were outside the data directory.")
    private Path path;

    /** What came of it, as JSON. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record View(long files, long bytes, long left, long damaged, String error) {
        static View of(ServerLogRestore.Outcome outcome) {
            return new View(outcome.files(), outcome.bytes(), outcome.left(), outcome.damaged(), null);
        }

        String text() {
            if (error != null) {
                return "Server logs are not all back: " + error;
            }
            return "Server logs: " + FactLines.count(files, "file") + ", " + FactLines.size(bytes) + " back"
                    + (left == 0 ? "" : "; " + left + " with another content stay as they were")
                    + (damaged == 0 ? "" : "; of " + damaged + " the repository does not have everything");
        }

        /** The cluster is there, whatever became of its log files; the exit status must say that not everything is. */
        void requireDone() throws PgAgentException {
            if (error != null) {
                throw new PgAgentException(
                        ErrorKind.LOCAL_IO,
                        "the cluster is restored and can be started, but its server's log files are not all back: "
                                + error,
                        "Try again with: pgagent restore --only-serverlog --serverlog-dir DIR");
            }
        }
    }

    /** Whether no cluster is to be restored. */
    boolean only() {
        return only;
    }

    /** Where they go, if there is nothing else to tell that. */
    Path path() throws PgAgentException {
        if (path == null) {
            throw new PgAgentException(
                    ErrorKind.USAGE,
                    "--only-serverlog does not say where the log files go",
                    "Give the directory with --serverlog-dir DIR.");
        }
        return path.toAbsolutePath();
    }

    /**
     * Where the log files go; empty if they are not asked for.
     *
     * @throws PgAgentException of kind USAGE if nobody knows, or if it would be outside the restored cluster without having been
     *     named: a server may live there
     */
    Optional<Path> directory(RestorePlan plan) throws IOException {
        if (!with) {
            return Optional.empty();
        }
        LogDirectory directory =
                path != null ? new LogDirectory(plan.dataDirectory(), path.toAbsolutePath()) : asBefore(plan);
        Optional<String> fault = directory.fault(plan.majorVersion());
        if (fault.isPresent()) {
            throw new PgAgentException(
                    ErrorKind.USAGE, fault.get(), "Say with --serverlog-dir DIR where the log files go.");
        }
        return Optional.of(directory.path());
    }

    private static LogDirectory asBefore(RestorePlan plan) throws PgAgentException {
        ServerLogFiles logs = plan.backup().serverLogs();
        LogDirectory directory = new LogDirectory(plan.dataDirectory(), Path.of(logs == null ? "/" : logs.directory()));
        if (logs == null || !directory.isInside()) {
            String fact = logs == null
                    ? "the backup " + plan.backup().id()
                            + " was taken without --with-serverlog, so nobody knows its log_directory"
                    : "the server's log files were in " + logs.directory() + ", outside the data directory";
            throw new PgAgentException(ErrorKind.USAGE, fact, "Say with --serverlog-dir DIR where they go.");
        }
        return directory;
    }

    /** Puts them back; a failure is told and not thrown, since the cluster is there. */
    static View tried(ServerLogRestore restore) throws IOException {
        try {
            return View.of(restore.run());
        } catch (PgAgentException e) {
            return new View(0, 0, 0, 0, e.getMessage());
        }
    }
}
