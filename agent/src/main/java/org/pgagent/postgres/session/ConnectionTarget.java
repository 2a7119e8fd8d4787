package org.pgagent.postgres.session;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

/** {@link ConnectionSettings} after every default and every file: what pgjdbc is told. */
final class ConnectionTarget {
    private static final List<Path> SOCKET_DIRECTORIES = List.of(Path.of("/var/run/postgresql"), Path.of("/tmp"));
    private static final String DEFAULT_CONNECT_TIMEOUT_SECONDS = "10";

    /** Debian's {@code pg_config --sysconfdir}. */
    private static final String SYSTEM_CONFIGURATION = "/etc/postgresql-common";

    /**
     * Settings that hold from the first command on, whatever is set for the role or the database: nothing ends a long
     * backup, no object of a user's is ever called, and the server notices when pgagent's host is gone.
     */
    static final String SESSION_OPTIONS = "-c statement_timeout=0 -c lock_timeout=0"
            + " -c idle_in_transaction_session_timeout=0 -c search_path=pg_catalog,pg_temp"
            + " -c standard_conforming_strings=on -c client_min_messages=warning"
            + " -c tcp_keepalives_idle=60 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=6";

    private final Map<ConnectionParameter, String> values;
    private final Path home;
    private final String database;
    private final String host;
    private final int port;

    private ConnectionTarget(Map<ConnectionParameter, String> values, Path home) throws PgAgentException {
        this.values = values;
        this.home = home;
        this.port = parsePort(values.getOrDefault(ConnectionParameter.PORT, "5432"));
        values.putIfAbsent(ConnectionParameter.USER, System.getProperty("user.name"));
        this.database = values.getOrDefault(ConnectionParameter.DBNAME, "postgres");
        this.host = host();
    }

    /**
     * Works out what the settings mean here and now.
     *
     * @throws PgAgentException of kind CONFIGURATION if something cannot be understood or a service is nowhere
     */
    static ConnectionTarget of(ConnectionSettings settings) throws PgAgentException {
        Map<String, String> environment = settings.environment();
        Path home = Path.of(environment.getOrDefault("HOME", System.getProperty("user.home")));
        Map<ConnectionParameter, String> values = new EnumMap<>(ConnectionParameter.class);
        try {
            addOptions(values, settings);
        } catch (IllegalArgumentException e) {
            throw malformed(e.getMessage(), e);
        }
        addService(values, environment, home);
        for (ConnectionParameter parameter : ConnectionParameter.values()) {
            String value = environment.get(parameter.variable());
            if (value != null) {
                values.putIfAbsent(parameter, value);
            }
        }
        return new ConnectionTarget(values, home);
    }

    private static void addOptions(Map<ConnectionParameter, String> values, ConnectionSettings settings) {
        String dbname = settings.dbname().orElse("");
        if (ConnectionString.looksLikeOne(dbname)) {
            values.putAll(ConnectionString.parse(dbname));
        } else if (!dbname.isEmpty()) {
            values.put(ConnectionParameter.DBNAME, dbname);
        }
        settings.host().ifPresent(host -> values.putIfAbsent(ConnectionParameter.HOST, host));
        settings.port().ifPresent(port -> values.putIfAbsent(ConnectionParameter.PORT, port.toString()));
        settings.user().ifPresent(user -> values.putIfAbsent(ConnectionParameter.USER, user));
    }

    private static void addService(Map<ConnectionParameter, String> values, Map<String, String> environment, Path home)
            throws PgAgentException {
        String service = values.getOrDefault(ConnectionParameter.SERVICE, environment.get("PGSERVICE"));
        if (service != null) {
            String given = values.getOrDefault(ConnectionParameter.SERVICEFILE, environment.get("PGSERVICEFILE"));
            Path ofUser = given == null ? home.resolve(".pg_service.conf") : Path.of(given);
            Path ofSystem = Path.of(environment.getOrDefault("PGSYSCONFDIR", SYSTEM_CONFIGURATION), "pg_service.conf");
            ServiceFile.find(service, List.of(ofUser, ofSystem)).forEach(values::putIfAbsent);
        }
    }

    private static int parsePort(String text) throws PgAgentException {
        try {
            return ConnectionSettings.requirePort(Integer.parseInt(text));
        } catch (NumberFormatException e) {
            throw malformed("not a port: '" + text + "' (a good one: 5432)", e);
        } catch (IllegalArgumentException e) {
            throw malformed(e.getMessage(), e);
        }
    }

