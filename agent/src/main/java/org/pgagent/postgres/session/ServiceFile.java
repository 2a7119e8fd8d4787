package org.pgagent.postgres.session;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.FileSystemReason;
import org.pgagent.error.PgAgentException;

/** libpq's connection service file: named sections of {@code keyword=value} lines (manual, libpq, same title). */
final class ServiceFile {
    private static final String HINT =
            "A service looks like: [name] on one line, then lines such as host=db1.example.org and user=backup.";

    private ServiceFile() {}

    /**
     * The parameters of a service, from the first of the files that has it.
     *
     * @throws PgAgentException of kind CONFIGURATION if no file has it or a line cannot be understood
     */
    static Map<ConnectionParameter, String> find(String service, List<Path> files) throws PgAgentException {
        for (Path file : files) {
            if (Files.exists(file)) {
                Optional<Map<ConnectionParameter, String>> found = section(service, file);
                if (found.isPresent()) {
                    return found.get();
                }
            }
        }
        throw new PgAgentException(
                ErrorKind.CONFIGURATION, "there is no service '" + service + "' in any of " + files, HINT);
    }

    private static Optional<Map<ConnectionParameter, String>> section(String service, Path file)
            throws PgAgentException {
        Map<ConnectionParameter, String> values = null;
        int number = 0;
        for (String raw : read(file)) {
            number++;
            String line = raw.strip();
            if (line.startsWith("[")) {
                if (values != null) {
                    break;
                }
                if (line.equals("[" + service + "]")) {
                    values = new EnumMap<>(ConnectionParameter.class);
                }
            } else if (values != null && !line.isEmpty() && !line.startsWith("#")) {
                put(values, line, file + ", line " + number);
            }
        }
        return Optional.ofNullable(values);
    }

    private static List<String> read(Path file) throws PgAgentException {
        try {
            return Files.readAllLines(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new PgAgentException(
                    ErrorKind.CONFIGURATION,
                    "cannot read the service file " + file + ": " + FileSystemReason.of(e),
                    HINT,
                    e);
        }
    }

    private static void put(Map<ConnectionParameter, String> values, String line, String where)
            throws PgAgentException {
        int equals = line.indexOf('=');
        if (equals < 1) {
            throw new PgAgentException(ErrorKind.CONFIGURATION, "no keyword=value in " + where, HINT);
        }
        try {
            ConnectionParameter.ofKeyword(line.substring(0, equals))
                    .ifPresent(parameter -> values.putIfAbsent(parameter, line.substring(equals + 1)));
        } catch (IllegalArgumentException e) {
            throw new PgAgentException(ErrorKind.CONFIGURATION, e.getMessage() + ": " + where, HINT, e);
        }
    }
}
