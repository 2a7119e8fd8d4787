package org.pgagent.training;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.pgagent.Main;
import org.pgagent.command.Console;
import org.pgagent.error.Cancellation;

/**
 * Runs the short commands one after another, so that the virtual machine sees the classes that they load. Most of the
 * commands fail, as there is nothing to work on; they still come as far as sending a request or a login.
 *
 * <p>Arguments: an empty directory to work in.
 */
public final class Training {
    private static final String EMPTY_LISTING = """
            <?xml version="1.0" encoding="UTF-8"?>
            <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>training</Name>\
            <KeyCount>0</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated></ListBucketResult>
            """;
    private static final String NO_SUCH_KEY = """
            <?xml version="1.0" encoding="UTF-8"?>
            <Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>
            """;

    private final Path directory;
    private final String endpoint;

    private Training(Path directory, String endpoint) {
        this.directory = directory;
        this.endpoint = endpoint;
    }

    public static void main(String[] arguments) throws IOException {
        HttpServer store = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        store.createContext("/", Training::answer);
        store.start();
        try {
            new Training(
                            Path.of(arguments[0]),
                            "http://127.0.0.1:" + store.getAddress().getPort())
                    .run();
        } finally {
            store.stop(0);
        }
    }

    /** A store that is empty, and takes everything. */
    private static void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            exchange.getRequestBody().readAllBytes();
            boolean listing = exchange.getRequestMethod().equals("GET")
                    && exchange.getRequestURI().getRawQuery() != null;
            boolean writing = exchange.getRequestMethod().equals("PUT");
            byte[] body = writing
                    ? new byte[0]
                    : (listing ? EMPTY_LISTING : NO_SUCH_KEY).strip().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "application/xml");
            exchange.getResponseHeaders().add("ETag", "\"00000000000000000000000000000000\"");
            boolean bodyless = writing || exchange.getRequestMethod().equals("HEAD");
            exchange.sendResponseHeaders(listing || writing ? 200 : 404, bodyless ? -1 : body.length);
            if (!bodyless) {
                exchange.getResponseBody().write(body);
            }
        }
    }

    private void run() throws IOException {
        Path history = directory.resolve("00000002.history");
        Files.writeString(history, "1\t0/3000000\tno recovery target specified\n");
        Path repository = Files.createDirectory(directory.resolve("repository"));
        String target = directory.resolve("target").toString();
        List<String> store = List.of("--bucket", "s3://training", "--endpoint", endpoint, "--retries", "0");
        List<String> local = List.of("--bucket", repository.toUri().toString());

        run(List.of(), "--version");
        run(List.of(), "--help");
        run(List.of(), "backup", "--help");
        run(List.of(), "restore", "--help");
        run(store, "config");
        for (List<String> place : List.of(store, local)) {
            run(place, "show");
            run(place, "wal-push", history.toString());
            run(
                    place,
                    "wal-fetch",
                    "00000003.history",
                    directory.resolve("fetched").toString());
            run(place, "restore", "-D", target, "--dry-run");
            run(place, "check", "-h", "127.0.0.1", "-p", "1", "-U", "training");
        }
    }

    private void run(List<String> place, String... arguments) {
        List<String> line = new java.util.ArrayList<>(List.of(arguments));
        line.addAll(place);
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
        Console silent = new Console(nowhere, nowhere, false);
        int status = new Main(Map.of(), directory.resolve("no-such-file.toml"), silent, new Cancellation())
                .run(line.toArray(String[]::new));
        System.err.println("trained on: pgagent " + String.join(" ", arguments) + " (status " + status + ")");
    }
}
