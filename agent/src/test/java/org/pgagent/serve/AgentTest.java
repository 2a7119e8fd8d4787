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
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgagent.error.Cancellation;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.Await;
import org.pgagent.kit.ScratchDirectory;
import org.pgagent.kit.SomebodyElses;
import org.pgagent.serve.AgentRequest.Verb;

class AgentTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final AgentRequest PUSH =
            new AgentRequest(Verb.WAL_PUSH, List.of("/data/pg_wal/x"), List.of(), List.of());

    private final ScratchDirectory scratch = ScratchDirectory.create();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Cancellation cancellation = new Cancellation();
    private final List<Cancellation> all = new ArrayList<>(List.of(cancellation));
    private AgentDirectory directory;

    @BeforeEach
    void makeDataDirectory() throws IOException {
        Path dataDirectory = Files.createDirectory(scratch.resolve("data"));
        Files.createDirectory(dataDirectory.resolve("pg_wal"));
        directory = new AgentDirectory(dataDirectory);
    }

    @AfterEach
    void stop() throws InterruptedException {
        all.forEach(Cancellation::request);
        threads.shutdown();
        assertThat(threads.awaitTermination(LIMIT.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
        scratch.close();
    }

    /** A desk as the work of an agent. */
    private record Work(RequestDesk desk) implements Agent.Work {
        @Override
        public void tick() {
            // nothing else to do
        }

        @Override
        public String remaining() {
            return "";
        }

        @Override
        public void close() {
            // nothing is held
        }
    }

    private Future<Void> start(Lifetime lifetime, RequestDesk desk) {
        Future<Void> agent = threads.submit(() -> {
            new Agent(directory, lifetime).run(() -> new Work(desk));
            return null;
        });
        Await.until("the agent listens", LIMIT, () -> agent.isDone() || listens());
        return agent;
    }

    private boolean listens() {
        try (SocketChannel channel = connect()) {
            return channel.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    private void begin(Lifetime lifetime, RequestDesk desk) {
        assertThat(start(lifetime, desk)).isNotDone();
    }

    private Lifetime operators() {
        return Lifetime.untilStopped(cancellation, directory.dataDirectory(), Optional.empty());
    }

    private Lifetime byCommand(Duration idleMax) {
        Cancellation own = new Cancellation();
        all.add(own);
        return Lifetime.ofTheServersRun(own, directory.dataDirectory(), Optional.empty(), idleMax);
    }

    private SocketChannel connect() throws IOException {
        return SocketChannel.open(UnixDomainSocketAddress.of(directory.socket()));
    }

    private AgentAnswer ask(AgentRequest request) throws IOException {
        try (SocketChannel channel = connect()) {
            channel.write(ByteBuffer.wrap(request.toFrame()));
            InputStream in = Channels.newInputStream(channel);
            AgentAnswer answer = AgentAnswer.read(in);
            while (answer instanceof AgentAnswer.Working) {
                answer = AgentAnswer.read(in);
            }
            return answer;
        }
    }

    private static RequestDesk answering(int status) {
        return request -> new AgentAnswer.Done(status, request.operands().toString());
    }

    @Test
    void a_request_is_answered() throws IOException {
        begin(operators(), answering(7));

        assertThat(ask(PUSH)).isEqualTo(new AgentAnswer.Done(7, "[/data/pg_wal/x]"));
    }

    @Test
    void socket_and_directory_are_private() throws IOException {
        begin(operators(), answering(0));

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.path())))
                .isEqualTo("rwx------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.socket())))
                .isEqualTo("rw-------");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rwxr-xr-x", "rwxrwx---", "rwx-----x"})
    void a_directory_that_others_may_use_is_refused(String permissions) throws IOException {
        Files.createDirectory(directory.path());
        Files.setPosixFilePermissions(directory.path(), PosixFilePermissions.fromString(permissions));

        assertThatThrownBy(() -> directory.prepare())
                .isInstanceOfSatisfying(
                        PgAgentException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.WRONG_OWNER));
    }

    @Test
    void a_link_in_place_of_the_directory_is_refused() throws IOException {
        Path elsewhere = Files.createDirectory(
                scratch.resolve("elsewhere"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.createSymbolicLink(directory.path(), elsewhere);

        assertThatThrownBy(() -> directory.prepare()).isInstanceOf(PgAgentException.class);
    }

    @Test
    void nothing_is_made_in_another_users_directory() throws IOException {
        Path others = Files.createDirectory(scratch.resolve("others"));
        Files.createSymbolicLink(others.resolve("pg_wal"), SomebodyElses.directoryIn(others));
        AgentDirectory theirs = new AgentDirectory(others);

        assertThatThrownBy(theirs::prepare)
                .isInstanceOfSatisfying(
                        PgAgentException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.WRONG_OWNER));
        assertThat(theirs.path()).doesNotExist();
        assertThat(others.resolve("pg_dynshmem")).doesNotExist();
    }

    @Test
    void a_dead_socket_is_replaced() throws IOException {
        directory.prepare();
        Files.createFile(directory.socket());
        Future<Void> agent = threads.submit(() -> {
            new Agent(directory, operators()).run(() -> new Work(answering(0)));
            return null;
        });
        Await.until("the agent answers", LIMIT, () -> {
            try {
                return ask(PUSH) instanceof AgentAnswer.Done;
            } catch (IOException e) {
                return false;
            }
        });
        assertThat(agent).isNotDone();
    }

    @Test
    void a_caller_hears_that_work_goes_on() throws IOException {
        CountDownLatch latch = new CountDownLatch(1);
        begin(operators(), request -> {
            await(latch);
            return new AgentAnswer.Done(0, "");
        });
        try (SocketChannel channel = connect()) {
            channel.write(ByteBuffer.wrap(PUSH.toFrame()));
            InputStream in = Channels.newInputStream(channel);

            assertThat(AgentAnswer.read(in)).isEqualTo(new AgentAnswer.Working());
            assertThat(AgentAnswer.read(in)).isEqualTo(new AgentAnswer.Working());
            latch.countDown();
            assertThat(AgentAnswer.read(in)).isEqualTo(new AgentAnswer.Done(0, ""));
            assertThat(in.read()).isEqualTo(-1);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void nonsense_is_refused_and_harms_nobody() throws IOException {
        begin(operators(), answering(0));
        try (SocketChannel channel = connect()) {
            channel.write(ByteBuffer.wrap(new byte[] {0, 0, 0, 2, 9, 9}));
            assertThat(AgentAnswer.read(Channels.newInputStream(channel)))
                    .isInstanceOfSatisfying(
                            AgentAnswer.Done.class,
                            done -> assertThat(done.status()).isEqualTo(126));
        }
        try (SocketChannel channel = connect()) {
            channel.write(ByteBuffer.wrap(new byte[] {0, 0}));
        }

        assertThat(ask(PUSH)).isInstanceOf(AgentAnswer.Done.class);
    }

    @Test
    void many_callers_at_once_are_all_answered() {
        begin(operators(), answering(0));
        List<CompletableFuture<AgentAnswer>> answers = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            answers.add(CompletableFuture.supplyAsync(
                    () -> {
                        try {
                            return ask(PUSH);
                        } catch (IOException e) {
                            throw new AssertionError(e);
                        }
                    },
                    threads));
        }

        assertThat(answers).allSatisfy(answer -> assertThat(answer.join()).isInstanceOf(AgentAnswer.Done.class));
    }

    @Test
    void there_is_one_agent_for_a_data_directory() {
        begin(operators(), answering(0));

        assertThatThrownBy(() -> AgentLock.take(directory, Duration.ofMillis(50)))
                .isInstanceOfSatisfying(
                        PgAgentException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.ALREADY_RUNNING));
    }

    @Test
    void an_operators_agent_takes_the_place_of_one_that_was_started_by_need() throws Exception {
        Future<Void> first = start(byCommand(LIMIT), answering(1));
        assertThat(ask(PUSH)).isEqualTo(new AgentAnswer.Done(1, "[/data/pg_wal/x]"));

        assertThat(ask(AgentRequest.plain(Verb.LEAVE))).isEqualTo(new AgentAnswer.Leaving());

        first.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        begin(operators(), answering(2));
        assertThat(ask(PUSH)).isEqualTo(new AgentAnswer.Done(2, "[/data/pg_wal/x]"));
    }

    @Test
    void an_operators_agent_stays_when_it_is_asked_to_leave() throws IOException {
        Future<Void> agent = start(operators(), answering(0));

        assertThat(ask(AgentRequest.plain(Verb.LEAVE)))
                .isInstanceOfSatisfying(
                        AgentAnswer.Done.class,
                        done -> assertThat(done.status()).isEqualTo(ErrorKind.ALREADY_RUNNING.exitCode()));
        assertThat(ask(PUSH)).isInstanceOf(AgentAnswer.Done.class);
        assertThat(agent).isNotDone();
    }

    @Test
    void an_agent_by_need_ends_when_nobody_asks_and_no_server_runs() throws Exception {
        Future<Void> agent = start(byCommand(Duration.ofMillis(300)), answering(0));

        agent.get(LIMIT.toSeconds(), TimeUnit.SECONDS);

        assertThat(directory.socket()).doesNotExist();
    }

    @Test
    void an_agent_by_need_stays_with_its_server_and_goes_when_that_is_another_one() throws Exception {
        serverRuns("1764000000");
        Future<Void> agent = start(byCommand(Duration.ofMillis(1)), answering(0));
        assertThat(ask(PUSH)).isInstanceOf(AgentAnswer.Done.class);
        assertThatThrownBy(() -> agent.get(1, TimeUnit.SECONDS)).isInstanceOf(TimeoutException.class);

        serverRuns("1764000060");

        agent.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    }

    private void serverRuns(String start) throws IOException {
        Files.writeString(
                directory.dataDirectory().resolve("postmaster.pid"),
                ProcessHandle.current().pid() + "\n/data\n" + start + "\n5432\n");
    }

    @Test
    void an_agent_whose_data_directory_is_replaced_ends() throws Exception {
        Future<Void> agent = start(operators(), answering(0));

        Files.delete(directory.lock());

        agent.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    void an_agent_whose_socket_is_gone_ends_and_another_one_begins() throws Exception {
        Future<Void> agent = start(operators(), answering(0));

        Files.delete(directory.socket());

        agent.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        begin(operators(), answering(2));
        assertThat(ask(PUSH)).isEqualTo(new AgentAnswer.Done(2, "[/data/pg_wal/x]"));
    }

    @Test
    void whoever_is_being_served_when_the_agent_ends_gets_an_answer() throws Exception {
        CountDownLatch latch = new CountDownLatch(1);
        CountDownLatch begun = new CountDownLatch(1);
        Future<Void> agent = start(operators(), request -> {
            begun.countDown();
            await(latch);
            return new AgentAnswer.Done(5, "");
        });
        Future<AgentAnswer> answer = threads.submit(() -> ask(PUSH));
        await(begun);

        cancellation.request();
        Await.until("the socket is closed", LIMIT, () -> !Files.exists(directory.socket()));
        latch.countDown();

        assertThat(answer.get(LIMIT.toSeconds(), TimeUnit.SECONDS)).isEqualTo(new AgentAnswer.Done(5, ""));
        agent.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    void the_status_of_a_directory_without_an_agent_is_none() throws IOException {
        assertThat(AgentClient.status(directory)).isEmpty();
        directory.prepare();
        try (AgentSocket dead = AgentSocket.listen(directory, directory.prepare())) {
            assertThat(dead).isNotNull();
        }
        assertThat(AgentClient.status(directory)).isEmpty();

        begin(operators(), request -> new AgentAnswer.Done(0, "{}"));

        assertThat(AgentClient.status(directory)).contains("{}");
    }
}
