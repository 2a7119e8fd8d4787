package org.pgagent.training;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Just enough of S3 for short commands to succeed: whole objects in memory, ranges, listings. Checks nothing. */
final class TrainingStore implements AutoCloseable {
    private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d+)");
    private static final Pattern PREFIX = Pattern.compile("(?:.*&)?prefix=([^&]*).*");
    private static final byte[] NO_SUCH_KEY =
            bytes("<Error><Code>NoSuchKey</Code><Message>There is none.</Message></Error>");

    private record Answer(int status, ByteBuffer body) {}

    private final HttpServer server;
    private final Map<String, byte[]> objects = new ConcurrentSkipListMap<>();

    TrainingStore() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::handle);
        server.start();
    }

    String endpoint() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] sent = exchange.getRequestBody().readAllBytes();
            Answer answer = answer(exchange, sent);
            exchange.getResponseHeaders().add("Content-Type", "application/xml");
            exchange.getResponseHeaders().add("ETag", "\"etag\"");
            exchange.getResponseHeaders().add("Last-Modified", "Mon, 23 Nov 2026 00:00:00 GMT");
            boolean head = exchange.getRequestMethod().equals("HEAD");
            if (head) {
                exchange.getResponseHeaders()
                        .add("Content-Length", Integer.toString(answer.body().remaining()));
            }
            exchange.sendResponseHeaders(
                    answer.status(),
                    head || answer.body().remaining() == 0 ? -1 : answer.body().remaining());
            if (!head) {
                exchange.getResponseBody().write(answer.body().array());
            }
        }
    }

    private Answer answer(HttpExchange exchange, byte[] sent) {
        // The path is /bucket/key.
        String key = exchange.getRequestURI().getPath().replaceFirst("^/[^/]*/?", "");
        String query = exchange.getRequestURI().getQuery();
        switch (exchange.getRequestMethod()) {
            case "PUT" -> {
                objects.put(key, sent);
                return new Answer(200, ByteBuffer.allocate(0));
            }
            case "GET", "HEAD" -> {
                if (key.isEmpty()) {
                    return new Answer(200, ByteBuffer.wrap(listing(query)));
                }
                byte[] content = objects.get(key);
                return content == null ? new Answer(404, ByteBuffer.wrap(NO_SUCH_KEY)) : range(exchange, content);
            }
            default -> {
                return new Answer(200, ByteBuffer.wrap(bytes("<DeleteResult/>")));
            }
        }
    }

    private static Answer range(HttpExchange exchange, byte[] content) {
        String wanted = exchange.getRequestHeaders().getFirst("Range");
        Matcher range = RANGE.matcher(wanted == null ? "" : wanted);
        if (!range.matches()) {
            return new Answer(200, ByteBuffer.wrap(content));
        }
        int from = Integer.parseInt(range.group(1));
        int to = Math.min(content.length, Integer.parseInt(range.group(2)) + 1);
        exchange.getResponseHeaders().add("Content-Range", "bytes " + from + "-" + (to - 1) + "/" + content.length);
        return new Answer(206, ByteBuffer.wrap(Arrays.copyOfRange(content, from, to)));
    }

    private byte[] listing(String query) {
        Matcher prefix = PREFIX.matcher(query == null ? "" : query);
        String wanted = prefix.matches() ? prefix.group(1) : "";
        Map<String, byte[]> found = new TreeMap<>(objects);
        found.keySet().removeIf(key -> !key.startsWith(wanted));
        String contents = found.entrySet().stream()
                .map(entry -> "<Contents><Key>" + entry.getKey() + "</Key><Size>" + entry.getValue().length
                        + "</Size><ETag>\"etag\"</ETag><LastModified>2026-11-23T00:00:00Z</LastModified></Contents>")
                .collect(Collectors.joining());
        return bytes("<ListBucketResult><IsTruncated>false</IsTruncated>" + contents + "</ListBucketResult>");
    }

    private static byte[] bytes(String xml) {
        return ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + xml).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
