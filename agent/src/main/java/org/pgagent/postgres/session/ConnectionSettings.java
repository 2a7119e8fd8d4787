package org.pgagent.postgres.session;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where the server is and who logs in, as a user says it: the options {@code -h}, {@code -p}, {@code -U} and {@code -d},
 * and the environment for all that libpq takes from there.
 *
 * <p>What comes first wins: a connection string given as database, the options, the service ({@code PGSERVICE}), the
 * environment ({@code PGHOST}, {@code PGSSLMODE}, …), the defaults. Defaults are libpq's, but for the database
 * {@code postgres}. The password comes from there too, or else from the password file.
 *
 * @param host name, address, or, beginning with a slash, the directory of a Unix socket
 * @param dbname a database's name or a connection string, as with psql
 * @param environment the process's variables; only {@code PG…} and {@code HOME} are kept
 */
public record ConnectionSettings(
        Optional<String> host,
        Optional<Integer> port,
        Optional<String> user,
        Optional<String> dbname,
        Map<String, String> environment) {
    public static final int DEFAULT_PORT = 5432;

    public ConnectionSettings {
        port.ifPresent(ConnectionSettings::requirePort);
        Map<String, String> kept = new HashMap<>(environment);
        kept.entrySet()
                .removeIf(variable -> variable.getValue().isEmpty()
                        || !(variable.getKey().startsWith("PG")
                                || variable.getKey().equals("HOME")));
        environment = Map.copyOf(kept);
    }

    /** The same login on another server, whatever a connection string or the environment says of host and port. */
    public ConnectionSettings on(String otherHost, int otherPort) {
        Map<String, String> others = new HashMap<>(environment);
        others.keySet().removeAll(Set.of("PGHOST", "PGHOSTADDR", "PGPORT"));
        Optional<String> login = dbname.map(
                text -> ConnectionString.looksLikeOne(text) ? ConnectionString.on(text, otherHost, otherPort) : text);
        return new ConnectionSettings(Optional.of(otherHost), Optional.of(otherPort), user, login, others);
    }

    /** The same login in another database of the server, also if that is called like a connection string. */
    public ConnectionSettings inDatabase(String database) {
        String other = dbname.filter(ConnectionString::looksLikeOne)
                .map(text -> ConnectionString.inDatabase(text, database))
                .orElseGet(() -> ConnectionString.inDatabase("", database));
        return new ConnectionSettings(host, port, user, Optional.of(other), environment);
    }

    static int requirePort(int port) {
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("not a port: " + port + " (a good one: 5432)");
        }
        return port;
    }

    /** Without the environment and without what a connection string says: both may have a password. */
    @Override
    public String toString() {
        return "ConnectionSettings[host=" + host.orElse("") + ", port="
                + port.map(String::valueOf).orElse("") + ", user=" + user.orElse("") + "]";
    }
}
