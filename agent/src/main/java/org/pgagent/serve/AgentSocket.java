package org.pgagent.serve;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import jdk.net.ExtendedSocketOptions;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The Unix-domain socket of an agent, on both sides: each asks the kernel who the other one is. */
final class AgentSocket implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AgentSocket.class);

    /** Of {@code sun_path} (unix(7)), without its end. */
    private static final int PATH_MAX_BYTES = 107;

    private static final int QUEUE_MAX = 128;

    private final Path file;
    private final UserPrincipal self;
    private final ServerSocketChannel channel;
    private final Object identity;

    private AgentSocket(Path file, UserPrincipal self, ServerSocketChannel channel) throws IOException {
        this.file = file;
        this.self = self;
        this.channel = channel;
        this.identity = Files.getAttribute(file, "unix:ino");
    }

    /** Whether the socket is still the one that callers find. */
    boolean stillThere() {
        try {
            return identity.equals(Files.getAttribute(file, "unix:ino"));
        } catch (IOException e) {
            return false;
        }
    }

    /** Opens the socket; one that is there already is a dead agent's, for the caller holds the lock. */
    static AgentSocket listen(AgentDirectory directory, UserPrincipal self) throws IOException {
        Path file = directory.socket();
        Files.deleteIfExists(file);
        ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.bind(UnixDomainSocketAddress.of(addressable(directory)), QUEUE_MAX);
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
            return new AgentSocket(file, self, channel);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /**
     * Connects to the agent that listens; waits for ever for one that does not take its callers, unless another thread closes
     * the channel.
     *
     * @param channel not connected yet; stays the caller's
     */
    static void connect(SocketChannel channel, AgentDirectory directory, UserPrincipal self) throws IOException {
        channel.connect(UnixDomainSocketAddress.of(addressable(directory)));
        requirePeer(channel, self);
    }

    private static Path addressable(AgentDirectory directory) throws IOException {
        Path file = directory.socket();
        Path here = Path.of("");
        if (here.toRealPath().equals(directory.dataDirectory().toRealPath())) {
            return directory.dataDirectory().relativize(file);
        }
        if (file.toString().getBytes(StandardCharsets.UTF_8).length > PATH_MAX_BYTES) {
            throw new PgAgentException(
                    ErrorKind.LOCAL_IO,
                    "the path of the agent's socket is longer than a socket's may be: " + file,
                    "Start pgagent with the data directory as its working directory.");
        }
        return file;
    }

    /**
     * Waits for a caller.
     *
     * @throws PgAgentException of kind WRONG_OWNER if it is another user's process; the connection is closed then
     */
    SocketChannel accept() throws IOException {
        SocketChannel caller = channel.accept();
        try {
            requirePeer(caller, self);
            return caller;
        } catch (IOException e) {
            caller.close();
            throw e;
        }
    }

    private static void requirePeer(SocketChannel channel, UserPrincipal self) throws IOException {
        UserPrincipal peer =
                channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user();
        if (!peer.equals(self)) {
            throw new PgAgentException(
                    ErrorKind.WRONG_OWNER,
                    "the process at the other end of the agent's socket belongs to " + peer.getName() + ", not to "
                            + self.getName(),
                    "Run both as the operating system user that runs PostgreSQL.");
        }
    }

    /** Waits until the other side has taken the whole frame, or until another thread closes the channel. */
    static void send(SocketChannel channel, byte[] frame) throws IOException {
        ByteBuffer rest = ByteBuffer.wrap(frame);
        while (rest.hasRemaining()) {
            channel.write(rest);
        }
    }

    /** Ends a connection, and whatever waits at it. */
    static void hangUp(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.debug("closing a connection: {}", e.toString());
        }
    }

    /** Takes no more callers, and removes the socket. */
    @Override
    public void close() throws IOException {
        try {
            if (stillThere()) { // otherwise it is the next agent's
                Files.deleteIfExists(file);
            }
        } finally {
            channel.close();
        }
    }
}
