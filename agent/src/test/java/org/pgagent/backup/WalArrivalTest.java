package org.pgagent.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.chunk.Compression;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.FaultyObjectStore;
import org.pgagent.kit.MemoryObjectStore;
import org.pgagent.postgres.SystemIdentifier;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.postgres.session.ArchiverStatus;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.ClusterName;
import org.pgagent.repository.WalArchive;
import org.pgagent.repository.WalObjectWriter;
import org.pgagent.repository.WalObjects;

/** A server whose archiver takes as long as a test says, in a time that passes only while somebody waits. */
class WalArrivalTest {
    private static final WalSegmentSize SIZE = new WalSegmentSize(1 << 20);
    private static final SystemIdentifier CLUSTER = new SystemIdentifier(7_000_000_000_000_000_001L);
    private static final ClusterKeys KEYS = new ClusterKeys(new ClusterName("main"));
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @TempDir
    Path dataDirectory;

    private final FaultyObjectStore store = FaultyObjectStore.counting(new MemoryObjectStore());
    private final WalObjects objects = new WalObjects(store, KEYS);
    private final List<WalSegment> segments = new ArrayList<>();
    private final SlowArchiver archiver = new SlowArchiver();

    private final class SlowArchiver implements WaitingTime {
        private long nanos = Long.MAX_VALUE - 5; // as System.nanoTime may be
        private Duration each = Duration.ofSeconds(50);
        private int dies = Integer.MAX_VALUE;
        private int archived;
        private Duration passed = Duration.ZERO;

        @Override
        public long nanos() {
            return nanos;
        }

        @Override
        public void pause(Duration duration) throws PgAgentException {
            nanos += duration.toNanos();
            passed = passed.plus(duration);
            while (archived < Math.min(segments.size(), dies)
                    && each.multipliedBy(archived + 1).compareTo(passed) <= 0) {
                archive(segments.get(archived++));
            }
        }
    }

    @BeforeEach
    void finishSegments() throws IOException {
        Files.createDirectories(dataDirectory.resolve("pg_wal/archive_status"));
        for (int number = 3; number < 9; number++) {
            WalSegment segment = new WalSegment(new Timeline(1), number, SIZE);
            segments.add(segment);
            Files.write(dataDirectory.resolve("pg_wal/" + segment), new byte[] {(byte) number});
            Files.createFile(ready(segment));
        }
    }

    private Path ready(WalSegment segment) {
        return dataDirectory.resolve("pg_wal/archive_status/" + segment + ".ready");
    }

    private void archive(WalSegment segment) throws PgAgentException {
        try {
            store(segment, Files.readAllBytes(dataDirectory.resolve("pg_wal/" + segment)), CLUSTER);
            Files.delete(ready(segment));
        } catch (PgAgentException e) {
            throw e;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** As if it were a whole segment, of which only the beginning is there. */
    private void store(WalSegment segment, byte[] begin, SystemIdentifier cluster) throws IOException {
        byte[] content = new byte[SIZE.bytes()];
        System.arraycopy(begin, 0, content, 0, begin.length);
        Files.write(dataDirectory.resolve("pg_wal/" + segment), content);
        try (WalObjectWriter writer =
                objects.create(KEYS.walFile(segment.fileName()), Compression.parse("lz4"), content.length)) {
            writer.write(content, 0, content.length);
            writer.seal(segment.fileName(), cluster);
            writer.publish();
        }
    }

    private Duration await() throws IOException {
        return new WalArrival(
                        new WalArchive(store, KEYS),
                        new SourceWal(dataDirectory, CLUSTER),
                        () -> Optional.of(new ArchiverStatus(0, Optional.empty(), 0, Optional.empty())),
                        archiver)
                .await(segments, LIMIT);
    }

    @Test
    void an_archiver_that_is_slow_for_each_segment_is_waited_for() throws IOException {
        assertThat(await()).isBetween(Duration.ofSeconds(300), Duration.ofSeconds(310));
    }

    @Test
    void an_archiver_that_stops_half_way_is_given_up_after_the_limit() {
        archiver.dies = 2;
        assertThatThrownBy(this::await)
                .hasMessageContaining("WAL segment " + segments.get(2) + " did not arrive")
                .hasMessageContaining("60 seconds")
                .extracting("kind")
                .isEqualTo(ErrorKind.ARCHIVING_FAILED);
        assertThat(archiver.passed).isBetween(Duration.ofSeconds(160), Duration.ofSeconds(170));
    }

    @Test
    void without_the_servers_notes_nothing_has_arrived() throws IOException {
        for (WalSegment segment : segments) {
            archive(segment);
        }
        Files.delete(dataDirectory.resolve("pg_wal/archive_status"));

        assertThatThrownBy(this::await)
                .hasMessageContaining("archive_status")
                .extracting("kind")
                .isEqualTo(ErrorKind.LOCAL_IO);
    }

    @Test
    void nothing_is_asked_of_the_store_while_the_server_has_not_archived() {
        archiver.dies = 0;
        assertThatThrownBy(this::await).hasMessageContaining(segments.get(0).toString());
        assertThat(store.calls()).as("the look at the end").hasSize(1);
    }

    @Test
    void a_segment_that_is_stored_and_not_acknowledged_has_not_arrived() throws IOException {
        archiver.dies = 3;
        store(segments.get(3), new byte[] {3 + 3}, CLUSTER);
        assertThatThrownBy(this::await)
                .hasMessageContaining(segments.get(3).toString())
                .hasMessageContaining("archive_command has not succeeded");
    }

    @Test
    void a_segment_of_another_cluster_at_the_end_is_refused() throws IOException {
        WalSegment last = segments.get(5);
        store(last, new byte[] {8}, new SystemIdentifier(7));
        Files.delete(ready(last));
        archiver.dies = 5;
        assertThatThrownBy(this::await)
                .hasMessageContaining(last.toString())
                .hasMessageContaining("another content")
                .extracting("kind")
                .isEqualTo(ErrorKind.ARCHIVING_FAILED);
    }

    @Test
    void a_segment_that_the_server_has_removed_is_believed() throws IOException {
        archiver.each = Duration.ofSeconds(1);
        for (WalSegment segment : segments) {
            archive(segment);
            Files.delete(dataDirectory.resolve("pg_wal/" + segment));
        }
        assertThat(await()).isZero();
    }
}
