package org.pgagent.training;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.pgagent.postgres.BackupLabel;
import org.pgagent.postgres.ControlFile;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.PageChecksum;
import org.pgagent.training.TrainingServer.Value;

/**
 * A data directory in which everything looks right, and a server that says so: one big relation, so that the loops over pages
 * and chunks become hot, and many small ones.
 */
final class TrainingCluster implements AutoCloseable {
    private static final int BIG_PAGES = 16 << 10;
    private static final int SMALL_FILES = 3000;
    private static final int FIRST_RELATION = 16384;
    private static final Lsn BEFORE_EVERYTHING = new Lsn(1 << 20);

    private static final int CHECKSUM_OFFSET = 8;
    private static final int UPPER_OFFSET = 14;

    private final Path directory;
    private final Path segment;
    private final ControlFile control;
    private final TrainingServer server;

    /**
     * Makes both.
     *
     * @param golden has a control file with data checksums, and the label and the first WAL segment, or its beginning, of
     *     one backup before it
     */
    TrainingCluster(Path directory, Path golden) throws IOException {
        this.directory = directory;
        byte[] image = Files.readAllBytes(golden.resolve("pg_control.primary"));
        this.control = ControlFile.parse(image);
        Files.createDirectories(directory.resolve("global"));
        Files.write(directory.resolve("global/pg_control"), image);
        Files.createDirectories(directory.resolve("pg_wal/archive_status"));
        Files.createDirectories(directory.resolve("pg_tblspc"));
        Files.writeString(directory.resolve("PG_VERSION"), control.majorVersion() + "\n");
        String label = Files.readString(golden.resolve("backup_label"));
        BackupLabel parsed = BackupLabel.parse(label);
        this.segment = writeSegment(golden.resolve("000000010000000000000002"));
        writeRelations(Files.createDirectories(directory.resolve("base/5")));
        this.server = serve(label, parsed);
    }

    Path directory() {
        return directory;
    }

    /** The WAL of the backup that the server pretends. */
    Path segment() {
        return segment;
    }

    /** Options that connect to the server. */
    List<String> connection() {
        return List.of("-D", directory.toString(), "-h", "127.0.0.1", "-p", server.port(), "-U", "training");
    }

    private Path writeSegment(Path sample) throws IOException {
        Path file = directory.resolve("pg_wal").resolve(sample.getFileName());
        Files.copy(sample, file);
        try (RandomAccessFile content = new RandomAccessFile(file.toFile(), "rw")) {
            content.setLength(control.layout().walSegmentSize().bytes());
        }
        Files.createFile(file.resolveSibling("archive_status").resolve(file.getFileName() + ".done"));
        return file;
    }

    private void writeRelations(Path database) throws IOException {
        int pageSize = control.layout().pageSize();
        ByteBuffer page = ByteBuffer.allocate(pageSize).order(ByteOrder.LITTLE_ENDIAN);
        fill(page);
        PageChecksum checksum = new PageChecksum(pageSize);
        try (FileChannel file = FileChannel.open(
                database.resolve(Integer.toString(FIRST_RELATION)),
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.WRITE)) {
            for (int block = 0; block < BIG_PAGES; block++) {
                page.putInt(pageSize - Integer.BYTES, block);
                page.putShort(CHECKSUM_OFFSET, (short) checksum.compute(page, 0, block));
                file.write(page.clear());
            }
        }
        for (int relation = 1; relation <= SMALL_FILES; relation++) {
            page.putInt(pageSize - Integer.BYTES, relation);
            page.putShort(CHECKSUM_OFFSET, (short) checksum.compute(page, 0, 0));
            Files.write(database.resolve(Integer.toString(FIRST_RELATION + relation)), page.array());
        }
    }

    /** The header of bufpage.h, and text that compresses like rows do. */
    private static void fill(ByteBuffer page) {
        Random random = new Random(1);
        for (int i = UPPER_OFFSET; i < page.capacity(); i++) {
            page.put(i, (byte) ('a' + random.nextInt(i % 4 == 0 ? 16 : 2)));
        }
        page.putLong(0, Long.rotateLeft(BEFORE_EVERYTHING.value(), 32));
    }

    private TrainingServer serve(String label, BackupLabel parsed) throws IOException {
        ControlFile.Layout layout = control.layout();
        Value timeline = Value.text(control.checkpoint().timeline());
        Lsn end = parsed.checkpoint().plus(layout.pageSize());
        return new TrainingServer()
                .answer("SET ", List.of())
                .answer("SHOW server_version_num", Value.text(control.majorVersion() * 10_000))
                .answer("SELECT set_config(", List.of())
                .answer("SELECT 'GRANT '", List.of())
                .answer("SELECT pg_is_in_recovery()", Value.text("f"))
                .answer("min_recovery_end_timeline", timeline)
                .answer("SELECT clock_timestamp()", Value.time("2026-11-23 01:01:55.123456+00"))
                .answer("SELECT greatest(clock_timestamp()", Value.time("2026-11-23 01:01:56.123456+00"))
                .answer("SELECT pg_postmaster_start_time()", Value.time("2026-11-23 01:00:00.123456+00"))
                .answer(
                        "FROM pg_control_system()",
                        Value.text(control.systemIdentifier().value()),
                        Value.text(control.catalogVersion().number()),
                        Value.text(layout.pageSize()),
                        Value.text(layout.walPageSize()),
                        Value.text(layout.walSegmentSize().bytes()),
                        Value.text(1))
                .answer(
                        "FROM pg_settings WHERE name IN",
                        settings().entrySet().stream()
                                .map(setting -> List.of(Value.text(setting.getKey()), Value.bytes(setting.getValue())))
                                .toList())
                .answer("FROM pg_tablespace", List.of())
                .answer("collation_actual_version(", Value.text("2.36"))
                .answer("FROM pg_database", List.of())
                .answer("pg_backup_start(", Value.text(parsed.start()))
                .answer("FROM pg_control_checkpoint()", timeline)
                .answer("pg_backup_stop(", Value.text(end), Value.bytes(label), Value.bytes(""))
                .answer("pg_snapshot_xmax(", Value.text(740))
                .answer("pg_current_wal_insert_lsn()", Value.text(end));
    }

    private Map<String, String> settings() {
        return Map.ofEntries(
                Map.entry("data_directory", directory.toString()),
                Map.entry("wal_level", "replica"),
                Map.entry("wal_log_hints", "off"),
                Map.entry("archive_mode", "on"),
                Map.entry("archive_command", "pgagent wal-push %p"),
                Map.entry("archive_library", ""),
                Map.entry("max_connections", "100"),
                Map.entry("max_worker_processes", "8"),
                Map.entry("max_wal_senders", "10"),
                Map.entry("max_prepared_transactions", "0"),
                Map.entry("max_locks_per_transaction", "64"));
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
