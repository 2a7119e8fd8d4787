package org.pgagent.kit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How a cluster is to be made: begin with {@link #ofVersion}, add what the test is about, end with {@link #start}.
 *
 * <p>Without more, a cluster has superuser {@code postgres} who may log in without a password, data checksums, WAL segments
 * of 16 MiB, no TCP port, no archiving, and does not fsync.
 *
 * @param initdbArguments what {@code initdb} is told besides directory, user, encoding and authentication
 * @param settings lines of {@code postgresql.conf}; the value as it stands there, without quotes around it
 * @param environment variables that the server and its child processes see
 */
public record PostgresSetup(
        int major,
        Identity identity,
        List<String> initdbArguments,
        Map<String, String> settings,
        Map<String, String> environment) {
    /** Whether clusters of the same setup are copies of one, with one system identifier, which is quicker. */
    public enum Identity {
        SHARED,
        OWN
    }

    public PostgresSetup {
        initdbArguments = List.copyOf(initdbArguments);
    }

    public static PostgresSetup ofVersion(int major) {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("listen_addresses", "");
        settings.put("fsync", "off");
        settings.put("shared_buffers", "16MB");
        settings.put("log_line_prefix", "%m [%p] ");
        if (major >= 18) {
            settings.put("io_method", "sync"); // with so few buffers, workers are asked for one page after the other
        }
        return new PostgresSetup(major, Identity.SHARED, List.of("--data-checksums"), settings, Map.of());
    }

    public PostgresSetup withoutDataChecksums() {
        List<String> arguments = new ArrayList<>(initdbArguments);
        arguments.remove("--data-checksums");
        if (major >= 18) {
            arguments.add("--no-data-checksums");
        }
        return new PostgresSetup(major, identity, arguments, settings, environment);
    }

    public PostgresSetup withWalSegmentMiB(int size) {
        return withInitdbArgument("--wal-segsize=" + size);
    }

    public PostgresSetup withInitdbArgument(String argument) {
        List<String> arguments = new ArrayList<>(initdbArguments);
        arguments.add(argument);
        return new PostgresSetup(major, identity, arguments, settings, environment);
    }

    /** A system identifier that no other cluster has. */
    public PostgresSetup withOwnIdentity() {
        return new PostgresSetup(major, Identity.OWN, initdbArguments, settings, environment);
    }

    public PostgresSetup withSetting(String name, String value) {
        Map<String, String> all = new LinkedHashMap<>(settings);
        all.put(name, value);
        return new PostgresSetup(major, identity, initdbArguments, all, environment);
    }

    public PostgresSetup withEnvironment(String name, String value) {
        Map<String, String> all = new HashMap<>(environment);
        all.put(name, value);
        return new PostgresSetup(major, identity, initdbArguments, settings, all);
    }

    /** {@code archive_mode = on} with this command. */
    public PostgresSetup withArchiveCommand(String command) {
        return withSetting("archive_mode", "on").withSetting("archive_command", command);
    }

    /** Makes the server listen on a free TCP port of the loopback interface, with passwords (SCRAM) required there. */
    public PostgresSetup withTcp() {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return withSetting("listen_addresses", "127.0.0.1")
                    .withSetting("port", Integer.toString(free.getLocalPort()))
                    .withSetting("password_encryption", "scram-sha-256");
        } catch (IOException e) {
            throw new UncheckedIOException("no free TCP port", e);
        }
    }

    /** Makes the cluster and starts it. */
    public PostgresCluster start() {
        return PostgresCluster.create(this);
    }

    /** Makes the cluster as {@code initdb} leaves it, with the settings, and does not start it. */
    public PostgresCluster prepare() {
        return PostgresCluster.prepare(this);
    }
}
