package org.pgagent.acceptance;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.pgagent.kit.Await;
import org.pgagent.kit.PublishedClassPath;
import org.pgagent.kit.S3ProxyServer;
import org.pgagent.kit.ScratchDirectory;
import org.pgagent.kit.ToolRun;

/**
 * An S3 server in a process of its own, which can be killed and comes back at the same port with what it had. Ends with this
 * JVM at the latest. For one thread.
 */
final class StoreProcess implements AutoCloseable {
    private static final String BUCKET = "backups";
    private static final Duration START_MAX = Duration.ofMinutes(1);
    /** Below the ports that the kernel gives to clients: one of them, trying to connect, could get this very port. */
    private static final int PORT_MIN = 20_000;

    private static final int PORT_END = 30_000;

    private static final Pattern UNFINISHED = Pattern.compile("-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$");

    private final ScratchDirectory scratch;
    private final int port;
    private Process process;

    private StoreProcess(ScratchDirectory scratch, int port) {
        this.scratch = scratch;
        this.port = port;
    }

    static StoreProcess start() {
        ScratchDirectory scratch = ScratchDirectory.create();
        scratch.createReadable("buckets");
        StoreProcess store = new StoreProcess(scratch, freePort());
        try {
            Files.createDirectory(store.buckets().resolve(BUCKET));
        } catch (IOException e) {
            throw new AssertionError("no bucket", e);
        }
        store.restart();
        return store;
    }

    /** A port for a server of a test, which nobody has at this moment, and no client is given. */
    static int freePort() {
        Random random = new Random();
        while (true) {
            int port = random.nextInt(PORT_MIN, PORT_END);
            try (ServerSocket free = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return free.getLocalPort();
            } catch (IOException e) {
                // taken; another one is not
            }
        }
    }

    /** What the child process runs: a port and the directory of the buckets. It ends when its standard input does. */
    public static void main(String[] arguments) throws IOException {
        S3ProxyServer.startOn(Integer.parseInt(arguments[0]), Path.of(arguments[1]));
        System.in.transferTo(OutputStream.nullOutputStream());
        Runtime.getRuntime().halt(0);
    }

    private Path buckets() {
        return scratch.resolve("buckets");
    }

    /** A file of a cluster's archive, whether there is one or not. */
    StoredFile archiveFile(String cluster, String fileName) {
        Path wal = archive(cluster);
        return new StoredFile(
                fileName.endsWith(".history")
                        ? wal.resolve(fileName)
                        : wal.resolve(fileName.substring(0, 8))
                                .resolve(fileName.substring(8, 16))
                                .resolve(fileName));
    }

    /** The names of all files in a cluster's archive, sorted. */
    List<String> archiveFiles(String cluster) {
        try (Stream<Path> files = Files.walk(archive(cluster))) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new AssertionError("no archive of " + cluster, e);
        }
    }

    private Path archive(String cluster) {
        return buckets().resolve(BUCKET).resolve(cluster).resolve("wal");
    }

    /** Gives another name all that is stored under a cluster's name now, for a test that spoils it. */
    void copy(String cluster, String name) {
        Path bucket = buckets().resolve(BUCKET);
        ToolRun.successOf(
                "cp",
                "-a",
                bucket.resolve(cluster).toString(),
                bucket.resolve(name).toString());
    }

    /** Where it listens, which stays. */
    URI endpoint() {
        return URI.create("http://127.0.0.1:" + port);
    }

    /** What a caller of pgagent needs to find a cluster of this name in the bucket. */
    Map<String, String> environment(String cluster) {
        return Map.of(
                "PGAGENT_BUCKET",
                "s3://" + BUCKET,
                "PGAGENT_ENDPOINT",
                endpoint().toString(),
                "PGAGENT_CLUSTER",
                cluster,
                "AWS_ACCESS_KEY_ID",
                S3ProxyServer.ACCESS_KEY_ID,
                "AWS_SECRET_ACCESS_KEY",
                S3ProxyServer.SECRET_ACCESS_KEY);
    }

    /** Ends the server in the middle of whatever it does. */
    void kill() {
        process.destroyForcibly();
        try {
            if (!process.waitFor(START_MAX.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("the store does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while the store ends", e);
        }
    }

    /** Starts the server that was killed, and returns when it answers. */
    void restart() {
        removeUnfinished();
        String command = PublishedClassPath.command(
                StoreProcess.class.getName(), Integer.toString(port), buckets().toString());
        Path log = scratch.resolve("store.log");
        try {
            process = new ProcessBuilder("sh", "-c", "exec " + command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .directory(Path.of("/").toFile())
                    .start();
        } catch (IOException e) {
            throw new AssertionError("cannot start the store", e);
        }
        Await.until("the store takes connections", START_MAX, () -> {
            if (!process.isAlive()) {
                throw new AssertionError("the store has ended:\n" + Files.readString(log));
            }
            return listens();
        });
    }

    /** This server writes an object as a file of another name first; what a kill leaves of that it lists for ever. */
    private void removeUnfinished() {
        try (Stream<Path> files = Files.walk(buckets())) {
            for (Path file : files.filter(StoreProcess::isUnfinished).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isUnfinished(Path file) {
        return UNFINISHED.matcher(file.toString()).find();
    }

    private boolean listens() {
        try (Socket connection = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return connection.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void close() {
        kill();
        scratch.close();
    }
}
