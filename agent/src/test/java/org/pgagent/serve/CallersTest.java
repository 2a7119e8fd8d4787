package org.pgagent.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.pgagent.kit.Await;
import org.pgagent.kit.CapturedLog;
import org.pgagent.kit.ScarceThreads;
import org.pgagent.kit.ScratchDirectory;
import org.pgagent.serve.AgentRequest.Verb;
import org.pgagent.serve.Callers.Deadlines;

/** Callers when the machine is in trouble, and when the socket is. */
@Timeout(20)
class CallersTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final AgentRequest PUSH =
            new AgentRequest(Verb.WAL_PUSH, List.of("/data/pg_wal/x"), List.of(), List.of());
    private static final AgentAnswer ANSWER = new AgentAnswer.Done(0, "");
    private static final Duration SHORT = Duration.ofMillis(50);

    private final ScratchDirectory scratch = ScratchDirectory.create();
    private final ScarceThreads threads = new ScarceThreads("caller");
    private final CountDownLatch release = new CountDownLatch(1);
    private final CountDownLatch begun = new CountDownLatch(1);
    private AgentDirectory directory;
    private Callers callers;

    @BeforeEach
    void begin() throws IOException {
        directory = new AgentDirectory(Files.createDirectory(scratch.resolve("data")));
        Files.createDirectory(directory.walDirectory());
    }

    @AfterEach
    void end() throws IOException {
        release.countDown();
        callers.close();
        scratch.close();
    }

    private void take(RequestDesk desk) throws IOException {
        take(desk, new Deadlines(LIMIT, LIMIT, SHORT));
    }

    private void take(RequestDesk desk, Deadlines deadlines) throws IOException {
        AgentSocket socket = AgentSocket.listen(directory, directory.prepare());
        callers = new Callers(socket, desk, threads, deadlines);
        callers.start();
    }

    private SocketChannel connect() throws IOException {
        SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(directory.socket()));
        channel.write(ByteBuffer.wrap(PUSH.toFrame()));
        return channel;
    }

    private AgentAnswer ask() throws IOException {
        try (SocketChannel channel = connect()) {
            return AgentAnswer.read(Channels.newInputStream(channel));
        }
    }

    private AgentAnswer hold(AgentRequest request) {
        begun.countDown();
        try {
            assertThat(release.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        return ANSWER;
    }

    @Test
    void a_caller_for_whom_no_thread_can_be_made_hears_it_at_once_and_is_not_counted() throws IOException {
        threads.allow(0);
        take(request -> ANSWER);

        assertThat(hearsNothing()).isTrue();
        threads.allowAny();

        assertThat(ask()).isEqualTo(ANSWER);
        Await.until("nobody is served", LIMIT, () -> !callers.idle().isZero());
        assertThat(callers.takesCallers()).isTrue();
    }

    /** Whether the connection ends without an answer; closed with a request unread or unwritten, it is a broken one. */
    private boolean hearsNothing() {
        try (SocketChannel channel = connect();
                InputStream in = Channels.newInputStream(channel)) {
            return in.read() < 0;
        } catch (IOException e) {
            return true;
        }
    }

    @Test
    void callers_for_whom_no_thread_can_be_made_keep_no_place() throws IOException {
        threads.allow(0);
        take(request -> ANSWER);
        for (int i = 0; i < Callers.CALLERS_MAX; i++) {
            assertThat(hearsNothing()).isTrue();
        }
        threads.allowAny();

        assertThat(ask()).isEqualTo(ANSWER);
    }

    @Test
    void an_error_of_the_desk_ends_its_request_alone() throws IOException {
        AtomicInteger requests = new AtomicInteger();
        take(request -> {
            if (requests.getAndIncrement() == 0) {
                throw new OutOfMemoryError("a test makes no thread");
            }
            return ANSWER;
        });
        assertThat(hearsNothing()).isTrue();

        assertThat(ask()).isEqualTo(ANSWER);
        Await.until("nobody is served", LIMIT, () -> !callers.idle().isZero());
    }

    @Test
    void a_stuck_request_does_not_hold_the_end() throws Exception {
        take(this::hold);
        try (SocketChannel channel = connect()) {
            assertThat(begun.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();

            callers.close();

            assertThat(channel.isOpen()).isTrue();
            assertThat(release.getCount()).isOne();
        }
    }

    @Test
    void one_who_does_not_read_keeps_nobody_waiting() throws Exception {
        take(this::hold, new Deadlines(LIMIT, Duration.ofMillis(4), SHORT));
        try (SocketChannel deaf = connect();
                SocketChannel listener = connect();
                InputStream in = Channels.newInputStream(listener);
                CapturedLog log = CapturedLog.of(Caller.class)) {
            AgentAnswer working = new AgentAnswer.Working();
            while (log.lines().isEmpty()) { // until the deaf one's connection is full
                assertThat(AgentAnswer.read(in)).isEqualTo(working);
            }
            assertThat(AgentAnswer.read(in)).isEqualTo(working);
            release.countDown();

            assertThat(AgentAnswer.readLast(in)).isEqualTo(ANSWER);
            assertThat(log.lines()).containsExactly("WARN a caller does not read what it is told, it is given up");
            assertThatThrownBy(() -> AgentAnswer.readLast(Channels.newInputStream(deaf)))
                    .isInstanceOf(IOException.class);
        }
        Await.until("nobody is served", LIMIT, () -> !callers.idle().isZero());
    }

    @Test
    void a_socket_that_is_gone_takes_no_callers() throws IOException {
        take(request -> ANSWER);
        assertThat(callers.takesCallers()).isTrue();

        Files.delete(directory.socket());

        assertThat(callers.takesCallers()).isFalse();
    }

    @Test
    void a_socket_that_is_another_ones_takes_no_callers_and_stays() throws IOException {
        take(request -> ANSWER);
        Files.delete(directory.socket());
        try (AgentSocket other = AgentSocket.listen(directory, directory.prepare())) {
            assertThat(callers.takesCallers()).isFalse();

            callers.close();

            assertThat(other.stillThere()).isTrue();
        }
        assertThat(directory.socket()).doesNotExist();
    }
}
