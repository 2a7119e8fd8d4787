package org.pgagent.kit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * PostgreSQL's {@code backup_manifest} of a restored directory, held against what lies there: as pg_verifybackup does it
 * (pg_verifybackup.c, of 18), which is installed for one version only, and with that program, too.
 */
public final class ServerManifest {
    private static final int FIRST_WITH_VERSION_2 = 17;
    private static final String CHECKSUM_KEY = "\"Manifest-Checksum\"";

    /** What pg_verifybackup does not look for in the manifest. */
    private static final Set<String> IGNORED =
            Set.of("backup_manifest", "pg_wal", "postgresql.auto.conf", "recovery.signal", "standby.signal");

    private final Path dataDirectory;
    private final String text;

    private ServerManifest(Path dataDirectory) throws IOException {
        this.dataDirectory = dataDirectory;
        this.text = Files.readString(dataDirectory.resolve("backup_manifest"));
    }

    /** Fails unless the manifest of a restored directory is sound and lists what lies there, byte for byte. */
    public static void requireTrue(Path dataDirectory, int major) {
        try {
            ServerManifest manifest = new ServerManifest(dataDirectory);
            manifest.requireSound(major);
            manifest.requireFiles();
            manifest.requireInstalledProgramAgrees(major);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot verify " + dataDirectory, e);
        }
    }

    private JsonNode json() throws IOException {
        return new JsonMapper().readTree(text);
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError("backup_manifest: " + what);
        }
    }

    private void requireSound(int major) throws IOException {
        JsonNode manifest = json();
        boolean second = major >= FIRST_WITH_VERSION_2;
        int version = manifest.get("PostgreSQL-Backup-Manifest-Version").intValue();
        require(version == (second ? 2 : 1), "version " + version);
        require(manifest.has("System-Identifier") == second, "the system identifier is wanted since 17");
        if (second) {
            byte[] control = Files.readAllBytes(dataDirectory.resolve("global/pg_control"));
            String identifier = Long.toUnsignedString(
                    ByteBuffer.wrap(control).order(ByteOrder.LITTLE_ENDIAN).getLong());
            require(manifest.get("System-Identifier").asText().equals(identifier), "not of cluster " + identifier);
        }
        require(manifest.get("WAL-Ranges").size() > 0, "no WAL");
        require(manifest.get("Manifest-Checksum").asText().equals(checksum(text)), "its own checksum is another");
    }

    /** Of everything before the last line. */
    private static String checksum(String manifest) {
        String before = manifest.substring(0, manifest.lastIndexOf(CHECKSUM_KEY));
        try {
            byte[] sha256 = MessageDigest.getInstance("SHA-256").digest(before.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(sha256);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private void requireFiles() throws IOException {
        Set<Path> present = present();
        Set<Path> listed = new HashSet<>();
        for (JsonNode file : json().get("Files")) {
            Path path = path(file);
            require(listed.add(path), "twice " + path);
            byte[] content = Files.readAllBytes(path);
            require(file.get("Size").longValue() == content.length, "another size than " + file);
            require(file.get("Checksum-Algorithm").asText().equals("CRC32C"), "another algorithm in " + file);
            require(file.get("Checksum").asText().equals(crc32c(content)), "another checksum than " + file);
        }
        present.removeAll(listed);
        require(present.isEmpty(), "not listed: " + present);
    }

    private Path path(JsonNode file) {
        String path = file.has("Path")
                ? file.get("Path").asText()
                : new String(HexFormat.of().parseHex(file.get("Encoded-Path").asText()), StandardCharsets.UTF_8);
        return dataDirectory.resolve(path);
    }

    /** As the server prints it: the bytes as they lie in memory, lowest first. */
    private static String crc32c(byte[] content) {
        CRC32C crc = new CRC32C();
        crc.update(content);
        byte[] bytes = ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt((int) crc.getValue())
                .array();
        return HexFormat.of().formatHex(bytes);
    }

    /** The files that have to be listed, also those behind links. */
    private Set<Path> present() throws IOException {
        Set<Path> present = new HashSet<>();
        try (Stream<Path> all = Files.walk(dataDirectory, FileVisitOption.FOLLOW_LINKS)) {
            all.filter(path -> !Files.isDirectory(path)
                            && !IGNORED.contains(
                                    dataDirectory.relativize(path).getName(0).toString()))
                    .forEach(path -> {
                        require(Files.isRegularFile(path), "neither file nor directory: " + path);
                        present.add(path);
                    });
        }
        return present;
    }

    /** A manifest of version 2 is handed over in version 1, which older programs take. */
    private void requireInstalledProgramAgrees(int major) throws IOException {
        if (major < FIRST_WITH_VERSION_2 || major <= InstalledPostgres.major()) {
            verify("-n", dataDirectory.toString());
            return;
        }
        String first = text.replace("Manifest-Version\": 2", "Manifest-Version\": 1")
                .replaceFirst("\"System-Identifier\": [0-9]+,\n", "");
        String before = first.substring(0, first.lastIndexOf(CHECKSUM_KEY));
        Path file = dataDirectory.resolveSibling("backup_manifest-of-version-1");
        Files.writeString(file, before + CHECKSUM_KEY + ": \"" + checksum(first) + "\"}\n");
        ServerUser.current().own(file);
        verify("-n", "-m", file.toString(), dataDirectory.toString());
        Files.delete(file);
    }

    private static void verify(String... arguments) {
        String told = InstalledPostgres.successOf("pg_verifybackup", arguments);
        require(told.contains("backup successfully verified"), told);
    }
}
