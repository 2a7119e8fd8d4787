package org.pgagent.postgres;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Writes PostgreSQL's own {@code backup_manifest}, which {@code pg_verifybackup} reads (the manual's chapter on the
 * backup manifest format): version 1 for 13 to 16, version 2 from 17. Streams; keeps nothing of the files.
 *
 * <p>Call {@link #file} for each file, then {@link #complete} once. Not thread-safe. The stream is the caller's: it is
 * flushed, not closed, and should be buffered. An error of the stream leaves an incomplete manifest, which {@code
 * pg_verifybackup} refuses.
 */
public final class ServerBackupManifestWriter {
    private static final int FIRST_WITH_VERSION_2 = 17;
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss 'GMT'").withZone(ZoneOffset.UTC);

    private final OutputStream out;
    private final MessageDigest sha256;
    private String beforeNextFile = "\n";
    private boolean complete;

    /** Writes the beginning of a manifest. */
    public ServerBackupManifestWriter(OutputStream out, int majorVersion, SystemIdentifier systemIdentifier)
            throws IOException {
        this.out = out;
        this.sha256 = sha256();
        if (majorVersion < FIRST_WITH_VERSION_2) {
            write("{ \"PostgreSQL-Backup-Manifest-Version\": 1,\n");
        } else {
            write("{ \"PostgreSQL-Backup-Manifest-Version\": 2,\n\"System-Identifier\": " + systemIdentifier + ",\n");
        }
        write("\"Files\": [");
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /**
     * Adds a file. Left out must be the manifest itself and all of {@code pg_wal}.
     *
     * @param crc32c CRC-32C of its bytes; without it the server's tools look at the size only
     */
    public void file(DataPath path, long sizeBytes, Instant modifiedAt, OptionalInt crc32c) throws IOException {
        requireIncomplete();
        write(beforeNextFile);
        beforeNextFile = ",\n";
        Optional<String> text = path.text();
        write(text.isPresent() ? "{ \"Path\": " + quoted(text.get()) : "{ \"Encoded-Path\": \"" + path.hex() + "\"");
        write(", \"Size\": " + sizeBytes + ", \"Last-Modified\": \"" + TIME.format(modifiedAt) + "\"");
        if (crc32c.isPresent()) {
            // The server prints the four bytes as they lie in its memory, lowest first.
            String checksum = HexFormat.of().toHexDigits(Integer.reverseBytes(crc32c.getAsInt()));
            write(", \"Checksum-Algorithm\": \"CRC32C\", \"Checksum\": \"" + checksum + "\"");
        }
        write(" }");
    }

    /**
     * Ends the manifest.
     *
     * @param walRanges the WAL that makes the backup consistent, at least one range
     */
    public void complete(List<WalRange> walRanges) throws IOException {
        requireIncomplete();
        complete = true;
        write("\n],\n\"WAL-Ranges\": [");
        String beforeNextRange = "\n";
        for (WalRange range : walRanges) {
            write(beforeNextRange + "{ \"Timeline\": " + range.timeline() + ", \"Start-LSN\": \"" + range.start()
                    + "\", \"End-LSN\": \"" + range.end() + "\" }");
            beforeNextRange = ",\n";
        }
        write("\n],\n");
        write("\"Manifest-Checksum\": \"" + HexFormat.of().formatHex(sha256.digest()) + "\"}\n");
        out.flush();
    }

    private void requireIncomplete() {
        if (complete) {
            throw new IllegalStateException("the manifest is complete");
        }
    }

    /** As the server quotes it (escape_json in json.c), so that the result can be compared byte for byte. */
    private static String quoted(String text) {
        StringBuilder json = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"', '\\' -> json.append('\\').append(c);
                case '\b' -> json.append("\\b");
                case '\f' -> json.append("\\f");
                case '\n' -> json.append("\\n");
                case '\r' -> json.append("\\r");
                case '\t' -> json.append("\\t");
                default -> json.append(c < ' ' ? String.format("\\u%04x", (int) c) : String.valueOf(c));
            }
        }
        return json.append('"').toString();
    }

    private void write(String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        sha256.update(bytes);
        out.write(bytes);
    }
}
