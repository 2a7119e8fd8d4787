package org.pgagent.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a backup reads, as the kernel counts it for the process: each data file once, whatever is made of it (checksums of its
 * pages, two sums, compression, the answer to what has changed), and little else.
 */
final class ReadOnceIT {
    private static final Distribution DISTRIBUTION = Distribution.built();
    private static final int ROWS_MIB = 192;

    /** The program itself, its settings, and what the store answers. */
    private static final long BESIDES_BYTES = 16L << 20;

    private static StoreProcess store;
    private static ArchivingServer server;

    @BeforeAll
    static void start() {
        store = StoreProcess.start();
        server = ArchivingServer.start(DISTRIBUTION, store.environment("read-once"));
        server.fillSegments(ROWS_MIB);
        server.cluster().sql("CHECKPOINT");
    }

    @AfterAll
    static void stop() {
        server.close();
        store.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"full", "incremental"})
    void a_backup_reads_each_data_file_once(String type) throws IOException {
        long sizeBytes = dataBytes();
        assertThat(sizeBytes).isGreaterThan((long) ROWS_MIB << 20);

        long before = readByChildren();
        server.backUp("--type", type);
        long readBytes = readByChildren() - before;

        assertThat(readBytes).isBetween(sizeBytes, sizeBytes + BESIDES_BYTES);
    }

    private static long dataBytes() throws IOException {
        try (Stream<Path> files = Files.walk(server.dataDirectory())) {
            return files.filter(file -> !file.startsWith(server.dataDirectory().resolve("pg_wal")))
                    .filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    /** What this process and its children that have ended have read so far, in bytes (proc(5), {@code rchar}). */
    private static long readByChildren() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/io")).stream()
                .filter(line -> line.startsWith("rchar: "))
                .mapToLong(line -> Long.parseLong(line.substring("rchar: ".length())))
                .sum();
    }
}
