package org.pgagent.training;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** Just enough of S3 for the commands to succeed: objects in memory, in parts or whole, ranges, listings. Checks nothing. */
final class TrainingStore implements AutoCloseable {
    private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d+)");
    private static final Pattern PART = Pattern.compile("partNumber=(\\d+)");
    private static final Pattern PREFIX = Pattern.compile("(?:.*&)?prefix=([^&]*).*");
    private static final byte[] NO_SUCH_KEY =
            bytes("<Error><Code>NoSuchKey</Code><Message>There is none.</Message></Error>");

    private record Answer(int status, ByteBuffer body) {}

    private final HttpServer server;
    private final Map<String, byte[]> objects = new ConcurrentSkipListMap<>();
    private final Map<String, Map<Integer, byte[]>> parts = new ConcurrentSkipListMap<>();

    private TrainingStore(HttpServer server) {
        this.server = server;
        server.createContext("/", this::handle);
        server.start();
    }

    static TrainingStore plain() throws IOException {
        return new TrainingStore(HttpServer.create(anyPort(), 0));
    }

    /** One that speaks TLS, with the key and the certificate of a PKCS12 file. */
    static TrainingStore secure(Path keyStore, String password) throws IOException {
        HttpsServer server = HttpsServer.create(anyPort(), 0);
        try (InputStream in = Files.newInputStream(keyStore)) {
            KeyStore keys = KeyStore.getInstance("PKCS12");
            keys.load(in, password.toCharArray());
            KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            managers.init(keys, password.toCharArray());
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(managers.getKeyManagers(), null, null);
            server.setHttpsConfigurator(new HttpsConfigurator(context));
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
        return new TrainingStore(server);
    }

    private static InetSocketAddress anyPort() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    String endpoint() {
        return (server instanceof HttpsServer ? "https" : "http") + "://127.0.0.1:"
                + server.getAddress().getPort();
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
                Matcher part = PART.matcher(query == null ? "" : query);
                if (part.find()) {
                    parts.computeIfAbsent(key, none -> new ConcurrentSkipListMap<>())
                            .put(Integer.parseInt(part.group(1)), sent);
                } else {
                    objects.put(key, sent);
                }
                return new Answer(200, ByteBuffer.allocate(0));
            }
            case "POST" -> {
                return new Answer(200, ByteBuffer.wrap(post(key, query)));
            }
            case "GET", "HEAD" -> {
                if (key.isEmpty()) {
                    return new Answer(200, ByteBuffer.wrap(listing(query)));
                }
                byte[] content = objects.get(key);
                return content == null ? new Answer(404, ByteBuffer.wrap(NO_SUCH_KEY)) : range(exchange, content);
            }
            default -> {
                objects.remove(key);
                return new Answer(204, ByteBuffer.allocate(0));
            }
        }
    }

    private byte[] post(String key, String query) {
        if (query.startsWith("uploads")) {
            return bytes("<InitiateMultipartUploadResult><UploadId>" + key.length()
                    + "</UploadId></InitiateMultipartUploadResult>");
        }
        if (query.startsWith("delete")) {
            return bytes("<DeleteResult/>");
        }
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        parts.remove(key).values().forEach(whole::writeBytes);
        objects.put(key, whole.toByteArray());
        return bytes("<CompleteMultipartUploadResult><ETag>\"etag\"</ETag></CompleteMultipartUploadResult>");
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
        boolean byDirectory = query != null && query.contains("delimiter=/");
        Set<String> found = new LinkedHashSet<>();
        objects.forEach((key, content) -> {
            int end = key.indexOf('/', wanted.length());
            if (!key.startsWith(wanted)) {
                return;
            }
            found.add(
                    byDirectory && end >= 0
                            ? "<CommonPrefixes><Prefix>" + key.substring(0, end + 1) + "</Prefix></CommonPrefixes>"
                            : "<Contents><Key>" + key + "</Key><Size>" + content.length
                                    + "</Size><ETag>\"etag\"</ETag><LastModified>2026-11-23T00:00:00Z</LastModified>"
                                    + "</Contents>");
        });
        return bytes(
                "<ListBucketResult><IsTruncated>false</IsTruncated>" + String.join("", found) + "</ListBucketResult>");
    }

    private static byte[] bytes(String xml) {
        return ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + xml).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
