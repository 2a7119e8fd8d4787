package org.pgagent.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgagent.wal.SampleWal.KEYS;
import static org.pgagent.wal.SampleWal.OURS;
import static org.pgagent.wal.SampleWal.SMALL;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.zip.CRC32C;
import org.pgagent.chunk.Compression;
import org.pgagent.postgres.ClusterState;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.SystemIdentifier;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.WalSegment;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.SampleRecord;
import org.pgagent.repository.WalObjects;
import org.pgagent.storage.ObjectStore;

/** The data directory of a primary of PostgreSQL 17, as far as healing looks at it: segments of 1 MiB, notes, control file. */
public final class SampleServer {
    static final Instant NOW = Instant.parse("2026-11-25T06:00:00Z");

    private static final Path GOLDEN = Path.of("src/test/resources/golden/17/pg_control.primary");
    private static final int CRC_OFFSET = 288;

    private final Path dataDirectory;
    private SystemIdentifier identifier = OURS;
    private ClusterState state = ClusterState.IN_PRODUCTION;
    private Instant now = NOW;

    public SampleServer(Path dataDirectory) throws IOException {
        this.dataDirectory = dataDirectory;
        Files.createDirectories(dataDirectory.resolve("global"));
        Files.createDirectories(dataDirectory.resolve("pg_wal/archive_status"));
    }

    public static WalSegment segment(long number) {
        return SampleWal.segment(number, SMALL);
    }

    static WalSegment segment(long timeline, long number) {
        return segment(number).on(new Timeline(timeline));
    }

    public Path dataDirectory() {
        return dataDirectory;
    }

    public Path pgWal() {
        return dataDirectory.resolve("pg_wal");
    }

    SampleServer as(ClusterState newState) {
        state = newState;
        return this;
    }

    SampleServer withIdentifier(SystemIdentifier other) {
        identifier = other;
        return this;
    }

    /** The archive has segments 1 to 9 of the first timeline, pg_wal 6 to 9, and 10 is being written; a backup begins in 2. */
    public void usual(ObjectStore store, Path scratch) throws IOException {
        archive(store, scratch, 1, 1, 9);
        backup(store, "20261122T055500Z-F", segment(2));
        done(1, 6, 9).write(segment(10)).checkpointIn(segment(10));
    }

    /** A checkpoint whose redo LSN lies in a segment. */
    public SampleServer checkpointIn(WalSegment segment) throws IOException {
        byte[] control = Files.readAllBytes(GOLDEN);
        ByteBuffer fields = ByteBuffer.wrap(control).order(ByteOrder.LITTLE_ENDIAN);
        fields.putLong(0, identifier.value());
        fields.putInt(16, List.of(ClusterState.values()).indexOf(state));
        fields.putLong(40, segment.start().value() + 40);
        fields.putInt(48, (int) segment.timeline().id());
        fields.putInt(52, (int) segment.timeline().id());
        fields.putInt(228, segment.size().bytes());
        CRC32C crc = new CRC32C();
        crc.update(control, 0, CRC_OFFSET);
        fields.putInt(CRC_OFFSET, (int) crc.getValue());
        Files.write(dataDirectory.resolve("global/pg_control"), control);
        return this;
    }

    /** As a server that runs, or seems to, leaves it. */
    public SampleServer withProcess(long pid) throws IOException {
        Files.writeString(dataDirectory.resolve("postmaster.pid"), pid + "\n" + dataDirectory + "\n1764000000\n5432\n");
        return this;
    }

    /** Puts segments into {@code pg_wal}, with the note that they are archived. */
    SampleServer done(long timeline, long first, long last) throws IOException {
        for (long number = first; number <= last; number++) {
            write(segment(timeline, number));
            note(segment(timeline, number).fileName(), "done");
        }
        return this;
    }

    public SampleServer write(WalSegment segment) throws IOException {
        SampleWal.write(pgWal(), segment, segment.number());
        return this;
    }

    /** Puts a segment into {@code pg_wal}, with the note that it is complete and to be archived; returns its path. */
    public Path handOver(WalSegment segment) throws IOException {
        note(segment.fileName(), "ready");
        return SampleWal.write(pgWal(), segment, segment.number());
    }

    /** Writes a note of archive_status: {@code done} or {@code ready}. */
    public SampleServer note(String fileName, String note) throws IOException {
        Files.write(pgWal().resolve("archive_status").resolve(fileName + "." + note), new byte[0]);
        return this;
    }

    /** Writes a history file. */
    SampleServer history(long timeline, String content) throws IOException {
        Files.writeString(pgWal().resolve(new Timeline(timeline).hex() + ".history"), content);
        return this;
    }

    /** Removes a segment, as the server does: first the file, then the note. */
    void remove(WalSegment segment) throws IOException {
        Files.deleteIfExists(pgWal().resolve(segment.fileName()));
        Files.deleteIfExists(pgWal().resolve("archive_status").resolve(segment.fileName() + ".done"));
    }

    /** Stores segments that this server could have written. */
    static void archive(ObjectStore store, Path scratch, long timeline, long first, long last) throws IOException {
        for (long number = first; number <= last; number++) {
            WalSegment segment = segment(timeline, number);
            archiver(store).push(SampleWal.write(scratch, segment, segment.number()));
        }
    }

    public static WalArchiver archiver(ObjectStore store) {
        return new WalArchiver(new WalObjects(store, KEYS), SampleWal.cluster(SMALL), Compression.DEFAULT);
    }

    /** Requires that a round of healing found all in order. */
    static void requireNothing(HealResult result) {
        assertThat(result.healed()).isEmpty();
        assertThat(result.refused()).isEmpty();
        assertThat(result.found()).isEmpty();
        assertThat(result.open()).contains(List.of());
    }

    /** Stores the record of a backup from the middle of one segment to the middle of the next. */
    static void backup(ObjectStore store, String id, WalSegment start) throws IOException {
        Lsn from = start.start().plus(40);
        new BackupRecords(store, KEYS)
                .create(SampleRecord.of(id, start.timeline(), from, from.plus(SMALL.bytes()), SMALL));
    }

    ArchiveHealing healing(ObjectStore store) {
        return healing(store, archiver(store)::push);
    }

    ArchiveHealing healing(ObjectStore store, ArchivePush push) {
        return new ArchiveHealing(
                dataDirectory,
                store,
                KEYS,
                new ArchiveHealing.Means(SampleWal.cluster(SMALL), push, clock(), "primary.example"));
    }

    void pass(Duration time) {
        now = now.plus(time);
    }

    private Clock clock() {
        return new Clock() {
            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                throw new UnsupportedOperationException("nobody asks");
            }

            @Override
            public Instant instant() {
                return now;
            }
        };
    }
}
