package org.pgagent.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgagent.wal.SampleServer.segment;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.pgagent.kit.Await;
import org.pgagent.kit.MemoryObjectStore;
import org.pgagent.kit.ScratchDirectory;
import org.pgagent.serve.AgentAnswer;
import org.pgagent.wal.SampleServer;

/** What an agent can do without. */
class ServeCommandTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final ScratchDirectory scratch = ScratchDirectory.create();
    private SampleServer server;
    private ServedStores agent;

    @BeforeEach
    void makeServer() throws IOException {
        server = new SampleServer(scratch.resolve("data")).checkpointIn(segment(10));
        agent = new ServedStores(server.dataDirectory());
        agent.put("main", new MemoryObjectStore());
    }

    @AfterEach
    void end() {
        agent.close();
        scratch.close();
    }

    private void requireStores(int number) throws IOException {
        Path file = server.handOver(segment(number));
        assertThat(agent.caller("main").push(file)).isEqualTo(new AgentAnswer.Done(Verb.SUCCESS, ""));
    }

    private static boolean metricsCount(int port, String files) {
        try (var in =
                URI.create("http://127.0.0.1:" + port + "/metrics").toURL().openStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .contains("\npgagent_archived_files_total " + files + "\n");
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void a_taken_port_does_not_stop_archiving_and_metrics_appear_when_it_is_free() throws IOException {
        int port;
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = other.getLocalPort();
            agent.serve("--metrics-port=" + port);
            requireStores(3);
        }

        Await.until("metrics are served", LIMIT, () -> metricsCount(port, "1.0"));
        requireStores(4);
    }
}
