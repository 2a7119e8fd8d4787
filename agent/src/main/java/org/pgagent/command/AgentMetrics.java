package org.pgagent.command;

import static org.pgagent.serve.MetricsEndpoint.Kind.COUNTER;
import static org.pgagent.serve.MetricsEndpoint.Kind.GAUGE;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.IntSupplier;
import org.pgagent.serve.AgentDirectory;
import org.pgagent.serve.MetricsEndpoint.Metric;
import org.pgagent.wal.ArchiveStatistics;
import org.pgagent.wal.ReadyFiles;

/** The numbers of an agent that Prometheus may ask for. */
final class AgentMetrics {
    private final ArchiveStatistics statistics;
    private final IntSupplier spooled;
    private final ReadyFiles ready;
    private final Clock clock;

    /** @param spooled how many segments are in the spool */
    AgentMetrics(AgentDirectory directory, ArchiveStatistics statistics, IntSupplier spooled, Clock clock) {
        this.statistics = statistics;
        this.spooled = spooled;
        this.ready = new ReadyFiles(directory.walDirectory());
        this.clock = clock;
    }

    List<Metric> all() {
        return List.of(
                new Metric(
                        COUNTER,
                        "pgagent_archived_files",
                        "Archive files that the store has confirmed.",
                        () -> statistics.pushes().files()),
                new Metric(
                        COUNTER,
                        "pgagent_archived_bytes",
                        "Their bytes, before compression.",
                        () -> statistics.pushes().originalBytes()),
                new Metric(
                        COUNTER,
                        "pgagent_archive_seconds",
                        "Time that storing them took, all transfers added up.",
                        () -> seconds(statistics.pushes().time())),
                new Metric(
                        COUNTER,
                        "pgagent_archive_failures",
                        "How often a file could not be stored.",
                        () -> statistics.pushes().failures()),
                new Metric(
                        COUNTER,
                        "pgagent_archive_refusals",
                        "How often a file was not stored because it must not be: somebody has to look.",
                        statistics::refusals),
                new Metric(GAUGE, "pgagent_waiting_files", "Archive files that the server has ready.", this::waiting),
                new Metric(
                        GAUGE,
                        "pgagent_oldest_waiting_seconds",
                        "How long the oldest of them has been ready; 0 if none is.",
                        this::oldestWaiting),
                new Metric(
                        GAUGE,
                        "pgagent_last_archived_timestamp_seconds",
                        "When a file was stored last.",
                        () -> epochSeconds(statistics.lastPushed().map(ArchiveStatistics.Event::at))),
                new Metric(
                        GAUGE,
                        "pgagent_gaps",
                        "Stretches of WAL since the newest backup that are gone for good: take a backup. NaN as long as"
                                + " that is not known.",
                        () -> statistics.gaps().map(Integer::doubleValue).orElse(Double.NaN)),
                new Metric(
                        GAUGE,
                        "pgagent_last_backup_timestamp_seconds",
                        "When the newest backup was complete; looked at every ten minutes, NaN before the first look.",
                        () -> epochSeconds(statistics.lastBackup())),
                new Metric(
                        COUNTER,
                        "pgagent_fetched_files",
                        "Archive files that came back whole, those among them that were fetched ahead.",
                        () -> statistics.fetches().files()),
                new Metric(
                        COUNTER,
                        "pgagent_fetched_bytes",
                        "Their bytes, after decompression.",
                        () -> statistics.fetches().originalBytes()),
                new Metric(
                        COUNTER,
                        "pgagent_fetch_seconds",
                        "Time that fetching them took, all transfers added up.",
                        () -> seconds(statistics.fetches().time())),
                new Metric(
                        COUNTER,
                        "pgagent_fetch_failures",
                        "How often a file could not be fetched.",
                        () -> statistics.fetches().failures()),
                new Metric(
                        COUNTER,
                        "pgagent_not_in_archive",
                        "How often the store said that a file is not there.",
                        statistics::absences),
                new Metric(
                        GAUGE,
                        "pgagent_spooled_segments",
                        "WAL segments that were fetched ahead, or are on their way.",
                        spooled::getAsInt));
    }

    private static double epochSeconds(Optional<Instant> time) {
        return time.map(at -> (double) at.getEpochSecond()).orElse(Double.NaN);
    }

    private double waiting() {
        try {
            return ready.backlog().files();
        } catch (IOException e) {
            return Double.NaN;
        }
    }

    private double oldestWaiting() {
        try {
            return seconds(ready.backlog().waited(clock.instant()));
        } catch (IOException e) {
            return Double.NaN;
        }
    }

    private static double seconds(Duration duration) {
        return duration.toNanos() / 1e9;
    }
}
