package org.pgagent.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.ScratchDirectory;

/** A client and a peer that is no agent, or one that has lost its head. */
@Timeout(20)
class AgentClientTest {
    private static final Duration SOON = Duration.ofMillis(100);
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final ScratchDirectory scratch = ScratchDirectory.create();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<SocketChannel> held = new CopyOnWriteArrayList<>();
    private AgentDirectory directory;
    private UserPrincipal self;
    private ServerSocketChannel peer;

    @BeforeEach
    void listen() throws IOException {
        directory = new AgentDirectory(Files.createDirectory(scratch.resolve("data")));
        Files.createDirectory(directory.walDirectory());
        self = directory.prepare();
        peer = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        peer.bind(UnixDomainSocketAddress.of(directory.socket()), 1);
    }

    @AfterEach
    void stop() throws IOException, InterruptedException {
        peer.close();
        for (SocketChannel channel : held) {
            channel.close();
        }
        threads.shutdown();
        assertThat(threads.awaitTermination(LIMIT.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
        scratch.close();
    }

    /** What the peer says, and whether it leaves the connection open then. */
    private enum Nonsense {
        NOTHING(false),
        NOTHING_AND_GOES(true),
        HALF_A_LENGTH(true, 0, 0),
        HALF_A_FRAME(false, 0, 0, 0, 9, 1, 1, 0),
        HALF_A_FRAME_AND_GOES(true, 0, 0, 0, 9, 1, 1, 0),
        ALWAYS_WORKING(false, 0, 0, 0, 2, 1, 0, 0, 0, 0, 2, 1, 0),
        GARBAGE(false, 'H', 'T', 'T', 'P'),
        TOO_LONG(false, 0, 1, 0, 1),
        LONGER_THAN_ARRAYS(false, 0xFF, 0xFF, 0xFF, 0xFF),
        EMPTY(false, 0, 0, 0, 0),
        OTHER_VERSION(false, 0, 0, 0, 2, 2, 0),
        UNKNOWN_KIND(false, 0, 0, 0, 2, 1, 7),
        TEXT_LONGER_THAN_FRAME(false, 0, 0, 0, 5, 1, 1, 0, 0, 9),
        BYTES_BEHIND_THE_TEXT(false, 0, 0, 0, 6, 1, 1, 0, 0, 0, 9);

        private final boolean goes;
        private final String bytes;

        Nonsense(boolean goes, int... bytes) {
            this.goes = goes;
            this.bytes = new String(bytes, 0, bytes.length);
        }

        byte[] said() {
            return bytes.getBytes(StandardCharsets.ISO_8859_1);
        }
    }

    private void says(byte[] bytes, boolean goes) {
        threads.execute(() -> {
            try {
                SocketChannel caller = peer.accept();
                held.add(caller);
                AgentRequest.read(Channels.newInputStream(caller));
                caller.write(ByteBuffer.wrap(bytes));
                if (goes) {
                    caller.close();
                }
            } catch (IOException e) {
                throw new AssertionError("nobody listened to the peer", e);
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void whatever_a_peer_does_the_status_is_a_failure_in_time(Nonsense nonsense) {
        says(nonsense.said(), nonsense.goes);

        assertThatThrownBy(() -> AgentClient.status(directory, SOON))
                .isInstanceOfSatisfying(PgAgentException.class, e -> {
                    assertThat(e.kind()).isEqualTo(ErrorKind.LOCAL_IO);
                    assertThat(e).hasMessageContaining(" does not answer: ").hasMessageNotContaining("null");
                });
    }

    @ParameterizedTest
    @EnumSource
    void whatever_a_peer_does_being_asked_to_leave_holds_nobody(Nonsense nonsense) {
        says(nonsense.said(), nonsense.goes);

        assertThatCode(() -> AgentClient.askToLeave(directory, self, SOON)).doesNotThrowAnyException();
    }

    @Test
    void a_peer_that_never_accepts_is_given_up() {
        assertThatThrownBy(() -> AgentClient.status(directory, SOON))
                .hasCauseInstanceOf(AsynchronousCloseException.class);
    }

    @Test
    void a_peer_whose_queue_is_full_is_given_up() throws IOException {
        fillQueue();

        assertThatThrownBy(() -> AgentClient.status(directory, SOON))
                .hasCauseInstanceOf(AsynchronousCloseException.class);
    }

    /** As an agent that was stopped and whose callers have come and gone. */
    private void fillQueue() throws IOException {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(directory.socket());
        boolean connected = true;
        while (connected) {
            SocketChannel caller = SocketChannel.open(StandardProtocolFamily.UNIX);
            held.add(caller);
            caller.configureBlocking(false);
            try {
                connected = caller.connect(address);
            } catch (IOException e) {
                connected = false;
            }
        }
    }

    @Test
    void an_answer_in_pieces_is_an_answer() {
        says(new AgentAnswer.Done(0, "{}").toFrame(), false);

        assertThatCode(() -> assertThat(AgentClient.status(directory)).isEqualTo(Optional.of("{}")))
                .doesNotThrowAnyException();
    }

    @Test
    void an_agent_that_cannot_tell_its_status_is_no_status() {
        says(new AgentAnswer.Done(30, "pgagent: error: no such file\nhint: Look.\n").toFrame(), false);

        assertThatThrownBy(() -> AgentClient.status(directory)).hasMessageContaining("no such file");
    }
}
