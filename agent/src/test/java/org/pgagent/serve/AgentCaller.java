package org.pgagent.serve;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;

/** Asks an agent through its socket, as the C program does. Thread-safe. */
public final class AgentCaller {
    private final AgentDirectory directory;
    private final List<String> environment;

    /** @param environment the settings of each request, as {@code NAME=value} */
    public AgentCaller(AgentDirectory directory, String... environment) {
        this.directory = directory;
        this.environment = List.of(environment);
    }

    /** Whether an agent listens. */
    public boolean isHeard() {
        try (SocketChannel channel = connect()) {
            return channel.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    /** Asks to store a file. */
    public AgentAnswer.Done push(Path file, String... options) throws IOException {
        return ask(AgentRequest.Verb.WAL_PUSH, List.of(file.toString()), options);
    }

    /** Asks for a file. */
    public AgentAnswer.Done fetch(String name, Path target, String... options) throws IOException {
        return ask(AgentRequest.Verb.WAL_FETCH, List.of(name, target.toString()), options);
    }

    /** Asks the agent how it is. */
    public AgentAnswer.Done status() throws IOException {
        return ask(AgentRequest.Verb.STATUS, List.of());
    }

    private AgentAnswer.Done ask(AgentRequest.Verb verb, List<String> operands, String... options) throws IOException {
        AgentRequest request = new AgentRequest(verb, operands, List.of(options), environment);
        try (SocketChannel channel = connect()) {
            AgentSocket.send(channel, request.toFrame());
            return (AgentAnswer.Done) AgentAnswer.readLast(Channels.newInputStream(channel));
        }
    }

    private SocketChannel connect() throws IOException {
        return SocketChannel.open(UnixDomainSocketAddress.of(directory.socket()));
    }
}
