package org.pgagent.command;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import org.pgagent.repository.RepositoryJson;
import org.pgagent.serve.AgentDirectory;
import org.pgagent.wal.ArchiveStatistics;
import org.pgagent.wal.ReadyFiles;

/** What an agent says of itself, for {@code pgagent status}. Thread-safe. */
final class AgentReport {
    private final AgentDirectory directory;
    private final ArchiveStatistics statistics;
    private final Clock clock;
    private final Instant startedAt;

    AgentReport(AgentDirectory directory, ArchiveStatistics statistics, Clock clock) {
        this.directory = directory;
        this.statistics = statistics;
        this.clock = clock;
        this.startedAt = clock.instant();
    }

    /**
     * The report; a number that a running agent alone knows is not there without one.
     *
     * @param agent what the running agent says; missing if none runs
     * @param waiting archive files that the server has ready
     * @param oldestWaitingSeconds how long the oldest of them has been
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Content(
            String dataDirectory,
            Running agent,
            long waiting,
            Long oldestWaitingSeconds,
            Event lastArchived,
            Event lastFailure) {}

    /**
     * What the process has done.
     *
     * @param archived files since it started
     * @param failed attempts to archive one
     * @param refused files that were not stored because they must not be
     * @param gaps stretches of WAL since the newest backup that are gone for good; null if that is not known
     * @param lastBackupAt when the newest backup was complete; null if there is none, or nobody has looked yet
     * @param fetched files that a recovery was given
     * @param notInArchive files that it asked for and that the archive does not have
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Running(
            long pid,
            Instant startedAt,
            long archived,
            long archivedBytes,
            long failed,
            long refused,
            Integer gaps,
            Instant lastBackupAt,
            long fetched,
            long fetchedBytes,
            long notInArchive,
            long fetchesFailed) {}

    /** @param reason why it failed */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Event(String file, Instant at, String reason) {
        static Event of(ArchiveStatistics.Event event) {
            return new Event(event.file(), event.at(), event.what().isEmpty() ? null : event.what());
        }
    }

    String json() throws IOException {
        ArchiveStatistics.Sums pushes = statistics.pushes();
        ArchiveStatistics.Sums fetches = statistics.fetches();
        Running running = new Running(
                ProcessHandle.current().pid(),
                startedAt,
                pushes.files(),
                pushes.originalBytes(),
                pushes.failures(),
                statistics.refusals(),
                statistics.gaps().orElse(null),
                statistics.lastBackup().orElse(null),
                fetches.files(),
                fetches.originalBytes(),
                statistics.absences(),
                fetches.failures());
        ReadyFiles.Backlog backlog = new ReadyFiles(directory.walDirectory()).backlog();
        return print(new Content(
                directory.dataDirectory().toString(),
                running,
                backlog.files(),
                age(backlog, clock),
                statistics.lastPushed().map(Event::of).orElse(null),
                statistics.lastFailure().map(Event::of).orElse(null)));
    }

    /** What can be said where no agent runs. */
    static String withoutAgent(AgentDirectory directory, ReadyFiles.Backlog backlog, Clock clock) throws IOException {
        return print(new Content(
                directory.dataDirectory().toString(), null, backlog.files(), age(backlog, clock), null, null));
    }

    private static String print(Content content) throws IOException {
        return RepositoryJson.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(content);
    }

    private static Long age(ReadyFiles.Backlog backlog, Clock clock) {
        return backlog.files() == 0 ? null : backlog.waited(clock.instant()).toSeconds();
    }
}
