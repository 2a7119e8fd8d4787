package org.pgagent.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.pgagent.kit.ScratchDirectory;
import org.pgagent.serve.AgentRequest.Verb;

/** One caller who reads what it is told, or does not. */
@Timeout(20)
class CallerTest {
    /** The smallest that Linux takes is some KiB. */
    private static final int BUFFER_BYTES = 4_096;

    private static final AgentAnswer LONG_ANSWER = new AgentAnswer.Done(1, "x".repeat(16_000));

    private final ScratchDirectory scratch = ScratchDirectory.create();
    private SocketChannel program;
    private SocketChannel accepted;
    private Caller caller;

    @BeforeEach
    void connect() throws IOException {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(scratch.resolve("socket"));
        try (ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            socket.bind(address);
            program = SocketChannel.open(address);
            accepted = socket.accept();
            accepted.setOption(StandardSocketOptions.SO_SNDBUF, BUFFER_BYTES);
            caller = new Caller(accepted);
        }
    }

    @AfterEach
    void end() throws IOException {
        caller.close();
        program.close();
        scratch.close();
    }

    private AgentAnswer heard() throws IOException {
        return AgentAnswer.read(Channels.newInputStream(program));
    }

    @Test
    void a_request_is_called_under_way_and_answered() throws IOException {
        AgentSocket.send(program, AgentRequest.plain(Verb.STATUS).toFrame());
        assertThat(caller.read()).isEqualTo(AgentRequest.plain(Verb.STATUS));
        caller.begin();
        caller.working();
        caller.answer(new AgentAnswer.Leaving());

        assertThat(heard()).isEqualTo(new AgentAnswer.Working());
        assertThat(heard()).isEqualTo(new AgentAnswer.Leaving());
    }

    @Test
    void nothing_follows_an_answer() throws IOException {
        caller.begin();
        caller.answer(new AgentAnswer.Leaving());

        caller.working();
        caller.close();

        assertThat(heard()).isEqualTo(new AgentAnswer.Leaving());
        assertThat(Channels.newInputStream(program).read()).isNegative();
    }

    @Test
    void one_who_does_not_read_is_given_up() throws IOException {
        caller.begin();

        for (int i = 0; i < BUFFER_BYTES; i++) {
            caller.working();
        }

        assertThatThrownBy(() -> caller.answer(new AgentAnswer.Leaving())).isInstanceOf(IOException.class);
    }

    @Test
    void a_slow_one_gets_the_whole_answer() throws Exception {
        caller.begin();
        FutureTask<Void> answering = answering();

        AgentAnswer heard = heard();

        assertThat(heard).isEqualTo(LONG_ANSWER);
        answering.get();
    }

    @Test
    void one_who_takes_no_answer_is_waited_for_until_it_is_given_up() throws Exception {
        caller.begin();
        FutureTask<Void> answering = answering();
        assertThat(program.read(ByteBuffer.allocate(1))).isOne();
        assertThat(answering.isDone()).isFalse();
        assertThat(accepted.isBlocking()).isTrue();

        caller.close();

        assertThatThrownBy(answering::get).hasCauseInstanceOf(IOException.class);
    }

    private FutureTask<Void> answering() {
        FutureTask<Void> answering = new FutureTask<>(() -> {
            caller.answer(LONG_ANSWER);
            return null;
        });
        new Thread(answering, "answering").start();
        return answering;
    }
}
