package org.pgagent.serve;

import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.FileSystemReason;
import org.pgagent.error.PgAgentException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks the agent of a data directory, if there is one. */
public final class AgentClient {
    private static final Logger LOG = LoggerFactory.getLogger(AgentClient.class);

    /** What is asked here takes an agent no time. */
    private static final Duration SILENCE_MAX = Duration.ofSeconds(20);

    private AgentClient() {}

    /**
     * What the agent says of itself, as JSON; empty if none is running.
     *
     * @throws PgAgentException of kind LOCAL_IO if it is running and does not answer, or cannot tell
     */
    public static Optional<String> status(AgentDirectory directory) throws PgAgentException {
        return status(directory, SILENCE_MAX);
    }

    static Optional<String> status(AgentDirectory directory, Duration silenceMax) throws PgAgentException {
        if (!Files.exists(directory.socket())) {
            return Optional.empty();
        }
        Optional<AgentAnswer> answer = ask(directory, directory.prepare(), AgentRequest.Verb.STATUS, silenceMax);
        if (answer.isEmpty() || !(answer.get() instanceof AgentAnswer.Done done)) {
            return Optional.empty();
        }
        if (done.status() != 0) {
            throw new PgAgentException(
                    ErrorKind.LOCAL_IO,
                    "the agent of " + directory.dataDirectory() + " cannot tell how it is: "
                            + done.message().strip(),
                    "Its log tells more.");
        }
        return Optional.of(done.message());
    }

    /** Asks an agent that the program started to end; whoever takes the lock next sees whether it did. */
    static void askToLeave(AgentDirectory directory, UserPrincipal self) throws PgAgentException {
        askToLeave(directory, self, SILENCE_MAX);
    }

    static void askToLeave(AgentDirectory directory, UserPrincipal self, Duration silenceMax) throws PgAgentException {
        if (!Files.exists(directory.socket())) {
            return;
        }
        try {
            ask(directory, self, AgentRequest.Verb.LEAVE, silenceMax);
        } catch (PgAgentException e) {
            LOG.debug("an agent did not say that it leaves; the lock will tell: {}", e.getMessage());
        }
    }

    private static Optional<AgentAnswer> ask(
            AgentDirectory directory, UserPrincipal self, AgentRequest.Verb verb, Duration silenceMax)
            throws PgAgentException {
        ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor();
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            ScheduledFuture<?> deadline =
                    watch.schedule(() -> AgentSocket.hangUp(channel), silenceMax.toMillis(), TimeUnit.MILLISECONDS);
            AgentSocket.connect(channel, directory, self);
            AgentSocket.send(channel, AgentRequest.plain(verb).toFrame());
            AgentAnswer answer = AgentAnswer.readLast(Channels.newInputStream(channel));
            deadline.cancel(false);
            return Optional.of(answer);
        } catch (ConnectException e) {
            return Optional.empty(); // a dead agent's socket
        } catch (PgAgentException e) {
            throw e;
        } catch (IOException e) {
            throw new PgAgentException(
                    ErrorKind.LOCAL_IO,
                    "the agent of " + directory.dataDirectory() + " does not answer: " + FileSystemReason.of(e),
                    "Its log, and the process id in " + directory.lock() + ", tell more.",
                    e);
        } finally {
            watch.shutdownNow();
        }
    }
}
