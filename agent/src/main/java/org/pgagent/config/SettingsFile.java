package org.pgagent.config;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.FileSystemReason;
import org.pgagent.error.PgAgentException;

/** Reads {@code pgagent.toml}: one {@code name = value} for each setting, in TOML 1.0, without tables. */
final class SettingsFile {
    /** What happens when there is no file. */
    enum Absence {
        REFUSED,
        /** It counts as empty. */
        ALLOWED
    }

    private SettingsFile() {}

    /** The values as text, in the file's order; the names are not checked. */
    static Map<String, String> read(Path file, Absence absence) throws PgAgentException {
        byte[] content;
        try {
            content = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            if (absence == Absence.ALLOWED) {
                return Map.of();
            }
            throw new PgAgentException(
                    ErrorKind.CONFIGURATION,
                    "there is no configuration file " + file,
                    "Correct --config or PGAGENT_CONFIG; without both, /etc/pgagent/pgagent.toml is read if it exists.",
                    e);
        } catch (IOException e) {
            throw new PgAgentException(
                    ErrorKind.CONFIGURATION,
                    "the configuration file " + file + " cannot be read: " + FileSystemReason.of(e),
                    "Let the operating system user that runs pgagent read it.",
                    e);
        }
        return values(file, parse(file, content));
    }

    private static JsonNode parse(Path file, byte[] content) throws PgAgentException {
        try {
            return new TomlMapper().readTree(content);
        } catch (JacksonException e) {
            throw new PgAgentException(
                    ErrorKind.CONFIGURATION,
                    file + ", line " + e.getLocation().getLineNr() + ", is no TOML: " + e.getOriginalMessage(),
                    "A line looks like this: bucket = \"my-backups\"",
                    e);
        } catch (IOException e) {
            throw new IllegalStateException("reading bytes in memory failed", e);
        }
    }

    private static Map<String, String> values(Path file, JsonNode root) throws PgAgentException {
        Map<String, String> values = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : root.properties()) {
            if (!entry.getValue().isValueNode()) {
                throw new PgAgentException(
                        ErrorKind.CONFIGURATION,
                        "'" + entry.getKey() + "' in " + file + " is a table or a list",
                        "Every setting is one line of the form: name = value");
            }
            values.put(entry.getKey(), entry.getValue().asText());
        }
        return values;
    }
}
