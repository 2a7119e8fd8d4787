package org.pgagent.serve;

import java.io.IOException;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The resident agent of one data directory, from its start to its end. */
public final class Agent {
    private static final Logger LOG = LoggerFactory.getLogger(Agent.class);

    /**
     * An agent that makes room, or is at its end, may have transfers to finish: those that callers wait for have 10 s, its
     * upkeep then 4 s, those that went ahead 4 s in each direction. Callers wait for the next agent for 30 s.
     */
    private static final Duration PREDECESSOR_MAX = Duration.ofSeconds(25);

    private static final long TICK_MILLIS = 250;

    private final AgentDirectory directory;
    private final Lifetime lifetime;
    private volatile boolean askedToLeave;

    public Agent(AgentDirectory directory, Lifetime lifetime) {
        this.directory = directory;
        this.lifetime = lifetime;
    }

    /** What is done in the agent besides answering. */
    public interface Work extends AutoCloseable {
        /** Who answers. */
        RequestDesk desk();

        /** Called a few times a second. Returns soon, and throws nothing because of the world. */
        void tick();

        /** Says what remains to be done, for the log. */
        String remaining();

        /** Finishes what is under way. */
        @Override
        void close();
    }

    /** Begins the work; called once this agent is the only one. */
    @FunctionalInterface
    public interface Begin {
        Work begin() throws IOException;
    }

    /**
     * Serves until it is time to end, then finishes what is under way.
     *
     * @throws PgAgentException of kind ALREADY_RUNNING if another agent serves the data directory and does not make room,
     *     WRONG_OWNER if the agent's directory is not private, LOCAL_IO if the socket cannot be made
     */
    public void run(Begin begin) throws IOException {
        UserPrincipal self = directory.prepare();
        if (!lifetime.makesRoom()) {
            AgentClient.askToLeave(directory, self);
        }
        try (AgentLock lock = AgentLock.take(directory, PREDECESSOR_MAX);
                Work work = begin.begin()) {
            String reason = serve(self, work, lock);
            LOG.info("the agent ends reason='{}' {}", reason, work.remaining());
        }
    }

    private String serve(UserPrincipal self, Work work, AgentLock lock) throws IOException {
        RequestDesk desk = request -> request.verb() == AgentRequest.Verb.LEAVE
                ? leave()
                : work.desk().answer(request);
        try (Callers callers = new Callers(AgentSocket.listen(directory, self), desk)) {
            callers.start();
            LOG.info(
                    "the agent is ready data_directory={} pid={}",
                    directory.dataDirectory(),
                    ProcessHandle.current().pid());
            Optional<String> end = Optional.empty();
            while (end.isEmpty()) {
                pause();
                work.tick();
                end = end(callers, lock);
            }
            return end.get();
        }
    }

    private Optional<String> end(Callers callers, AgentLock lock) {
        if (askedToLeave) {
            return Optional.of("another agent takes over");
        }
        if (!lock.stillThere()) {
            return Optional.of("the data directory is gone");
        }
        return callers.takesCallers() ? lifetime.end(callers.idle()) : Optional.of("the socket is gone");
    }

    private AgentAnswer leave() {
        if (lifetime.makesRoom()) {
            askedToLeave = true;
            return new AgentAnswer.Leaving();
        }
        return new AgentAnswer.Done(
                ErrorKind.ALREADY_RUNNING.exitCode(), "this agent was started by an operator and stays\n");
    }

    private static void pause() throws PgAgentException {
        try {
            TimeUnit.MILLISECONDS.sleep(TICK_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PgAgentException(ErrorKind.INTERRUPTED, "the agent was interrupted", "Start it again.", e);
        }
    }
}
