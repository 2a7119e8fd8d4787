package org.pgagent.postgres.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.pgagent.kit.Await;

final class UnixSocketTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private Path socketFile;
    private ServerSocketChannel server;
    private Socket socket;
    private SocketChannel peer;

    @BeforeEach
    void connect() throws IOException {
        socketFile = Files.createTempDirectory("pgagent-").resolve("socket");
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(socketFile));
        socket = new UnixSocketFactory(socketFile.toString()).createSocket();
        socket.connect(InetSocketAddress.createUnresolved("localhost", 5432), 1000);
        peer = server.accept();
    }

    @AfterEach
    void disconnect() throws IOException {
        socket.close();
        peer.close();
        server.close();
        Files.deleteIfExists(socketFile);
        Files.delete(socketFile.getParent());
    }

    @Test
    void carries_more_than_any_buffer_holds_both_ways() throws Exception {
        byte[] sent = new byte[4 << 20];
        new Random(1).nextBytes(sent);
        CompletableFuture<byte[]> echoed = CompletableFuture.supplyAsync(() -> {
            try {
                OutputStream out = Channels.newOutputStream(peer);
                byte[] received = Channels.newInputStream(peer).readNBytes(sent.length);
                out.write(received);
                peer.shutdownOutput();
                return received;
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        socket.getOutputStream().write(sent);
        InputStream in = socket.getInputStream();
        assertThat(in.read()).isEqualTo(sent[0] & 0xFF);
        assertThat(in.readAllBytes()).hasSize(sent.length - 1).endsWith(sent[sent.length - 1]);
        assertThat(echoed.get(LIMIT.toSeconds(), TimeUnit.SECONDS)).isEqualTo(sent);
    }

    @Test
    void a_read_ends_at_its_time_limit_and_can_be_repeated() throws IOException {
        socket.setSoTimeout(50);
        assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
        Channels.newOutputStream(peer).write(7);
        assertThat(socket.getInputStream().read()).isEqualTo(7);
    }

    @Test
    void closing_ends_a_read_of_another_thread() throws IOException, InterruptedException {
        AtomicReference<Exception> ended = new AtomicReference<>();
        Thread reader = startReader(ended);
        socket.close();
        assertThat(socket.isClosed()).isTrue();
        reader.join(LIMIT.toMillis());
        assertThat(ended.get()).isInstanceOf(IOException.class);
    }

    @Test
    void interrupting_a_read_ends_it_and_closes_the_socket() throws InterruptedException {
        AtomicReference<Exception> ended = new AtomicReference<>();
        Thread reader = startReader(ended);
        reader.interrupt();
        reader.join(LIMIT.toMillis());
        assertThat(ended.get()).isInstanceOf(ClosedByInterruptException.class);
        assertThat(socket.isClosed()).isTrue();
    }

    private Thread startReader(AtomicReference<Exception> ended) {
        Thread reader = new Thread(
                () -> {
                    try {
                        socket.getInputStream().read();
                    } catch (IOException e) {
                        ended.set(e);
                    }
                },
                "reader");
        reader.start();
        Await.until(
                "the thread waits for bytes",
                LIMIT,
                () -> Arrays.stream(reader.getStackTrace())
                        .anyMatch(frame -> frame.getMethodName().equals("select")));
        return reader;
    }

    @Test
    void says_why_it_cannot_connect() throws IOException {
        Socket nowhere = new UnixSocketFactory(socketFile + "-not-there").createSocket();
        assertThatThrownBy(() -> nowhere.connect(InetSocketAddress.createUnresolved("localhost", 1)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("No such file");
        assertThat(nowhere.isConnected()).isFalse();
        nowhere.close();
    }
}
