package org.pgagent.restore;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A configuration file of PostgreSQL, line by line (guc-file.l; the manual's chapter on setting parameters). Lines that are
 * not changed keep their bytes, whatever their encoding is.
 */
final class SettingsText {
    /** What is quoted can be as long as the file; of the quantifiers on groups, only possessive ones need no stack for it. */
    private static final Pattern LINE = Pattern.compile(
            "(?s)\\s*(?<name>[A-Za-z_][A-Za-z0-9_.$]*)(?:\\s*=\\s*|\\s+)(?<value>'(?:[^'\\\\]++|''|\\\\.)*+'|[^\\s#'=]+)\\s*(?:#.*)?");

    /** Bytes as characters 0 to 255. */
    private final List<String> lines;

    private SettingsText(List<String> lines) {
        this.lines = lines;
    }

    static SettingsText of(byte[] content) {
        String text = new String(content, StandardCharsets.ISO_8859_1);
        List<String> lines = new ArrayList<>(List.of(text.split("\n", -1)));
        if (lines.get(lines.size() - 1).isEmpty()) {
            lines.remove(lines.size() - 1);
        }
        return new SettingsText(lines);
    }

    /** The settings by name, in lower case, of which the last line of each counts; comments count for nothing. */
    Map<String, String> values() {
        Map<String, String> values = new LinkedHashMap<>();
        for (String line : lines) {
            Matcher matcher = LINE.matcher(line);
            if (matcher.matches()) {
                values.put(
                        matcher.group("name").toLowerCase(Locale.ROOT),
                        new String(
                                unquoted(matcher.group("value")).getBytes(StandardCharsets.ISO_8859_1),
                                StandardCharsets.UTF_8));
            }
        }
        return values;
    }

    /** The name of the setting on a line; empty for comments and for what cannot be understood. */
    static Optional<String> nameOn(String line) {
        Matcher matcher = LINE.matcher(line);
        return matcher.matches() ? Optional.of(matcher.group("name").toLowerCase(Locale.ROOT)) : Optional.empty();
    }

    List<String> lines() {
        return List.copyOf(lines);
    }

    /** The line that sets a value, as the server reads it back: both quotes and backslashes doubled. */
    static String line(String name, String value) {
        return name + " = '" + value.replace("\\", "\\\\").replace("'", "''") + "'";
    }

    private static String unquoted(String value) {
        if (!value.startsWith("'")) {
            return value;
        }
        StringBuilder text = new StringBuilder();
        for (int i = 1; i < value.length() - 1; i++) {
            char c = value.charAt(i);
            if (c == '\'' || c == '\\') {
                i++;
                c = value.charAt(i);
            }
            text.append(c);
        }
        return text.toString();
    }
}
