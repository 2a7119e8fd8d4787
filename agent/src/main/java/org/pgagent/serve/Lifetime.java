package org.pgagent.serve;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.pgagent.error.Cancellation;
import org.pgagent.postgres.ServerRun;

/**
 * How long an agent lives. One that an operator starts lives until it is told to stop. One that the program started belongs
 * to the run of the server that called the program: it has that server's environment, so it makes room for another agent when
 * the server was started anew, and ends when the server is gone and nobody has asked for anything for a while. Either ends
 * when its own program was replaced, for a Java program whose jars are exchanged under it may fail in any way. For one thread.
 */
public final class Lifetime {
    private final Cancellation cancellation;
    private final Path dataDirectory;
    private final Optional<Duration> idleMax;
    private final Optional<Path> program;
    private final Optional<FileStamp> programAtStart;
    private final String serverAtStart;

    private Lifetime(
            Cancellation cancellation, Path dataDirectory, Optional<Duration> idleMax, Optional<Path> program) {
        this.cancellation = cancellation;
        this.dataDirectory = dataDirectory;
        this.idleMax = idleMax;
        this.program = program;
        this.programAtStart = program.map(FileStamp::of);
        this.serverAtStart = server();
    }

    /**
     * The life of an agent that an operator starts.
     *
     * @param program the directory of jars, a change of which ends the agent, if it is known
     */
    public static Lifetime untilStopped(Cancellation cancellation, Path dataDirectory, Optional<Path> program) {
        return new Lifetime(cancellation, dataDirectory, Optional.empty(), program);
    }

    /**
     * The life of an agent that the program starts.
     *
     * @param idleMax how long to outlive the server while nobody asks
     */
    public static Lifetime ofTheServersRun(
            Cancellation cancellation, Path dataDirectory, Optional<Path> program, Duration idleMax) {
        return new Lifetime(cancellation, dataDirectory, Optional.of(idleMax), program);
    }

    /** Whether the program started the agent, so that it makes room for one that an operator starts. */
    boolean makesRoom() {
        return idleMax.isPresent();
    }

    /**
     * Why it is time to end; empty as a rule.
     *
     * @param idle how long nobody has been served
     */
    Optional<String> end(Duration idle) {
        if (cancellation.requested()) {
            return Optional.of("a signal");
        }
        if (!program.map(FileStamp::of).equals(programAtStart)) {
            return Optional.of("pgagent was replaced by another version");
        }
        if (idleMax.isEmpty()) {
            return Optional.empty();
        }
        String server = server();
        if (!server.isEmpty() && !server.equals(serverAtStart)) {
            return Optional.of("the server was started anew");
        }
        return server.isEmpty() && idle.compareTo(idleMax.get()) > 0
                ? Optional.of("the server does not run, and nobody has asked for anything")
                : Optional.empty();
    }

    private String server() {
        return ServerRun.of(dataDirectory).map(ServerRun::toString).orElse("");
    }
}
