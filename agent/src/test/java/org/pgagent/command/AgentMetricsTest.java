package org.pgagent.command;

import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.pgagent.wal.SampleServer.segment;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.ManualClock;
import org.pgagent.postgres.SegmentRange;
import org.pgagent.serve.AgentDirectory;
import org.pgagent.serve.MetricsEndpoint.Kind;
import org.pgagent.wal.ArchiveStatistics;
import org.pgagent.wal.CountedArchive;
import org.pgagent.wal.FetchResult;
import org.pgagent.wal.HealResult;
import org.pgagent.wal.PushResult;
import org.pgagent.wal.SampleServer;

/** The numbers that the operator's page tells to watch, and those beside them. */
class AgentMetricsTest {
    private static final Path PAGE = Path.of("..", "docs", "operations.md");
    private static final Pattern NAME = Pattern.compile("pgagent_[a-z_]+");
    private static final int FILE_BYTES = 1 << 20;

    @TempDir
    private Path dir;

    private final ManualClock clock = new ManualClock();
    private final ArchiveStatistics statistics = new ArchiveStatistics(clock);
    private final CountedArchive archive = new CountedArchive(statistics);
    private SampleServer server;
    private AgentMetrics metrics;

    @BeforeEach
    void makeServer() throws IOException {
        server = new SampleServer(dir).write(segment(1));
        metrics = new AgentMetrics(new AgentDirectory(dir), statistics, () -> 9, clock);
    }

    /** By the names that Prometheus sees. */
    private Map<String, Double> exported() {
        return metrics.all().stream()
                .collect(toMap(
                        metric -> metric.name() + (metric.kind() == Kind.COUNTER ? "_total" : ""),
                        metric -> metric.value().getAsDouble()));
    }

    private void push(int times) throws IOException {
        Path file = server.pgWal().resolve(segment(1).fileName());
        for (int i = 0; i < times; i++) {
            archive.counted(stored -> PushResult.STORED).push(file);
        }
    }

    private void failToPush(ErrorKind kind, int times) {
        PgAgentException failure = new PgAgentException(kind, "not stored", "");
        for (int i = 0; i < times; i++) {
            assertThatThrownBy(() -> archive.counted(file -> {
                                throw failure;
                            })
                            .push(dir.resolve("file")))
                    .isSameAs(failure);
        }
    }

    private void fetch(FetchResult result, int times) throws IOException {
        Path target = server.pgWal().resolve(segment(1).fileName());
        for (int i = 0; i < times; i++) {
            archive.counted((name, into) -> result).fetch("file", target);
        }
    }

    private void failToFetch(int times) {
        PgAgentException failure = new PgAgentException(ErrorKind.STORE_UNREACHABLE, "not fetched", "");
        for (int i = 0; i < times; i++) {
            assertThatThrownBy(() -> archive.counted((name, target) -> {
                                throw failure;
                            })
                            .fetch("file", dir.resolve("target")))
                    .isSameAs(failure);
        }
    }

    private void ready(long number, Duration since) throws IOException {
        String name = segment(number).fileName();
        server.note(name, "ready");
        Files.setLastModifiedTime(
                server.pgWal().resolve("archive_status").resolve(name + ".ready"),
                FileTime.from(clock.instant().minus(since)));
    }

    @Test
    void each_number_that_the_operators_page_names_is_exported() throws IOException {
        Set<String> named = NAME.matcher(Files.readString(PAGE))
                .results()
                .map(MatchResult::group)
                .collect(toSet());

        assertThat(named).hasSizeGreaterThanOrEqualTo(7);
        assertThat(exported()).containsKeys(named.toArray(new String[0]));
    }

    @Test
    void each_number_is_that_of_what_its_name_says() throws IOException {
        Instant lastBackup = clock.instant().minus(Duration.ofHours(1));
        push(2);
        failToPush(ErrorKind.STORE_FAILED, 3);
        for (ErrorKind kind : List.of(
                ErrorKind.FENCED, ErrorKind.ARCHIVE_CONFLICT, ErrorKind.FOREIGN_CLUSTER, ErrorKind.BAD_ARCHIVE_FILE)) {
            failToPush(kind, 1);
        }
        fetch(FetchResult.FETCHED, 5);
        fetch(FetchResult.NOT_IN_ARCHIVE, 6);
        failToFetch(7);
        statistics.seen(new HealResult(
                true,
                List.of(),
                List.of(),
                List.of(),
                Optional.of(Collections.nCopies(8, SegmentRange.of(segment(4)))),
                Optional.of(lastBackup)));
        Instant lastArchived = clock.instant();
        clock.advance(Duration.ofMinutes(1));
        ready(2, Duration.ofSeconds(10));
        ready(3, Duration.ofSeconds(90));

        Map<String, Double> exported = exported();
        assertThat(exported.remove("pgagent_archive_seconds_total")).isPositive();
        assertThat(exported.remove("pgagent_fetch_seconds_total")).isPositive();
        assertThat(exported)
                .containsExactlyInAnyOrderEntriesOf(Map.ofEntries(
                        Map.entry("pgagent_archived_files_total", 2.0),
                        Map.entry("pgagent_archived_bytes_total", 2.0 * FILE_BYTES),
                        Map.entry("pgagent_archive_failures_total", 3.0),
                        Map.entry("pgagent_archive_refusals_total", 4.0),
                        Map.entry("pgagent_waiting_files", 2.0),
                        Map.entry("pgagent_oldest_waiting_seconds", 90.0),
                        Map.entry("pgagent_last_archived_timestamp_seconds", (double) lastArchived.getEpochSecond()),
                        Map.entry("pgagent_gaps", 8.0),
                        Map.entry("pgagent_last_backup_timestamp_seconds", (double) lastBackup.getEpochSecond()),
                        Map.entry("pgagent_fetched_files_total", 5.0),
                        Map.entry("pgagent_fetched_bytes_total", 5.0 * FILE_BYTES),
                        Map.entry("pgagent_fetch_failures_total", 7.0),
                        Map.entry("pgagent_not_in_archive_total", 6.0),
                        Map.entry("pgagent_spooled_segments", 9.0)));
    }

    @Test
    void before_anything_has_happened_times_are_not_numbers_and_nothing_waits() {
        assertThat(exported())
                .containsEntry("pgagent_last_archived_timestamp_seconds", Double.NaN)
                .containsEntry("pgagent_last_backup_timestamp_seconds", Double.NaN)
                .containsEntry("pgagent_waiting_files", 0.0)
                .containsEntry("pgagent_oldest_waiting_seconds", 0.0);
    }
}
