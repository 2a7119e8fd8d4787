package org.pgagent.restore;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

/**
 * Where tablespaces go, when not to where they were: from the location in the source, or the tablespace's oid, to a
 * directory of this host.
 *
 * @param allBelow where all others go, each into a directory that is called as its oid; empty: to where they were
 */
public record TablespaceMapping(Map<String, Path> newLocations, Optional<Path> allBelow) {
    public static final TablespaceMapping NONE = new TablespaceMapping(Map.of(), Optional.empty());

    public TablespaceMapping {
        newLocations = Map.copyOf(newLocations);
    }

    /**
     * Reads options of the form {@code OLD=NEW}, as pg_basebackup has them. An equals sign within a path is written
     * {@code \=}.
     *
     * @throws PgAgentException of kind USAGE if one is malformed, or two name the same tablespace or the same directory
     */
    public static TablespaceMapping parse(List<String> options) throws PgAgentException {
        Map<String, Path> mapping = new LinkedHashMap<>();
        for (String option : options) {
            int equals = separator(option);
            String from = equals < 0 ? "" : option.substring(0, equals).replace("\\=", "=");
            String to = equals < 0 ? "" : option.substring(equals + 1).replace("\\=", "=");
            if (from.isEmpty() || !to.startsWith("/")) {
                throw usage("not a tablespace mapping: '" + option + "'");
            }
            Path location = Path.of(to).normalize();
            if (mapping.containsValue(location)) {
                throw usage("two tablespaces are mapped to " + location);
            }
            if (mapping.put(from, location) != null) {
                throw usage("the tablespace " + from + " is mapped twice");
            }
        }
        return new TablespaceMapping(mapping, Optional.empty());
    }

    private static int separator(String option) {
        for (int i = 0; i < option.length(); i++) {
            if (option.charAt(i) == '\\') {
                i++;
            } else if (option.charAt(i) == '=') {
                return i;
            }
        }
        return -1;
    }

    /** Every tablespace goes into a directory of its own below this one. */
    public static TablespaceMapping allBelow(Path directory) {
        return new TablespaceMapping(Map.of(), Optional.of(directory));
    }

    /** Where a tablespace goes; empty if nothing was said of it. */
    Optional<Path> newLocation(String oid, Path oldLocation) {
        return Optional.ofNullable(newLocations.getOrDefault(oid, newLocations.get(oldLocation.toString())))
                .or(() -> allBelow.map(directory -> directory.resolve(oid)));
    }

    static PgAgentException usage(String fact) {
        return new PgAgentException(
                ErrorKind.USAGE,
                fact,
                "Write --tablespace-mapping OLD=NEW, with the old location or the oid, and an absolute new directory;"
                        + " a good one: /srv/fast=/srv/fast2");
    }
}
