package org.pgagent.postgres.session;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * libpq's connection strings: {@code host=db1 user=backup} and {@code postgresql://backup@db1:5432/postgres?sslmode=require}
 * (libpq's chapter in the manual, Connection Strings). Lists of several hosts are refused: a backup is of one server.
 */
final class ConnectionString {
    private static final Pattern URI = Pattern.compile("postgres(?:ql)?://"
            + "(?:(?<user>[^:@/?#]*)(?::(?<password>[^@/?#]*))?@)?"
            + "(?<host>\\[[0-9A-Fa-f:.%]+\\]|[^:/?#\\[\\]]*)(?::(?<port>[0-9]*))?"
            + "(?:/(?<dbname>[^?#]*))?(?:\\?(?<query>[^#]*))?");

    private ConnectionString() {}

    /** Whether this, given as a database's name, is a connection string. */
    static boolean looksLikeOne(String text) {
        return text.startsWith("postgresql://") || text.startsWith("postgres://") || text.indexOf('=') >= 0;
    }

    static Map<ConnectionParameter, String> parse(String text) {
        return isUri(text) ? parseUri(text) : new Words(text).parse();
    }

    private static boolean isUri(String text) {
        return text.startsWith("postgres") && text.contains("://");
    }

    /** The string with another host and port: what comes last counts. */
    static String on(String text, String host, int port) {
        return isUri(text)
                ? text + (text.contains("?") ? "&" : "?") + "host=" + encoded(host) + "&port=" + port
                : text + " hostaddr='' host=" + quoted(host) + " port=" + port;
    }

    /** The string with another database: what comes last counts. */
    static String inDatabase(String text, String database) {
        return isUri(text)
                ? text + (text.contains("?") ? "&" : "?") + "dbname=" + encoded(database)
                : text + " dbname=" + quoted(database);
    }

    private static String encoded(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static String quoted(String value) {
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }

    private static Map<ConnectionParameter, String> parseUri(String text) {
        Matcher uri = URI.matcher(text);
        if (!uri.matches()) {
            // The text may have a password, so it is not repeated.
            throw new IllegalArgumentException(
                    "not a connection URI (a good one: postgresql://backup@db1.example.org:5432/postgres)");
        }
        Map<ConnectionParameter, String> values = new EnumMap<>(ConnectionParameter.class);
        put(values, ConnectionParameter.USER, uri.group("user"));
        put(values, ConnectionParameter.PASSWORD, uri.group("password"));
        String host = uri.group("host");
        put(values, ConnectionParameter.HOST, host.startsWith("[") ? host.substring(1, host.length() - 1) : host);
        put(values, ConnectionParameter.PORT, uri.group("port"));
        put(values, ConnectionParameter.DBNAME, uri.group("dbname"));
        String query = uri.group("query");
        if (query != null && !query.isEmpty()) {
            for (String pair : query.split("&", -1)) {
                int equals = pair.indexOf('=');
                if (equals < 1) {
                    throw new IllegalArgumentException("parameter without a value in a connection URI: '" + pair + "'");
                }
                putQueryParameter(values, decode(pair.substring(0, equals)), pair.substring(equals + 1));
            }
        }
        return values;
    }

    private static void putQueryParameter(Map<ConnectionParameter, String> values, String keyword, String value) {
        if (keyword.equals("ssl") && value.equals("true")) {
            values.put(ConnectionParameter.SSLMODE, "require");
        } else {
            ConnectionParameter.ofKeyword(keyword).ifPresent(parameter -> put(values, parameter, value));
        }
    }

    private static void put(Map<ConnectionParameter, String> values, ConnectionParameter parameter, String encoded) {
        if (encoded != null && !encoded.isEmpty()) {
            values.put(parameter, decode(encoded));
        }
    }

    private static String decode(String percentEncoded) {
        return URLDecoder.decode(percentEncoded.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    /** A string of {@code keyword = value} pairs, with quotes around values and backslashes before single characters. */
    private static final class Words {
        private final String text;
        private int position;

        Words(String text) {
            this.text = text;
        }

        Map<ConnectionParameter, String> parse() {
            Map<ConnectionParameter, String> values = new EnumMap<>(ConnectionParameter.class);
            skipSpace();
            while (position < text.length()) {
                String keyword = keyword();
                String value = value();
                ConnectionParameter.ofKeyword(keyword).ifPresent(parameter -> values.put(parameter, value));
                skipSpace();
            }
            return values;
        }

        private String keyword() {
            int begin = position;
            while (position < text.length() && text.charAt(position) != '=' && !atSpace()) {
                position++;
            }
            String keyword = text.substring(begin, position);
            skipSpace();
            if (position == text.length() || text.charAt(position) != '=') {
                throw new IllegalArgumentException("no '=' after '" + keyword + "' in the connection string");
            }
            position++;
            skipSpace();
            return keyword;
        }

        private String value() {
            StringBuilder value = new StringBuilder();
            boolean quoted = position < text.length() && text.charAt(position) == '\'';
            if (quoted) {
                position++;
            }
            while (position < text.length() && (quoted ? text.charAt(position) != '\'' : !atSpace())) {
                if (text.charAt(position) == '\\' && position + 1 < text.length()) {
                    position++;
                }
                value.append(text.charAt(position++));
            }
            if (quoted) {
                if (position == text.length()) {
                    throw new IllegalArgumentException("a quote in the connection string is not closed");
                }
                position++;
            }
            return value.toString();
        }

        private boolean atSpace() {
            return Character.isWhitespace(text.charAt(position));
        }

        private void skipSpace() {
            while (position < text.length() && atSpace()) {
                position++;
            }
        }
    }
}
