package org.pgagent.kit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A real browser without a window, Debian's {@code chromium-headless-shell}, with one page. It is driven by its DevTools protocol, which
 * sees what a page asks for and complains of, and is not bound by the page's own policy. Not thread-safe.
 */
public final class HeadlessBrowser implements AutoCloseable {
    private static final List<String> PROGRAMS = List.of("chromium-headless-shell", "chromium");
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Process process;
    private final ScratchDirectory scratch;
    private final AtomicInteger calls = new AtomicInteger();
    private final Map<Integer, CompletableFuture<JsonNode>> answers = new ConcurrentHashMap<>();
    private final List<JsonNode> events = new CopyOnWriteArrayList<>();
    private final WebSocket socket;

    private HeadlessBrowser(Process process, ScratchDirectory scratch) {
        this.process = process;
        this.scratch = scratch;
        this.socket = connect();
    }

    /** The colours that the system asks of pages. */
    public enum Scheme {
        LIGHT,
        DARK
    }

    /** A window of such a size. */
    public record Window(int width, int height, Scheme scheme) {}

    /** Starts it; it must be installed. */
    public static HeadlessBrowser start() {
        ScratchDirectory scratch = ScratchDirectory.create();
        List<String> command = List.of(
                program(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-component-update",
                "--no-first-run",
                "--hide-scrollbars",
                "--remote-debugging-port=0",
                "--user-data-dir=" + scratch.resolve("browser"),
                "about:blank");
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(scratch.resolve("browser.log").toFile())
                    .start();
            return new HeadlessBrowser(process, scratch);
        } catch (IOException e) {
            throw new AssertionError("cannot start " + command, e);
        }
    }

    private static String program() {
        return PROGRAMS.stream()
                .flatMap(name -> Stream.of(System.getenv("PATH").split(":")).map(directory -> Path.of(directory, name)))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> new AssertionError(
                        "no browser here; ./check installs it, or: apt-get install " + PROGRAMS.get(0)))
                .toString();
    }

    private WebSocket connect() {
        Path active = scratch.resolve("browser/DevToolsActivePort");
        Await.until("a port of the browser", LIMIT, () -> {
            if (!process.isAlive()) {
                throw new AssertionError(
                        "the browser has ended:\n" + ServerProcess.logTail(scratch.resolve("browser.log")));
            }
            return Files.exists(active) && !read(active).isEmpty();
        });
        int port = Integer.parseInt(read(active).get(0));
        HttpClient client = HttpClient.newHttpClient();
        URI list = URI.create("http://127.0.0.1:" + port + "/json/list");
        try {
            String pages = client.send(HttpRequest.newBuilder(list).build(), HttpResponse.BodyHandlers.ofString())
                    .body();
            String url = JSON.readTree(pages).get(0).get("webSocketDebuggerUrl").asText();
            WebSocket connected = client.newWebSocketBuilder()
                    .buildAsync(URI.create(url), new Listener())
                    .get(LIMIT.toSeconds(), TimeUnit.SECONDS);
            return connected;
        } catch (IOException | ExecutionException | TimeoutException e) {
            throw new AssertionError("cannot talk to the browser", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    private static List<String> read(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new AssertionError("cannot read " + file, e);
        }
    }

    private final class Listener implements WebSocket.Listener {
        private final StringBuilder message = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
            message.append(data);
            if (last) {
                take(message.toString());
                message.setLength(0);
            }
            webSocket.request(1);
            return null;
        }
    }

    private void take(String message) {
        try {
            JsonNode parsed = JSON.readTree(message);
            if (parsed.has("id")) {
                answers.remove(parsed.get("id").asInt()).complete(parsed);
            } else {
                events.add(parsed);
            }
        } catch (IOException e) {
            throw new AssertionError("not JSON: " + message, e);
        }
    }

    private JsonNode call(String method, String parameters) {
        int id = calls.incrementAndGet();
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        answers.put(id, answer);
        try {
            ObjectNode request = JSON.createObjectNode().put("id", id).put("method", method);
            request.set("params", JSON.readTree(parameters));
            socket.sendText(request.toString(), true).get(LIMIT.toSeconds(), TimeUnit.SECONDS);
            JsonNode answered = answer.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
            if (answered.has("error")) {
                throw new AssertionError(method + ": " + answered.get("error"));
            }
            return answered.get("result");
        } catch (IOException | ExecutionException | TimeoutException e) {
            throw new AssertionError(method + " came to nothing", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    /** Opens a file in a window, and waits until all of it is there. */
    public void open(Path file, Window window) {
        boolean phone = window.width() < 600;
        call(
                "Emulation.setDeviceMetricsOverride",
                "{\"width\":" + window.width() + ",\"height\":" + window.height()
                        + ",\"deviceScaleFactor\":1,\"mobile\":" + phone + "}");
        String scheme = window.scheme() == Scheme.DARK ? "dark" : "light";
        call(
                "Emulation.setEmulatedMedia",
                "{\"features\":[{\"name\":\"prefers-color-scheme\",\"value\":\"" + scheme + "\"}]}");
        for (String domain : List.of("Network", "Log", "Runtime", "Page")) {
            call(domain + ".enable", "{}");
        }
        events.clear();
        call(
                "Page.navigate",
                JSON.createObjectNode().put("url", file.toUri().toString()).toString());
        Await.until(
                "the page",
                LIMIT,
                () -> events.stream()
                        .anyMatch(event -> event.get("method").asText().equals("Page.loadEventFired")));
    }

    /** What a script says of the page, as JSON. */
    public JsonNode ask(String script) {
        ObjectNode parameters =
                JSON.createObjectNode().put("expression", script).put("returnByValue", true);
        JsonNode result = call("Runtime.evaluate", parameters.toString());
        if (result.has("exceptionDetails")) {
            throw new AssertionError(result.get("exceptionDetails").toString());
        }
        return result.get("result").path("value");
    }

    /** The window as a PNG. */
    public byte[] picture() {
        return Base64.getDecoder()
                .decode(call("Page.captureScreenshot", "{\"format\":\"png\"}")
                        .get("data")
                        .asText());
    }

    /** The addresses that were asked for since the page was opened. */
    public List<String> requests() {
        List<String> requests = new ArrayList<>();
        for (JsonNode event : events) {
            if (event.get("method").asText().equals("Network.requestWillBeSent")) {
                requests.add(event.at("/params/request/url").asText());
            }
        }
        return requests;
    }

    /** Everything that the browser has written about the page into its console. */
    public List<String> complaints() {
        return events.stream()
                .filter(event -> List.of("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown")
                        .contains(event.get("method").asText()))
                .map(JsonNode::toString)
                .toList();
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        try {
            process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        scratch.close();
    }
}
