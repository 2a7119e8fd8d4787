package org.pgagent.kit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;

/**
 * Stands between a client and an S3 server that speaks plain http, on a port of its own on the loopback address, and breaks
 * what a test wants broken. Takes one request for each connection. Thread-safe.
 */
public final class FaultyWire implements AutoCloseable {
    private final URI server;
    private final ServerSocket listener;
    private final ExecutorService threads = Executors.newCachedThreadPool(work -> {
        Thread thread = new Thread(work, "faulty-wire");
        thread.setDaemon(true);
        return thread;
    });
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final List<Planned> planned = new ArrayList<>();
    private final Map<Integer, Fault> plannedByIndex = new HashMap<>();
    private final List<String> heads = new ArrayList<>();
    private Optional<Planned> lasting = Optional.empty();
    private int lastingHits;

    /** What is done to one request. */
    public sealed interface Fault {
        /** An answer that the server never gave. */
        record Answer(String text) implements Fault {}

        /** The server's answer ends after so many bytes of content, politely or with a reset. */
        record CutAnswer(int contentBytes, Ending ending) implements Fault {}

        /** The server's answer ends in the middle of its content, or of its head where it has none. */
        record HalvedAnswer(Ending ending) implements Fault {}

        /** The content of the server's answer has another byte at so many hundredths of its length. */
        record FlippedAnswer(int percent) implements Fault {}

        /** The connection is reset once the request was read; the server never sees it. */
        record Reset() implements Fault {}

        /** The server does what it was asked, and nobody hears of it. */
        record LostAnswer() implements Fault {}

        /** Nothing comes back, and nothing more is read, until the wire is closed. */
        record Silence() implements Fault {}

        /** The request is read, the server never sees it, and nothing comes back until the wire is closed. */
        record NoAnswer() implements Fault {}

        /** The content of the server's answer comes byte by byte, each after a pause, until somebody hangs up. */
        record TrickledAnswer(Duration pause) implements Fault {}

        /** The first byte of the request's content is another one. */
        record FlippedContent() implements Fault {}
    }

    /** How a connection ends. */
    public enum Ending {
        CLOSED,
        RESET
    }

    private record Planned(String requestLine, Fault fault) {
        boolean meets(String line) {
            return java.util.regex.Pattern.compile(requestLine).matcher(line).find();
        }
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Request(String head, byte[] content) {}

    private FaultyWire(URI server) throws IOException {
        this.server = server;
        this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        threads.execute(this::accept);
    }

