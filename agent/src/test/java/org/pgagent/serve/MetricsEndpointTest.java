package org.pgagent.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.pgagent.error.PgAgentException;
import org.pgagent.serve.MetricsEndpoint.Kind;
import org.pgagent.serve.MetricsEndpoint.Metric;

class MetricsEndpointTest {
    private static final List<Metric> METRICS = List.of(
            new Metric(Kind.COUNTER, "pgagent_archived_files", "Files.", () -> 7),
            new Metric(Kind.GAUGE, "pgagent_waiting_files", "Waiting.", () -> 3.5));

    private static String page(int port) throws IOException {
        URI page = URI.create("http://127.0.0.1:" + port + "/metrics");
        try (var in = page.toURL().openStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void prometheus_finds_the_numbers_in_its_text_format() throws IOException {
        try (MetricsEndpoint metrics = MetricsEndpoint.open(0, METRICS)) {
            assertThat(page(metrics.port()))
                    .contains("# TYPE pgagent_archived_files_total counter\n", "\npgagent_archived_files_total 7.0\n")
                    .contains("# TYPE pgagent_waiting_files gauge\n", "\npgagent_waiting_files 3.5\n");
        }
    }

    /** The whole of 127.0.0.0/8 is this host, so whoever listens at every address listens at that one, too. */
    @Test
    void nobody_hears_them_but_at_the_loopback_address() throws IOException {
        try (MetricsEndpoint metrics = MetricsEndpoint.open(0, METRICS);
                Socket caller = new Socket()) {
            assertThatThrownBy(() -> caller.connect(new InetSocketAddress("127.0.0.2", metrics.port())))
                    .isInstanceOf(ConnectException.class);
        }
    }

    @Test
    void a_port_that_is_taken_is_named() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> MetricsEndpoint.open(taken.getLocalPort(), METRICS))
                    .isInstanceOf(PgAgentException.class)
                    .hasMessageContaining("port " + taken.getLocalPort());
        }
    }
}
