package org.pgagent.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalInt;
import java.util.zip.CRC32C;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ServerBackupManifestWriterTest {
    private static final SystemIdentifier CLUSTER = SystemIdentifier.parse("7711165907873279530");
    private static final WalRange RANGE = new WalRange(new Timeline(1), Lsn.parse("0/2000028"), Lsn.parse("0/2000100"));

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private static byte[] serverManifest(int major) throws IOException {
        try (var in = new GZIPInputStream(new ByteArrayInputStream(new Golden(major).bytes("backup_manifest.gz")))) {
            return in.readAllBytes();
        }
    }

    private String written() {
        return out.toString(StandardCharsets.UTF_8);
    }

    @ParameterizedTest(name = "PostgreSQL {0}")
    @ValueSource(ints = {15, 17})
    void writes_byte_for_byte_what_the_server_writes(int major) throws IOException {
        byte[] server = serverManifest(major);
        JsonNode manifest = new ObjectMapper().readTree(server);

        var writer = new ServerBackupManifestWriter(
                out, major, new Golden(major).controlFile().systemIdentifier());
        for (JsonNode file : manifest.get("Files")) {
            DataPath path = file.has("Path")
                    ? DataPath.of(file.get("Path").asText())
                    : DataPath.ofHex(file.get("Encoded-Path").asText());
            String modified =
                    file.get("Last-Modified").asText().replace(' ', 'T').replace("TGMT", "Z");
            byte[] checksum = HexFormat.of().parseHex(file.get("Checksum").asText());
            int crc = checksum[3] << 24 | (checksum[2] & 0xFF) << 16 | (checksum[1] & 0xFF) << 8 | (checksum[0] & 0xFF);
            writer.file(path, file.get("Size").asLong(), Instant.parse(modified), OptionalInt.of(crc));
        }
        List<WalRange> ranges = new ArrayList<>();
        for (JsonNode range : manifest.get("WAL-Ranges")) {
            ranges.add(new WalRange(
                    new Timeline(range.get("Timeline").asLong()),
                    Lsn.parse(range.get("Start-LSN").asText()),
                    Lsn.parse(range.get("End-LSN").asText())));
        }
        writer.complete(ranges);

        assertThat(written()).isEqualTo(new String(server, StandardCharsets.UTF_8));
        assertThat(written()).contains("Encoded-Path").contains("\\u0007").contains("éléphant 🐘");
    }

    @Test
    void the_checksum_is_that_of_the_bytes() throws IOException {
        byte[] server = serverManifest(15);
        CRC32C crc = new CRC32C();
        crc.update("15\n".getBytes(StandardCharsets.UTF_8));
        new ServerBackupManifestWriter(out, 15, CLUSTER)
                .file(DataPath.of("PG_VERSION"), 3, Instant.EPOCH, OptionalInt.of((int) crc.getValue()));

        String checksum = written().replaceAll("(?s).*\"Checksum\": \"([0-9a-f]{8})\".*", "$1");
        assertThat(new String(server, StandardCharsets.UTF_8))
                .containsPattern("\"PG_VERSION\", \"Size\": 3, .*\"Checksum\": \"" + checksum + "\"");
    }

    @Test
    void a_manifest_may_be_without_files_and_have_several_ranges() throws IOException {
        new ServerBackupManifestWriter(out, 18, CLUSTER)
                .complete(
                        List.of(RANGE, new WalRange(new Timeline(2), Lsn.parse("0/2000100"), Lsn.parse("0/3000000"))));

        assertThat(written()).startsWith("""
            { "PostgreSQL-Backup-Manifest-Version": 2,
            "System-Identifier": 7711165907873279530,
            "Files": [
            ],
            "WAL-Ranges": [
            { "Timeline": 1, "Start-LSN": "0/2000028", "End-LSN": "0/2000100" },
            { "Timeline": 2, "Start-LSN": "0/2000100", "End-LSN": "0/3000000" }
            ],
            "Manifest-Checksum": \"\
            """);
    }

    @Test
    void nothing_follows_the_end() throws IOException {
        ServerBackupManifestWriter writer = new ServerBackupManifestWriter(out, 15, CLUSTER);
        writer.complete(List.of(RANGE));

        assertThatIllegalStateException().isThrownBy(() -> writer.complete(List.of(RANGE)));
        assertThatIllegalStateException()
                .isThrownBy(() -> writer.file(DataPath.of("a"), 0, Instant.EPOCH, OptionalInt.empty()));
    }
}
