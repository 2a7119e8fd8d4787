package org.pgagent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.pgagent.command.Console;
import org.pgagent.command.OpenStore;
import org.pgagent.config.Settings;
import org.pgagent.config.SettingsReader;
import org.pgagent.error.Cancellation;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.storage.ObjectKey;

final class WiringTest {
    private static final Path NO_FILE = Path.of("/nonexistent");

    private final Cancellation cancellation = new Cancellation();
    private final Wiring wiring = new Wiring(Map.of(), NO_FILE, Console.ofProcess(Map.of()), cancellation);
    private Settings settings;

    @BeforeEach
    void nameAStoreThatIsAway() throws IOException {
        System.setProperty("aws.accessKeyId", "of-a-test");
        System.setProperty("aws.secretAccessKey", "of-a-test");
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Map<String, String> environment = Map.of(
                "PGAGENT_BUCKET", "s3://backups",
                "PGAGENT_ENDPOINT", "http://127.0.0.1:" + port,
                "PGAGENT_REGION", "us-east-1",
                "PGAGENT_RETRIES", "1");
        settings = new SettingsReader(environment, NO_FILE).read(Map.of(), Optional.empty());
    }

    @AfterEach
    void forgetTheKey() {
        System.clearProperty("aws.accessKeyId");
        System.clearProperty("aws.secretAccessKey");
    }

    private static ErrorKind failure(OpenStore opened) {
        try (opened) {
            return Assertions.catchThrowableOfType(
                            PgAgentException.class, () -> opened.store().head(new ObjectKey("main/cluster.json")))
                    .kind();
        }
    }

    /** PostgreSQL would take a status of the agent's that tells of a signal for its own shutdown. */
    @Test
    void a_signal_ends_the_waits_of_a_command_and_none_of_the_agent() throws IOException {
        cancellation.request();

        assertThat(failure(wiring.openStore(settings))).isEqualTo(ErrorKind.INTERRUPTED);
        assertThat(failure(wiring.openServedStore(settings))).isEqualTo(ErrorKind.STORE_UNREACHABLE);
    }
}
