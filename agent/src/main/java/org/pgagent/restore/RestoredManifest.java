package org.pgagent.restore;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.time.Instant;
import java.util.List;
import java.util.OptionalInt;
import java.util.zip.CRC32C;
import org.pgagent.postgres.DataPath;
import org.pgagent.postgres.ServerBackupManifestWriter;
import org.pgagent.postgres.WalRange;
import org.pgagent.repository.ManifestEntry;

/**
 * PostgreSQL's {@code backup_manifest} of the restored files, for {@code pg_verifybackup}: with what this restore wrote, not
 * with what the source had. Grows while the files come.
 */
final class RestoredManifest implements AutoCloseable {
    static final DataPath PATH = DataPath.of("backup_manifest");

    private static final DataPath WAL = DataPath.of("pg_wal");

    private final OutputStream out;
    private final ServerBackupManifestWriter writer;

    private RestoredManifest(OutputStream out, ServerBackupManifestWriter writer) {
        this.out = out;
        this.writer = writer;
    }

    /** Begins the file; closing it without {@link #complete} leaves one that is none. */
    static RestoredManifest begin(RestoredTree tree) throws IOException {
        tree.write(PATH, new byte[0]);
        OutputStream out = new BufferedOutputStream(Files.newOutputStream(tree.path(PATH)), 1 << 16);
        RestorePlan plan = tree.plan();
        return new RestoredManifest(
                out,
                new ServerBackupManifestWriter(
                        out, plan.majorVersion(), plan.backup().source().systemIdentifier()));
    }

    /** Lists a file that is restored as it was. */
    void file(ManifestEntry.RegularFile file) throws IOException {
        if (!file.path().startsWith(WAL)) {
            writer.file(file.path(), file.size(), file.modifiedAt(), file.crc32c());
        }
    }

    /** Lists a file that this restore made. */
    void made(DataPath path, byte[] content, Instant modifiedAt) throws IOException {
        CRC32C crc = new CRC32C();
        crc.update(content);
        writer.file(path, content.length, modifiedAt, OptionalInt.of((int) crc.getValue()));
    }

    void complete(List<WalRange> wal) throws IOException {
        writer.complete(wal);
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
