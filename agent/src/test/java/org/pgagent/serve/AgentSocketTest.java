package org.pgagent.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.util.Collections;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.Await;
import org.pgagent.kit.CapturedLog;
import org.pgagent.kit.ScratchDirectory;
import org.pgagent.kit.SomebodyElses;

/** Whom the two sides of the socket believe. This process plays the other user: whoever is asked for is not who it is. */
@Timeout(20)
class AgentSocketTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final byte[] REQUEST =
            AgentRequest.plain(AgentRequest.Verb.STATUS).toFrame();

    private final ScratchDirectory scratch = ScratchDirectory.create();
    private AgentDirectory directory;
    private UserPrincipal self;
    private UserPrincipal other;

    @BeforeEach
    void makeDataDirectory() throws IOException {
        directory = new AgentDirectory(Files.createDirectory(scratch.resolve("data")));
        Files.createDirectory(directory.walDirectory());
        self = directory.prepare();
        other = SomebodyElses.user();
    }

    @AfterEach
    void clear() {
        scratch.close();
    }

    private SocketChannel call() throws IOException {
        return SocketChannel.open(UnixDomainSocketAddress.of(directory.socket()));
    }

    private void assertRefused(ThrowingCallable believing) {
        assertThatThrownBy(believing)
                .isInstanceOfSatisfying(
                        PgAgentException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.WRONG_OWNER))
                .hasMessageContaining("belongs to " + self.getName() + ", not to " + other.getName());
    }

    /** Whether the other side has ended the connection, with nothing said. */
    private static boolean isEnded(SocketChannel channel) {
        try {
            return channel.read(ByteBuffer.allocate(1)) < 0;
        } catch (IOException e) {
            return true; // it was ended with something of ours unread
        }
    }

    @Test
    void both_sides_believe_a_process_of_the_same_user() throws IOException {
        try (AgentSocket socket = AgentSocket.listen(directory, self);
                SocketChannel caller = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            AgentSocket.connect(caller, directory, self);
            AgentSocket.send(caller, REQUEST);

            try (SocketChannel taken = socket.accept()) {
                assertThat(AgentRequest.read(Channels.newInputStream(taken)).verb())
                        .isEqualTo(AgentRequest.Verb.STATUS);
            }
        }
    }

    @Test
    void a_caller_of_another_user_is_refused_and_its_connection_closed_each_time() throws IOException {
        try (AgentSocket socket = AgentSocket.listen(directory, other)) {
            for (int i = 0; i < 3; i++) {
                try (SocketChannel caller = call()) {
                    caller.write(ByteBuffer.wrap(REQUEST));

                    assertRefused(socket::accept);

                    assertThat(isEnded(caller)).isTrue();
                }
            }
            assertThat(socket.stillThere()).isTrue();
        }
    }

    @Test
    void callers_of_another_user_are_not_served_and_keep_no_place_from_the_next_one() throws IOException {
        String line = "WARN a caller was turned away: the process at the other end of the agent's socket belongs to "
                + self.getName() + ", not to " + other.getName();
        int callersCount = Callers.CALLERS_MAX + 1;
        try (CapturedLog log = CapturedLog.of(Callers.class);
                Callers callers = new Callers(AgentSocket.listen(directory, other), request -> {
                    throw new AssertionError("another user's request came to the desk");
                })) {
            callers.start();
            for (int i = 0; i < callersCount; i++) {
                try (SocketChannel caller = call()) {
                    assertThat(isEnded(caller)).isTrue();
                }
            }

            Await.until("the last one is told of", LIMIT, () -> log.lines().size() == callersCount);
            assertThat(log.lines()).isEqualTo(Collections.nCopies(callersCount, line));
            assertThat(callers.takesCallers()).isTrue();
            assertThat(callers.idle()).isPositive();
        }
    }

    @Test
    void a_client_refuses_an_agent_of_another_user() throws IOException {
        try (ServerSocketChannel agent = agent();
                SocketChannel caller = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            assertThat(agent.isOpen()).isTrue();

            assertRefused(() -> AgentSocket.connect(caller, directory, other));
        }
    }

    @Test
    void a_client_sends_no_byte_to_an_agent_of_another_user() throws IOException {
        try (ServerSocketChannel agent = agent()) {
            AgentClient.askToLeave(directory, other, LIMIT);

            try (SocketChannel taken = agent.accept()) {
                assertThat(Channels.newInputStream(taken).readAllBytes()).isEmpty();
            }
        }
    }

    @Test
    void a_client_asks_an_agent_of_its_own_user() throws IOException {
        try (ServerSocketChannel agent = agent()) {
            AgentClient.askToLeave(directory, self, Duration.ofMillis(300));

            try (SocketChannel taken = agent.accept()) {
                assertThat(Channels.newInputStream(taken).readAllBytes())
                        .isEqualTo(AgentRequest.plain(AgentRequest.Verb.LEAVE).toFrame());
            }
        }
    }

    /** One that nobody has looked at: whoever may open the socket can listen there. */
    private ServerSocketChannel agent() throws IOException {
        ServerSocketChannel agent = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        agent.bind(UnixDomainSocketAddress.of(directory.socket()));
        return agent;
    }
}