    /** Opens a wire to a server. */
    public static FaultyWire to(URI server) {
        try {
            return new FaultyWire(server);
        } catch (IOException e) {
            throw new AssertionError("cannot listen on the loopback address", e);
        }
    }

    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + listener.getLocalPort());
    }

    /**
     * Breaks one request more.
     *
     * @param requestLine a regular expression for a part of it, such as {@code ^PUT .*partNumber=2}
     */
    public synchronized void breakNext(String requestLine, Fault fault) {
        planned.add(new Planned(requestLine, fault));
    }

    /** Breaks every request that {@link #breakNext} has nothing for, until it is mended. */
    public synchronized void breakEvery(String requestLine, Fault fault) {
        lasting = Optional.of(new Planned(requestLine, fault));
        lastingHits = 0;
    }

    /** Ends {@link #breakEvery}, and fails the test if no request has met it. */
    public synchronized void mend() {
        if (lastingHits == 0) {
            throw new AssertionError("never hit: " + lasting);
        }
        lasting = Optional.empty();
    }

    /** Breaks the request that will stand at this place of {@link #heads}. */
    public synchronized void breakRequest(int index, Fault fault) {
        if (index < heads.size()) {
            throw new IllegalArgumentException("request " + index + " of " + heads.size() + " has been answered");
        }
        plannedByIndex.put(index, fault);
    }

    /** An error as S3 writes it, with further headers, each with its end of line. */
    public static Fault.Answer error(String status, String code, String headers) {
        String body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>" + code
                + "</Code><Message>made by a test" + "</Message></Error>";
        return new Fault.Answer("HTTP/1.1 " + status + "\r\nContent-Type: application/xml\r\nContent-Length: "
                + body.length() + "\r\nConnection: close\r\n" + headers + "\r\n" + body);
    }

    /** Fails the test if a fault was planned and never met. */
    public synchronized void requireAllHit() {
        if (!planned.isEmpty() || !plannedByIndex.isEmpty()) {
            throw new AssertionError("never hit: " + planned + " " + plannedByIndex);
        }
    }

    /** The heads of all requests so far, each from the request line to the last header. */
    public synchronized List<String> heads() {
        return List.copyOf(heads);
    }

    private synchronized Optional<Fault> next(String head) {
        Fault ofIndex = plannedByIndex.remove(heads.size());
        heads.add(head);
        if (ofIndex != null) {
            return Optional.of(ofIndex);
        }
        String requestLine = head.lines().findFirst().orElse("");
        for (Planned plan : planned) {
            if (plan.meets(requestLine)) {
                planned.remove(plan);
                return Optional.of(plan.fault());
            }
        }
        Optional<Fault> every = lasting.filter(plan -> plan.meets(requestLine)).map(Planned::fault);
        lastingHits += every.isPresent() ? 1 : 0;
        return every;
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                open.add(client);
                threads.execute(() -> serve(client));
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private void serve(Socket client) {
        boolean keepsOpen = false;
        try {
            String head = head(client.getInputStream());
            Optional<Fault> fault = next(head);
            if (fault.isPresent() && fault.get() instanceof Fault.Silence) {
                keepsOpen = true;
            } else if (fault.isPresent() && fault.get() instanceof Fault.Answer answer) {
                content(client, head);
                client.getOutputStream().write(answer.text().getBytes(StandardCharsets.UTF_8));
            } else if (fault.isPresent() && fault.get() instanceof Fault.NoAnswer) {
                keepsOpen = true;
                content(client, head);
            } else if (fault.isPresent() && fault.get() instanceof Fault.Reset) {
                content(client, head);
                end(client, Ending.RESET);
            } else {
                pass(client, new Request(head, content(client, head)), fault);
            }
        } catch (IOException e) {
            // the client has gone, which is its right
        } finally {
            if (!keepsOpen) {
                close(client);
            }
        }
    }

    private void pass(Socket client, Request request, Optional<Fault> fault) throws IOException {
        byte[] content = request.content();
        if (fault.isPresent() && fault.get() instanceof Fault.FlippedContent) {
            content[0] ^= 1;
        }
        byte[] answer = ask(request);
        if (fault.isPresent() && fault.get() instanceof Fault.LostAnswer) {
            return;
        }
        OutputStream out = client.getOutputStream();
        int begin = contentBegin(answer);
        if (fault.isPresent() && fault.get() instanceof Fault.CutAnswer cut) {
            out.write(answer, 0, begin + cut.contentBytes());
            end(client, cut.ending());
        } else if (fault.isPresent() && fault.get() instanceof Fault.HalvedAnswer halved) {
            out.write(answer, 0, begin < answer.length ? (begin + answer.length) / 2 : begin / 2);
            end(client, halved.ending());
        } else if (fault.isPresent() && fault.get() instanceof Fault.TrickledAnswer trickled) {
            trickle(client, answer, trickled.pause());
        } else {
            if (fault.isPresent() && fault.get() instanceof Fault.FlippedAnswer flipped) {
                answer[begin + (int) ((answer.length - 1L - begin) * flipped.percent() / 100)] ^= 1;
            }
            out.write(answer);
        }
    }

    private static int contentBegin(byte[] answer) {
        return new String(answer, StandardCharsets.ISO_8859_1).indexOf("\r\n\r\n") + 4;
    }

    /** Says how the connection is to be closed. */
    private static void end(Socket client, Ending ending) throws IOException {
        client.getOutputStream().flush();
        if (ending == Ending.RESET) {
            client.setSoLinger(true, 0);
        }
    }

    private static void trickle(Socket client, byte[] answer, Duration pause) throws IOException {
        int begin = contentBegin(answer);
        client.getOutputStream().write(answer, 0, begin);
        for (int i = begin; i < answer.length; i++) {
            LockSupport.parkNanos(pause.toNanos());
            client.getOutputStream().write(answer[i]);
        }
    }

    private byte[] ask(Request request) throws IOException {
        try (Socket upstream = new Socket(server.getHost(), server.getPort())) {
            String head = request.head()
                    .replaceAll("(?im)^(Connection|Expect):.*\r\n", "")
                    .replaceFirst("\r\n\r\n$", "\r\nConnection: close\r\n\r\n");
            upstream.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
            upstream.getOutputStream().write(request.content());
            return upstream.getInputStream().readAllBytes();
        }
    }

    private static String head(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        byte[] end = {'\r', '\n', '\r', '\n'};
        byte[] last = new byte[4];
        while (!Arrays.equals(last, end)) {
            int read = in.read();
            if (read < 0) {
                throw new IOException("the client has gone");
            }
            head.write(read);
            System.arraycopy(last, 1, last, 0, 3);
            last[3] = (byte) read;
        }
        return head.toString(StandardCharsets.ISO_8859_1);
    }

    private static byte[] content(Socket client, String head) throws IOException {
        if (head.toLowerCase(java.util.Locale.ROOT).contains("\r\nexpect: 100-continue\r\n")) {
            client.getOutputStream().write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
        }
        int length = head.lines()
                .filter(line -> line.regionMatches(true, 0, "Content-Length:", 0, 15))
                .mapToInt(line -> Integer.parseInt(line.substring(15).strip()))
                .findFirst()
                .orElse(0);
        return client.getInputStream().readNBytes(length);
    }

    private void close(Socket socket) {
        open.remove(socket);
        try {
            socket.close();
        } catch (IOException e) {
            throw new AssertionError("cannot close a socket", e);
        }
    }

    /** Ends all connections, the silent ones as well; new ones are taken. */
    public void hangUp() {
        List.copyOf(open).forEach(this::close);
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException e) {
            throw new AssertionError("cannot stop listening", e);
        }
        hangUp();
        threads.shutdownNow();
    }
}
