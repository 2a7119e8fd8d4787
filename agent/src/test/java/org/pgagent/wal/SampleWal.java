package org.pgagent.wal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Random;
import java.util.Set;
import org.pgagent.chunk.Compression;
import org.pgagent.postgres.ArchiveFile;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.SystemIdentifier;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.repository.ClusterDescription;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.ClusterName;
import org.pgagent.repository.WalObjectWriter;
import org.pgagent.repository.WalObjects;

/** Files that look like WAL of PostgreSQL 17, with a content that the seed decides. */
public final class SampleWal {
    public static final SystemIdentifier OURS = SystemIdentifier.parse("7386812345678901234");
    public static final SystemIdentifier OTHERS = SystemIdentifier.parse("18386812345678901235");
    public static final ClusterKeys KEYS = new ClusterKeys(new ClusterName("main"));
    public static final WalSegmentSize SMALL = new WalSegmentSize(1 << 20);

    private static final int MAGIC_17 = 0xD116;
    private static final int HEADER_BYTES = 40;

    private SampleWal() {}

    public static ClusterDescription cluster(WalSegmentSize size) {
        return new ClusterDescription(
                ClusterDescription.FORMAT, OURS, 17, size.bytes(), Instant.parse("2026-11-22T05:55:00Z"), null);
    }

    /** The segment with the given number on the first timeline. */
    public static WalSegment segment(long number, WalSegmentSize size) {
        return new WalSegment(new Timeline(1), number, size);
    }

    /** The bytes of a segment of our cluster; one half of them is noise, the other compresses well. */
    public static byte[] bytes(WalSegment segment, long seed) {
        byte[] bytes = new byte[segment.size().bytes()];
        Random random = new Random(seed);
        byte[] noise = new byte[bytes.length / 2];
        random.nextBytes(noise);
        System.arraycopy(noise, 0, bytes, 0, noise.length);
        putHeader(ByteBuffer.wrap(bytes), segment, OURS, segment.timeline());
        return bytes;
    }

    /** Writes a header of 40 bytes to the beginning of a segment. */
    public static void putHeader(ByteBuffer bytes, WalSegment segment, SystemIdentifier cluster, Timeline timeline) {
        bytes.order(ByteOrder.LITTLE_ENDIAN)
                .putShort(0, (short) MAGIC_17)
                .putShort(2, (short) 0x2)
                .putInt(4, (int) timeline.id())
                .putLong(8, segment.start().value())
                .putInt(16, 0)
                .putLong(24, cluster.value())
                .putInt(32, segment.size().bytes())
                .putInt(36, 8192);
    }

    /** Writes a segment under its own name. */
    public static Path write(Path directory, WalSegment segment, long seed) throws IOException {
        return Files.write(directory.resolve(segment.fileName()), bytes(segment, seed));
    }

    /** Writes a segment that takes hardly any room on the disk, whatever its size; a few bytes at its end are not zero. */
    public static Path writeSparse(Path directory, WalSegment segment) throws IOException {
        Path file = directory.resolve(segment.fileName());
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
        putHeader(header, segment, OURS, segment.timeline());
        try (SeekableByteChannel channel = Files.newByteChannel(
                file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE))) {
            channel.write(header);
            channel.position(segment.size().bytes() - 3L).write(ByteBuffer.wrap(new byte[] {7, 8, 9}));
        }
        return file;
    }

    /** A history file in which timeline 1 was left at an LSN. */
    public static Path writeHistory(Path directory, Timeline timeline, Lsn switchPoint) throws IOException {
        return Files.writeString(
                directory.resolve(timeline.hex() + ".history"),
                "1\t" + switchPoint + "\tno recovery target specified\n");
    }

    /** Archives a history file, whatever is in it. */
    public static void storeHistory(WalObjects objects, Timeline timeline, String text) throws IOException {
        byte[] content = text.getBytes(StandardCharsets.US_ASCII);
        ArchiveFile.History file = new ArchiveFile.History(timeline);
        try (WalObjectWriter writer = objects.create(objects.key(file), Compression.NONE, content.length)) {
            writer.write(content, 0, content.length);
            writer.seal(file.fileName(), OURS);
            writer.publish();
        }
    }
}
