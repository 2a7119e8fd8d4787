package org.pgagent.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.pgagent.chunk.Codec;
import org.pgagent.chunk.ContentHash;
import org.pgagent.chunk.StoredChunk;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.DataPath;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.PageSet;
import org.pgagent.postgres.SystemIdentifier;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.WalRange;

class ManifestTest {
    private static final BackupId ID = new BackupId("20261122T055500Z-F");
    private static final Instant NOW = Instant.parse("2026-11-22T05:55:00.123456Z");
    private static final DataPath NO_UTF8 = DataPath.ofBytes(new byte[] {'b', 'a', 's', 'e', '/', (byte) 0xFF, '\n'});

    @Test
    void gives_back_what_was_written() throws IOException {
        List<ManifestEntry> read = new ArrayList<>();
        ManifestTrailer trailer = ManifestReader.read(new ByteArrayInputStream(manifest()), "m", read::add);
        assertThat(read).isEqualTo(entries());
        assertThat(trailer).isEqualTo(trailer());
    }

    @Test
    void has_one_line_for_each_entry() throws IOException {
        String text = new String(
                new GZIPInputStream(new ByteArrayInputStream(manifest())).readAllBytes(), StandardCharsets.UTF_8);
        assertThat(text.lines().filter(line -> line.startsWith("{\"path") || line.startsWith(",{\"path")))
                .hasSameSizeAs(entries());
        assertThat(text).contains("\"path_hex\":\"626173652fff0a\"");
    }

