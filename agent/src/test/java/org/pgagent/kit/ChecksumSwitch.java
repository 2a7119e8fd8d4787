package org.pgagent.kit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.pgagent.postgres.DataPath;
import org.pgagent.postgres.PageChecksum;
import org.pgagent.postgres.RelationFile;

/**
 * Switches the data checksums of a server, which starts anew for it: with PostgreSQL's program where the installed one takes the
 * cluster, and otherwise as that does it (pg_checksums.c). Whether it was done right the server tells when it reads the pages.
 */
public final class ChecksumSwitch {
    private static final int PAGE_BYTES = 8192;

    private static final int RELATION_SEGMENT_PAGES = 131_072;

    /** Of pd_checksum (bufpage.h). */
    private static final int CHECKSUM_OFFSET = 8;

    /** Of data_checksum_version (pg_control.h), the same in the versions from 13 to 18. */
    private static final int CONTROL_CHECKSUM_OFFSET = 252;

    private static final int CONTROL_CRC_OFFSET = 288;
    private static final int CONTROL_CRC_OFFSET_SINCE_18 = 292;

    private ChecksumSwitch() {}

    public static void on(PostgresCluster cluster) {
        switchTo(cluster, "--enable", 1);
    }

    public static void off(PostgresCluster cluster) {
        switchTo(cluster, "--disable", 0);
    }

    private static void switchTo(PostgresCluster cluster, String way, int version) {
        cluster.stop(PostgresCluster.Stop.FAST);
        Path data = cluster.dataDirectory();
        try {
            if (installedProgramTakes(cluster)) {
                InstalledPostgres.successOf("pg_checksums", way, "-D", data.toString());
            } else {
                if (version > 0) {
                    writeChecksums(data);
                }
                writeVersion(data.resolve("global/pg_control"), cluster.major(), version);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot switch the data checksums of " + data, e);
        }
        cluster.start();
    }

    /** Whether the installed pg_checksums can be run on a cluster. */
    private static boolean installedProgramTakes(PostgresCluster cluster) {
        if (cluster.major() == InstalledPostgres.major()) {
            return true;
        }
        try (Stream<Path> tablespaces = Files.list(cluster.dataDirectory().resolve("pg_tblspc"))) {
            return InstalledPostgres.checksummed().contains(cluster.major())
                    && tablespaces.findAny().isEmpty();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + cluster.dataDirectory(), e);
        }
    }

    /** Fails unless every page of a server that was stopped in order has its checksum: what {@code pg_checksums --check} finds. */
    public static void requireGood(PostgresCluster stopped) {
        Path data = stopped.dataDirectory();
        if (installedProgramTakes(stopped)) {
            InstalledPostgres.successOf("pg_checksums", "--check", "-D", data.toString());
            return;
        }
        try {
            forEachRelation(data, (file, firstBlock) -> {
                if (!Arrays.equals(Files.readAllBytes(file), withChecksums(file, firstBlock))) {
                    throw new AssertionError("a page has not its checksum: " + file);
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + data, e);
        }
    }

    private static void writeChecksums(Path data) throws IOException {
        forEachRelation(
                data,
                (file, firstBlock) -> Files.write(file, withChecksums(file, firstBlock), StandardOpenOption.WRITE));
    }

    private interface Visit {
        void of(Path file, long firstBlock) throws IOException;
    }

    private static void forEachRelation(Path data, Visit visit) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(data, FileVisitOption.FOLLOW_LINKS)) {
            files = all.filter(Files::isRegularFile).toList();
        }
        for (Path file : files) {
            Optional<RelationFile> relation =
                    RelationFile.parse(DataPath.of(data.relativize(file).toString()));
            if (relation.isPresent()) {
                visit.of(file, relation.get().firstBlock(RELATION_SEGMENT_PAGES));
            }
        }
    }

    private static byte[] withChecksums(Path file, long firstBlock) throws IOException {
        PageChecksum checksum = new PageChecksum(PAGE_BYTES);
        ByteBuffer pages = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at + PAGE_BYTES <= pages.capacity(); at += PAGE_BYTES) {
            boolean isNew = pages.getShort(at + 14) == 0; // pd_upper
            if (!isNew) {
                int sum = checksum.compute(pages, at, firstBlock + at / PAGE_BYTES);
                pages.putShort(at + CHECKSUM_OFFSET, (short) sum);
            }
        }
        return pages.array();
    }

    private static void writeVersion(Path controlFile, int major, int version) throws IOException {
        ByteBuffer control = ByteBuffer.wrap(Files.readAllBytes(controlFile)).order(ByteOrder.LITTLE_ENDIAN);
        control.putInt(CONTROL_CHECKSUM_OFFSET, version);
        int crcOffset = major >= 18 ? CONTROL_CRC_OFFSET_SINCE_18 : CONTROL_CRC_OFFSET;
        CRC32C crc = new CRC32C();
        crc.update(control.array(), 0, crcOffset);
        control.putInt(crcOffset, (int) crc.getValue());
        Files.write(controlFile, control.array(), StandardOpenOption.WRITE);
    }
}
