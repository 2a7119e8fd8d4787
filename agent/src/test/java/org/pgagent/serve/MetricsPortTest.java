package org.pgagent.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MetricsPortTest {
    private static final int TICKS_MAX = 100;

    private static boolean answers(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void a_port_that_is_taken_is_had_once_it_is_free() throws IOException {
        ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        int number = other.getLocalPort();
        try (MetricsPort port = new MetricsPort(Optional.of(number), List.of())) {
            port.tick();
            other.close();
            assertThat(answers(number)).isFalse();

            for (int i = 0; i < TICKS_MAX; i++) {
                port.tick();
            }

            assertThat(answers(number)).isTrue();
        }
        assertThat(answers(number)).isFalse();
    }
}
