package org.pgagent.postgres;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;

/**
 * The path of a file relative to the data directory, such as {@code base/1/1259}, kept byte for byte: PostgreSQL on
 * Linux may have file names that are no UTF-8.
 *
 * <p>Never absolute, never with empty, {@code .} or {@code ..} segments, so that resolving it cannot leave the data
 * directory. The data directory itself is the empty path.
 */
public final class DataPath implements Comparable<DataPath> {
    public static final DataPath ROOT = new DataPath("");

    /** A file, so nothing lies below it. */
    private static final Path NO_DIRECTORY = Path.of("/dev/null");

    /** Bytes as characters 0 to 255, which keeps any byte and compares and hashes as a string does. */
    private final String latin1;

    private DataPath(String latin1) {
        this.latin1 = latin1;
    }

    /** Reads a path of text, whose bytes are its UTF-8 form. */
    public static DataPath of(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (!text.equals(new String(bytes, StandardCharsets.UTF_8))) {
            throw new IllegalArgumentException("path that has no UTF-8 form: '" + text + "'");
        }
        return ofBytes(bytes);
    }

    /** Reads a path of arbitrary bytes. */
    public static DataPath ofBytes(byte[] bytes) {
        String latin1 = new String(bytes, StandardCharsets.ISO_8859_1);
        if (latin1.isEmpty()) {
            return ROOT;
        }
        for (String segment : latin1.split("/", -1)) {
            if (segment.isEmpty() || segment.equals(".") || segment.equals("..")) {
                throw new IllegalArgumentException("not a path inside a data directory: '" + latin1 + "'");
            }
        }
        if (latin1.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("path with a zero byte: '" + latin1 + "'");
        }
        return new DataPath(latin1);
    }

    /** Reads the form that {@link #hex()} prints. */
    public static DataPath ofHex(String digits) {
        return ofBytes(HexFormat.of().parseHex(digits));
    }

    /** The bytes of a relative path as the file system has them, which {@link Path#toString()} does not always keep. */
    public static byte[] rawBytes(Path relative) {
        if (relative.isAbsolute()) {
            throw new IllegalArgumentException("not a relative path: " + relative);
        }
        String text = relative.toString();
        if (isAscii(text)) {
            return text.getBytes(StandardCharsets.US_ASCII);
        }
        // The URI alone tells the bytes. It ends with a slash if it is that of a directory, which none below this can
        // be.
        String encoded = NO_DIRECTORY.resolve(relative).toUri().getRawPath();
        ByteArrayOutputStream raw = new ByteArrayOutputStream(encoded.length());
        for (int i = NO_DIRECTORY.toString().length() + 1; i < encoded.length(); i++) {
            if (encoded.charAt(i) == '%') {
                raw.write(HexFormat.fromHexDigits(encoded, i + 1, i + 3));
                i += 2;
            } else {
                raw.write(encoded.charAt(i));
            }
        }
        return raw.toByteArray();
    }

    /** Whether all characters are ASCII; what cannot be decoded shows as U+FFFD and is not. */
    private static boolean isAscii(String text) {
        return text.chars().allMatch(c -> c < 0x80);
    }

    /** This path with one more segment, the name of a directory entry. */
    public DataPath resolve(Path fileName) {
        return resolve(ofBytes(rawBytes(fileName)));
    }

    /** This path with one or more segments of text. */
    public DataPath resolve(String child) {
        return resolve(of(child));
    }

    /** This path with another one below it. */
    public DataPath resolve(DataPath child) {
        if (latin1.isEmpty() || child.latin1.isEmpty()) {
            return latin1.isEmpty() ? child : this;
        }
        return new DataPath(latin1 + "/" + child.latin1);
    }

    /** Where this path is below a directory of the local file system. */
    public Path under(Path root) {
        if (latin1.isEmpty()) {
            return root;
        }
        if (isAscii(latin1)) {
            return root.resolve(latin1);
        }
        StringBuilder uri = new StringBuilder("file://")
                .append(root.toAbsolutePath().toUri().getRawPath());
        if (uri.charAt(uri.length() - 1) != '/') {
            uri.append('/');
        }
        for (byte b : bytes()) {
            boolean plain = b == '/' || (b > 0x20 && Character.isLetterOrDigit(b));
            uri.append(plain ? String.valueOf((char) b) : String.format("%%%02X", b));
        }
        return Path.of(URI.create(uri.toString()));
    }

    public byte[] bytes() {
        return latin1.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** The path as text, or empty if its bytes are no UTF-8. */
    public Optional<String> text() {
        return strictUtf8(bytes());
    }

    /** The text that some bytes are in UTF-8, or empty if they are none. */
    public static Optional<String> strictUtf8(byte[] bytes) {
        try {
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    /** The bytes as lower-case hexadecimal digits. */
    public String hex() {
        return HexFormat.of().formatHex(bytes());
    }

    /** Whether this is {@code directory} or lies below it. */
    public boolean startsWith(DataPath directory) {
        return directory.latin1.isEmpty()
                || latin1.equals(directory.latin1)
                || latin1.startsWith(directory.latin1 + "/");
    }

    /**
     * The last segment, to be compared with names that PostgreSQL gives; empty for the data directory itself. Bytes
     * beyond ASCII are characters 128 to 255 here, so this is no text to show.
     */
    public String name() {
        return latin1.substring(latin1.lastIndexOf('/') + 1);
    }

    /** The first segment, as {@link #name} has the last one. */
    String first() {
        int slash = latin1.indexOf('/');
        return slash < 0 ? latin1 : latin1.substring(0, slash);
    }

    /** The path without its last segment. */
    public DataPath parent() {
        int slash = latin1.lastIndexOf('/');
        return slash < 0 ? ROOT : new DataPath(latin1.substring(0, slash));
    }

    /**
     * The order of a walk that takes the entries of each directory by their bytes: a directory, then all that lies in it,
     * then what comes after it. So two lists in this order can be gone through side by side.
     */
    @Override
    public int compareTo(DataPath other) {
        int length = Math.min(latin1.length(), other.latin1.length());
        for (int i = 0; i < length; i++) {
            int difference = rank(latin1.charAt(i)) - rank(other.latin1.charAt(i));
            if (difference != 0) {
                return difference;
            }
        }
        return latin1.length() - other.latin1.length();
    }

    /** A segment that ends comes before one that goes on. */
    private static int rank(char c) {
        return c == '/' ? 0 : c;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DataPath path && latin1.equals(path.latin1);
    }

    @Override
    public int hashCode() {
        return latin1.hashCode();
    }

    /** For messages: the text, with the bytes that are no UTF-8 replaced. */
    @Override
    public String toString() {
        return new String(bytes(), StandardCharsets.UTF_8);
    }
}
