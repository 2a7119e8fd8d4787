package org.pgagent.postgres;

import java.util.ArrayList;
import java.util.List;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

/**
 * What {@code tablespace_map} says: a line for each tablespace with its directory's name below {@code pg_tblspc}, a
 * space, and its location (read_tablespace_map in xlogrecovery.c). A backslash comes before a line break in a location,
 * from PostgreSQL 14 also before a backslash.
 */
public record TablespaceMap(List<Entry> entries) {
    private static final int FIRST_WITH_ESCAPED_BACKSLASH = 14;
    private static final long OID_MAX = 0xFFFF_FFFFL;

    /**
     * One tablespace.
     *
     * @param location the absolute path of its directory
     */
    public record Entry(long oid, String location) {
        public Entry {
            if (oid < 1 || oid > OID_MAX) {
                throw new IllegalArgumentException("not the oid of a tablespace: " + oid + " (a good one: 16385)");
            }
            if (!location.startsWith("/") || location.indexOf('\0') >= 0) {
                throw new IllegalArgumentException(
                        "not the location of a tablespace: '" + location + "' (a good one: /srv/fast)");
            }
        }
    }

    public TablespaceMap {
        entries = List.copyOf(entries);
    }

    /**
     * Reads a map as the server of that major version wrote it.
     *
     * @throws PgAgentException of kind INCOMPATIBLE if it is none
     */
    public static TablespaceMap parse(String text, int majorVersion) throws PgAgentException {
        List<Entry> entries = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\' && i + 1 < text.length() && escaped(text.charAt(i + 1), majorVersion)) {
                i++;
                line.append(text.charAt(i));
            } else if (c == '\n' || c == '\r') {
                if (!line.isEmpty()) {
                    entries.add(entry(line.toString()));
                    line.setLength(0);
                }
            } else {
                line.append(c);
            }
        }
        if (!line.isEmpty()) {
            throw malformed(line.toString(), null);
        }
        return new TablespaceMap(entries);
    }

    private static Entry entry(String line) throws PgAgentException {
        int space = line.indexOf(' ');
        if (space < 1 || space > 10 || !line.chars().limit(space).allMatch(c -> c >= '0' && c <= '9')) {
            throw malformed(line, null);
        }
        try {
            return new Entry(Long.parseLong(line.substring(0, space)), line.substring(space + 1));
        } catch (IllegalArgumentException e) {
            throw malformed(line, e);
        }
    }

    private static PgAgentException malformed(String line, Throwable cause) {
        return new PgAgentException(
                ErrorKind.INCOMPATIBLE,
                "the tablespace map has a line that pgagent does not understand: '" + line + "'",
                "A map must be as the server gave it; take a new backup if this one was edited.",
                cause);
    }

    /**
     * The map as a server of that major version reads it; empty text without tablespaces.
     *
     * @throws PgAgentException of kind INCOMPATIBLE if that version cannot read one of the locations
     */
    public String print(int majorVersion) throws PgAgentException {
        StringBuilder text = new StringBuilder();
        for (Entry entry : entries) {
            requireReadable(entry.location, majorVersion);
            text.append(entry.oid).append(' ');
            for (int i = 0; i < entry.location.length(); i++) {
                char c = entry.location.charAt(i);
                if (escaped(c, majorVersion)) {
                    text.append('\\');
                }
                text.append(c);
            }
            text.append('\n');
        }
        return text.toString();
    }

    /** Before 14 a backslash at the end of a location would swallow the end of its line. */
    private static void requireReadable(String location, int majorVersion) throws PgAgentException {
        boolean ambiguous = location.endsWith("\\") || location.contains("\\\n") || location.contains("\\\r");
        if (majorVersion < FIRST_WITH_ESCAPED_BACKSLASH && ambiguous) {
            throw new PgAgentException(
                    ErrorKind.INCOMPATIBLE,
                    "PostgreSQL " + majorVersion + " cannot read a tablespace map with the location '" + location + "'",
                    "Choose a location without a backslash at its end or before a line break.");
        }
    }

    private static boolean escaped(char c, int majorVersion) {
        return c == '\n' || c == '\r' || (c == '\\' && majorVersion >= FIRST_WITH_ESCAPED_BACKSLASH);
    }
}
