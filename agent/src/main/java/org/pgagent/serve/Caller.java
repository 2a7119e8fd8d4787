package org.pgagent.serve;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One who asks: a request comes in, is called under way now and then, and has one answer. Reading and answering wait for the
 * other side, until another thread closes this; calling a request under way does not wait.
 */
final class Caller implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Caller.class);
    private static final byte[] WORKING = new AgentAnswer.Working().toFrame();

    private final SocketChannel channel;
    private boolean answering;

    Caller(SocketChannel channel) {
        this.channel = channel;
    }

    /** Waits for the request. */
    AgentRequest read() throws IOException {
        return AgentRequest.read(Channels.newInputStream(channel));
    }

    /** From now on the request may be called under way. */
    void begin() throws IOException {
        channel.configureBlocking(false);
    }

    /**
     * Says that the request is under way, unless its answer has begun. A caller who has left so much of that unread that no
     * more of it fits the connection is given up: nobody else may wait for one who was stopped.
     */
    synchronized void working() {
        if (answering) {
            return;
        }
        try {
            if (channel.write(ByteBuffer.wrap(WORKING)) < WORKING.length) {
                LOG.warn("a caller does not read what it is told, it is given up");
                close();
            }
        } catch (IOException e) {
            LOG.debug("a caller does not listen any more: {}", e.toString());
        }
    }

    /** Ends the request; waits for the caller to take it. */
    void answer(AgentAnswer answer) throws IOException {
        synchronized (this) {
            answering = true;
        }
        channel.configureBlocking(true);
        AgentSocket.send(channel, answer.toFrame());
    }

    @Override
    public void close() {
        AgentSocket.hangUp(channel);
    }
}
