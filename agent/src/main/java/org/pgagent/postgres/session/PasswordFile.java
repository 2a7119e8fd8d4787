package org.pgagent.postgres.session;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.pgagent.error.FileSystemReason;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * libpq's password file: lines of {@code host:port:database:user:password}, where {@code *} matches anything and a
 * backslash stands before a colon or a backslash that is part of a field (manual, libpq, The Password File).
 *
 * <p>As with libpq, a file that others may read is not used; the log says so.
 */
final class PasswordFile {
    private static final Logger LOG = LoggerFactory.getLogger(PasswordFile.class);
    private static final Set<PosixFilePermission> OPEN_TO_OTHERS = Set.of(
            PosixFilePermission.GROUP_READ,
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.GROUP_EXECUTE,
            PosixFilePermission.OTHERS_READ,
            PosixFilePermission.OTHERS_WRITE,
            PosixFilePermission.OTHERS_EXECUTE);

    private PasswordFile() {}

    /** The password of the first line that matches the given host, port, database and user, in that order. */
    static Optional<String> find(Path file, List<String> key) {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            if (!Files.isRegularFile(file)
                    || Files.getPosixFilePermissions(file).stream().anyMatch(OPEN_TO_OTHERS::contains)) {
                LOG.warn(
                        "password file not used, because it is no plain file or open to others; it needs mode 0600:"
                                + " path={}",
                        file);
                return Optional.empty();
            }
            return Files.readAllLines(file, StandardCharsets.UTF_8).stream()
                    .filter(line -> !line.startsWith("#"))
                    .map(PasswordFile::fields)
                    .filter(fields -> fields.size() > key.size() && matches(fields, key))
                    .map(fields -> fields.get(key.size()))
                    .findFirst();
        } catch (IOException e) {
            LOG.warn(
                    "password file not used, because it cannot be read: path={} reason='{}'",
                    file,
                    FileSystemReason.of(e));
            return Optional.empty();
        }
    }

    private static boolean matches(List<String> fields, List<String> key) {
        for (int i = 0; i < key.size(); i++) {
            if (!fields.get(i).equals("*") && !fields.get(i).equals(key.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static List<String> fields(String line) {
        List<String> fields = new ArrayList<>();
        StringBuilder field = new StringBuilder();
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '\\' && i + 1 < line.length()) {
                field.append(line.charAt(++i));
            } else if (c == ':') {
                fields.add(field.toString());
                field.setLength(0);
            } else {
                field.append(c);
            }
        }
        fields.add(field.toString());
        return fields;
    }
}
