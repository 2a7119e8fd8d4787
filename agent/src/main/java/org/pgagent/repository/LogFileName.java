package org.pgagent.repository;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;
import org.pgagent.postgres.DataPath;

/**
 * The name of a log file in keys: letters, digits, dots, dashes and underscores stand for themselves, every other byte in
 * brackets as two hexadecimal digits, as in {@code my(20)log}. All of it sorts after the exclamation mark that follows.
 */
public final class LogFileName {
    /** Together with what follows in a key it stays below 255 bytes, the longest name in a file system. */
    private static final int LENGTH_MAX = 150;

    private static final Pattern LEGAL = Pattern.compile("(?:[A-Za-z0-9._-]++|\\([0-9A-F]{2}\\))++");

    private LogFileName() {}

    /** The text for a name of one segment; empty if it would be too long. */
    public static Optional<String> encode(byte[] name) {
        StringBuilder text = new StringBuilder();
        for (byte b : name) {
            char c = (char) (b & 0xff);
            boolean plain = (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= '0' && c <= '9')
                    || c == '.'
                    || c == '_'
                    || c == '-';
            text.append(plain ? String.valueOf(c) : String.format("(%02X)", (int) c));
        }
        return text.length() > LENGTH_MAX ? Optional.empty() : Optional.of(text.toString());
    }

    /**
     * The name that a text stands for: always that of something in a directory, never a way out of it.
     *
     * @throws IllegalArgumentException if it stands for none
     */
    public static DataPath decode(String text) {
        if (!LEGAL.matcher(text).matches()) {
            throw new IllegalArgumentException("not the name of a log file in a key: '" + text + "'");
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == '(') {
                bytes.write(Integer.parseInt(text.substring(i + 1, i + 3), 16));
                i += 3;
            } else {
                bytes.writeBytes(text.substring(i, i + 1).getBytes(StandardCharsets.US_ASCII));
            }
        }
        DataPath name = DataPath.ofBytes(bytes.toByteArray());
        if (!name.parent().equals(DataPath.ROOT) || name.equals(DataPath.ROOT)) {
            throw new IllegalArgumentException("not the name of a log file: '" + text + "'");
        }
        return name;
    }
}