    private String host() throws PgAgentException {
        String host = values.getOrDefault(ConnectionParameter.HOST, "");
        String address = values.getOrDefault(ConnectionParameter.HOSTADDR, "");
        if (host.contains(",") || address.contains(",")) {
            throw malformed("several hosts are given: '" + host + address + "'; a backup is of one server", null);
        }
        if (!host.isEmpty() && !address.isEmpty() && !host.equals(address)) {
            throw malformed("both a host '" + host + "' and a hostaddr '" + address + "' are given; give one", null);
        }
        if (!host.isEmpty()) {
            return host;
        }
        return address.isEmpty() ? defaultSocketDirectory().toString() : address;
    }

    private Path defaultSocketDirectory() {
        return SOCKET_DIRECTORIES.stream()
                .filter(directory -> Files.exists(socketFile(directory)))
                .findFirst()
                .orElse(SOCKET_DIRECTORIES.stream()
                        .filter(Files::isDirectory)
                        .findFirst()
                        .orElse(Path.of("/tmp")));
    }

    private Path socketFile(Path directory) {
        return directory.resolve(".s.PGSQL." + port);
    }

    boolean isUnixSocket() {
        return host.startsWith("/");
    }

    String user() {
        return values.get(ConnectionParameter.USER);
    }

    String database() {
        return database;
    }

    /** Whether the server's certificate is checked. */
    boolean isVerifying() {
        return !isUnixSocket() && properties().getProperty("sslmode", "").startsWith("verify");
    }

    /** Where and as whom, for messages. */
    String describe() {
        String where = isUnixSocket() ? socketFile(Path.of(host)).toString() : "host " + host + " port " + port;
        return where + " database " + database + " user " + user();
    }

    String url() {
        String name = isUnixSocket() ? "localhost" : host.contains(":") ? "[" + host + "]" : host;
        return "jdbc:postgresql://" + name + ":" + port + "/" + URLEncoder.encode(database, StandardCharsets.UTF_8);
    }

    /** pgjdbc's properties; they have the password. */
    Properties properties() {
        Properties properties = new Properties();
        values.forEach((parameter, value) -> {
            if (!parameter.property().isEmpty() && !(isUnixSocket() && parameter.isAboutEncryption())) {
                properties.setProperty(parameter.property(), value);
            }
        });
        properties.putIfAbsent("ApplicationName", "pgagent");
        properties.merge("options", SESSION_OPTIONS, (given, ours) -> given + " " + ours);
        String timeoutSeconds =
                values.getOrDefault(ConnectionParameter.CONNECT_TIMEOUT, DEFAULT_CONNECT_TIMEOUT_SECONDS);
        properties.setProperty("connectTimeout", timeoutSeconds);
        properties.setProperty("loginTimeout", timeoutSeconds);
        if (isUnixSocket()) {
            properties.setProperty("socketFactory", UnixSocketFactory.class.getName());
            properties.setProperty("socketFactoryArg", socketFile(Path.of(host)).toString());
            properties.setProperty("sslmode", "disable");
            properties.setProperty("gssEncMode", "disable");
        } else {
            properties.setProperty("socketFactory", KeepAliveSocketFactory.class.getName());
            properties.setProperty("tcpKeepAlive", "true");
            setCertificates(properties);
        }
        if (!properties.containsKey("password")) {
            passwordFromFile().ifPresent(password -> properties.setProperty("password", password));
        }
        return properties;
    }

    /** Where libpq and pgjdbc differ about certificates, libpq's way. */
    private void setCertificates(Properties properties) {
        Path directory = home.resolve(".postgresql");
        properties.putIfAbsent("sslrootcert", directory.resolve("root.crt").toString());
        for (String kind : List.of("cert", "key")) {
            Path file = directory.resolve(kind.equals("cert") ? "postgresql.crt" : "postgresql.key");
            if (Files.exists(file)) {
                properties.putIfAbsent("ssl" + kind, file.toString());
            }
        }
        if (properties.getProperty("sslrootcert").equals("system")) {
            properties.remove("sslrootcert");
            properties.setProperty("sslfactory", "org.postgresql.ssl.DefaultJavaSSLFactory");
            properties.setProperty("sslmode", "verify-full");
        } else if ("require".equals(properties.getProperty("sslmode"))
                && Files.exists(Path.of(properties.getProperty("sslrootcert")))) {
            properties.setProperty("sslmode", "verify-ca");
        }
    }

    private Optional<String> passwordFromFile() {
        String given = values.get(ConnectionParameter.PASSFILE);
        Path file = given == null ? home.resolve(".pgpass") : Path.of(given);
        boolean local = isUnixSocket() && SOCKET_DIRECTORIES.contains(Path.of(host));
        return PasswordFile.find(file, List.of(local ? "localhost" : host, Integer.toString(port), database, user()));
    }

    private static PgAgentException malformed(String message, Throwable cause) {
        return new PgAgentException(
                ErrorKind.CONFIGURATION,
                message,
                "Check the options -h, -p, -U and -d, the PG… environment variables and the service file.",
                cause);
    }
}