    @Test
    void refuses_a_manifest_cut_anywhere() throws IOException {
        byte[] whole = manifest();
        for (int length = 0; length < whole.length; length += 7) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> ManifestReader.read(new ByteArrayInputStream(cut), "the manifest", entry -> {}))
                    .describedAs("cut at %d of %d", length, whole.length)
                    .isInstanceOfSatisfying(
                            PgAgentException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPTED))
                    .hasMessageContaining("the manifest");
        }
    }

    @Test
    void refuses_a_flipped_byte_or_gives_back_the_same() throws IOException {
        byte[] whole = manifest();
        for (int at = 10; at < whole.length; at++) {
            byte[] damaged = whole.clone();
            damaged[at] ^= 0x10;
            List<ManifestEntry> read = new ArrayList<>();
            try {
                ManifestReader.read(new ByteArrayInputStream(damaged), "m", read::add);
                assertThat(read).describedAs("byte %d", at).isEqualTo(entries());
            } catch (PgAgentException refused) {
                assertThat(refused.kind()).isEqualTo(ErrorKind.CORRUPTED);
            }
        }
    }

    @Test
    void lets_the_sinks_failure_through() throws IOException {
        byte[] whole = manifest();
        assertThatThrownBy(() -> ManifestReader.read(new ByteArrayInputStream(whole), "m", entry -> {
                    throw new IllegalArgumentException("a defect");
                }))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void refuses_chunks_that_leave_a_gap() {
        assertThatThrownBy(() -> new FileContent(30, List.of(chunk(10, 0, 20))))
                .hasMessageContaining("not one stretch");
    }

    @Test
    void a_record_from_before_incremental_backups_can_be_read() throws IOException {
        BackupRecord record = trailer().record();
        String earlier = new String(RepositoryJson.print(record), StandardCharsets.UTF_8)
                .replaceAll("\"wal_log_hints\" : true,", "")
                .replaceAll("\"server_started_at\" : [^,]*,", "")
                .replaceAll("(?s),\\s*\"databases\" : \\{[^}]*\\}", "");

        BackupRecord read = RepositoryJson.read(earlier.getBytes(StandardCharsets.UTF_8), BackupRecord.class, "record");

        assertThat(earlier)
                .doesNotContain("wal_log_hints")
                .doesNotContain("server_started_at")
                .doesNotContain("databases");
        assertThat(read.source().walLogHints()).isFalse();
        assertThat(read.source().databases()).isEmpty();
        assertThat(read.stop()).isEqualTo(record.stop());
    }

    private static byte[] manifest() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ManifestWriter writer = new ManifestWriter(out);
        for (ManifestEntry entry : entries()) {
            writer.write(entry);
        }
        writer.complete(trailer());
        return out.toByteArray();
    }

    private static List<ManifestEntry> entries() {
        return List.of(
                new ManifestEntry.Directory(DataPath.ROOT, 0700),
                new ManifestEntry.Directory(DataPath.of("base"), 0750),
                new ManifestEntry.Link(
                        DataPath.of("pg_tblspc/16385"),
                        new LinkTarget("/srv/ünter\"\\".getBytes(StandardCharsets.UTF_8))),
                new ManifestEntry.Link(DataPath.of("pg_tblspc/16386"), new LinkTarget(new byte[] {'/', (byte) 0xC0})),
                new ManifestEntry.RegularFile(
                        DataPath.of("base/1/1259"),
                        0600,
                        NOW,
                        OptionalInt.of(0x80000001),
                        new FileContent(30, List.of(chunk(0, 7, 10), chunk(10, 14, 20))),
                        Optional.empty()),
                new ManifestEntry.RegularFile(
                        DataPath.of("base/1/1260"),
                        0600,
                        NOW,
                        OptionalInt.empty(),
                        new FileContent(
                                6 * 8192,
                                List.of(
                                        chunk(0, 0, 4 * 8192),
                                        pages(0, 0, "0C", 2 * 8192),
                                        pages(0, 7, "9", 2 * 8192))),
                        Optional.empty()),
                new ManifestEntry.RegularFile(
                        NO_UTF8, 0640, NOW, OptionalInt.of(0), FileContent.EMPTY, Optional.empty()),
                new ManifestEntry.RegularFile(
                        DataPath.of("postgresql.conf"),
                        0644,
                        Instant.EPOCH,
                        OptionalInt.of(-1),
                        new FileContent(5, List.of(chunk(0, 0, 5))),
                        Optional.of(new LinkTarget("/etc/x".getBytes(StandardCharsets.UTF_8)))));
    }

    private static PlacedChunk chunk(long fileOffset, long packOffset, int size) {
        return PlacedChunk.stretch(new PackId(ID, 3), (1L << 40) + packOffset, stored(size), fileOffset);
    }

    private static PlacedChunk pages(long fileOffset, long packOffset, String pages, int size) {
        return new PlacedChunk(
                new PackId(ID, 4), packOffset, stored(size), fileOffset, Optional.of(PageSet.parse(pages)));
    }

    private static StoredChunk stored(int size) {
        return new StoredChunk(Codec.LZ4, size, 7, 0xDEADBEEF, new ContentHash(-1, 1));
    }

    private static ManifestTrailer trailer() {
        BackupRecord record = BackupRecord.running(
                        ID,
                        BackupKind.FULL,
                        new BackupRecord.Writer("db1", 42, "0.1.0"),
                        new BackupSource(
                                SystemIdentifier.parse("17386812345678901234"),
                                170011,
                                8192,
                                8192,
                                16 << 20,
                                true,
                                true,
                                Instant.parse("2026-11-01T10:20:30.123456Z"),
                                false,
                                Map.of("max_connections", "100"),
                                List.of(new BackupSource.Tablespace(16385, "/srv/ts")),
                                Map.of(5L, 3L, 16384L, 4_000_000_000L),
                                null))
                .withBounds(
                        new BackupRecord.Start(NOW, new Timeline(10), Lsn.parse("0/2000028"), "fast", "label"),
                        new BackupRecord.Stop(
                                NOW,
                                new Timeline(10),
                                Lsn.parse("FFFFFFFF/FFFFFFFF"),
                                List.of(new WalRange(new Timeline(10), Lsn.ZERO, Lsn.parse("1/0"))),
                                1L << 33,
                                NOW))
                .withContent(
                        new BackupRecord.Totals(3, 2, 2, 35, 35, 21, 0, "lz4:1", 1 << 20),
                        List.of(new BackupRecord.Pack(0, 21, "00000001")),
                        List.of(new BackupRecord.Need(new PackId(ID, 3), 1L << 40, 1L << 41)))
                .withParent(new BackupRecord.Parent(ID, ChangedBy.HASH, List.of("lsn: why not")))
                .withState(BackupState.DONE, null);
        return new ManifestTrailer(
                record,
                "START WAL LOCATION: 0/2000028 (file 000000010000000000000002)\n",
                "16385 /srv/ünter\n",
                List.of(new ManifestTrailer.BadPage(NO_UTF8, 1L << 31)));
    }
}
