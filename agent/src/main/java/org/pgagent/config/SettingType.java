package org.pgagent.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * What values a setting can have.
 *
 * @param label what stands for the value in help texts, such as {@code SIZE}
 * @param valueClass the class of the values
 * @param parser reads a value; throws IllegalArgumentException with a good example on bad text
 */
record SettingType<T>(String label, Class<T> valueClass, Function<String, T> parser) {
    private static final Pattern PASSWORD = Pattern.compile("(?i)password\\s*=|://[^/@]*:[^/@]*@");

    static SettingType<String> text(String label) {
        return new SettingType<>(label, String.class, text -> {
            if (text.isBlank()) {
                throw new IllegalArgumentException("not a " + label.toLowerCase(Locale.ROOT) + ": '" + text + "'");
            }
            return text;
        });
    }

    /** Letters, digits, {@code _} and {@code -}. */
    static SettingType<String> word(String label) {
        return new SettingType<>(label, String.class, text -> {
            if (!text.matches("[A-Za-z0-9_-]{1,64}")) {
                throw new IllegalArgumentException("not a " + label.toLowerCase(Locale.ROOT) + ": '" + text
                        + "' (1 to 64 letters, digits, '_' and '-')");
            }
            return text;
        });
    }

    /** A database's name or a connection string, as with psql, but without a password, for settings are printed. */
    static SettingType<String> database() {
        SettingType<String> text = text("DBNAME");
        return new SettingType<>(text.label(), String.class, value -> {
            if (PASSWORD.matcher(value).find()) {
                // The text is not repeated: it has a secret.
                throw new IllegalArgumentException("a connection string here has no password in it; PGPASSWORD and"
                        + " ~/.pgpass have (a good one: host=db1 dbname=postgres)");
            }
            return text.parser().apply(value);
        });
    }

    static SettingType<Path> path(String label) {
        return new SettingType<>(label, Path.class, text -> {
            try {
                if (!text.isBlank()) {
                    return Path.of(text).toAbsolutePath().normalize();
                }
            } catch (InvalidPathException e) {
                throw new IllegalArgumentException("not a path: '" + text + "' (a good one: /srv/pg/data)", e);
            }
            throw new IllegalArgumentException("not a path: '" + text + "' (a good one: /srv/pg/data)");
        });
    }

    static SettingType<URI> webAddress() {
        return new SettingType<>("URL", URI.class, SettingType::parseWebAddress);
    }

    private static URI parseWebAddress(String text) {
        String reason =
                "not a URL of a store: '" + text + "' (good ones: https://s3.example.net, http://127.0.0.1:9000)";
        try {
            URI uri = new URI(text);
            boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
            if (uri.getUserInfo() != null) {
                // The text is not repeated: it has a secret.
                throw new IllegalArgumentException("a URL of a store has no user and password in it");
            }
            boolean bare = uri.getQuery() == null && uri.getFragment() == null;
            if (web
                    && bare
                    && uri.getHost() != null
                    && Objects.requireNonNullElse(uri.getPath(), "").length() <= 1) {
                return uri;
            }
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(reason, e);
        }
        throw new IllegalArgumentException(reason);
    }

    static SettingType<Integer> count(int min, int max) {
        return new SettingType<>("N", Integer.class, text -> {
            if (!text.matches("[0-9]{1,9}") || Integer.parseInt(text) < min || Integer.parseInt(text) > max) {
                throw new IllegalArgumentException("not a number from " + min + " to " + max + ": '" + text + "'");
            }
            return Integer.valueOf(text);
        });
    }

    static SettingType<ByteSize> size(String min, String max) {
        long minBytes = ByteSize.parse(min).bytes();
        long maxBytes = ByteSize.parse(max).bytes();
        return new SettingType<>("SIZE", ByteSize.class, text -> {
            ByteSize size = ByteSize.parse(text);
            if (size.bytes() < minBytes || size.bytes() > maxBytes) {
                throw new IllegalArgumentException("not a size from " + min + " to " + max + ": '" + text + "'");
            }
            return size;
        });
    }

    static SettingType<Duration> duration(String min, String max) {
        Duration shortest = DurationText.parse(min);
        Duration longest = DurationText.parse(max);
        return new SettingType<>("TIME", Duration.class, text -> {
            Duration duration = DurationText.parse(text);
            if (duration.compareTo(shortest) < 0 || duration.compareTo(longest) > 0) {
                throw new IllegalArgumentException("not a duration from " + min + " to " + max + ": '" + text + "'");
            }
            return duration;
        });
    }

    /** One of the constants of an enum. */
    static <E extends Enum<E>> SettingType<E> choice(Class<E> choices) {
        return new SettingType<>(Choice.names(choices, "|"), choices, text -> Choice.parse(choices, text));
    }
}
