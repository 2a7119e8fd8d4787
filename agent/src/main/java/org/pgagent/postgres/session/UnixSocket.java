package org.pgagent.postgres.session;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Objects;

/**
 * A Unix socket that looks like a {@link Socket}, as far as pgjdbc uses one. The channel does not block, because only then
 * can a read have a time limit; one selector waits for reads, one for writes.
 *
 * <p>One thread may read while another writes; any thread may close it, which ends both. Interrupting a thread that waits
 * closes it too.
 */
final class UnixSocket extends Socket {
    private final Path socketFile;
    private SocketChannel channel;
    private Selector readable;
    private Selector writable;
    private volatile int readTimeoutMillis;
    private volatile boolean closed;

    UnixSocket(Path socketFile) {
        this.socketFile = socketFile;
    }

    @Override
    public void connect(SocketAddress ignored) throws IOException {
        connect(ignored, 0);
    }

    /** Connects to the socket file at once or not at all; the address and the time limit do not matter. */
    @Override
    public void connect(SocketAddress ignored, int timeoutMillis) throws IOException {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(socketFile);
        SocketChannel opened = SocketChannel.open(address);
        try {
            opened.configureBlocking(false);
            readable = Selector.open();
            opened.register(readable, SelectionKey.OP_READ);
            writable = Selector.open();
            opened.register(writable, SelectionKey.OP_WRITE);
            channel = opened;
        } catch (IOException e) {
            opened.close();
            throw e;
        }
    }

    @Override
    public InputStream getInputStream() {
        return new Input();
    }

    @Override
    public OutputStream getOutputStream() {
        return new Output();
    }

    private void await(Selector ready, long timeoutMillis) throws IOException {
        try {
            int count = ready.select(timeoutMillis);
            ready.selectedKeys().clear();
            if (Thread.currentThread().isInterrupted()) {
                // As a channel that blocks would; a selector would return at once for ever after.
                close();
                throw new ClosedByInterruptException();
            }
            if (count == 0 && timeoutMillis > 0) {
                throw new SocketTimeoutException("no answer for " + timeoutMillis + " ms");
            }
        } catch (ClosedSelectorException e) {
            SocketException closedMeanwhile = new SocketException("socket closed");
            closedMeanwhile.initCause(e);
            throw closedMeanwhile;
        }
    }

    @Override
    public boolean isConnected() {
        return channel != null;
    }

    @Override
    public boolean isClosed() {
        return closed;
    }

    @Override
    public synchronized void close() throws IOException {
        closed = true;
        if (channel != null) {
            channel.close();
            readable.close();
            writable.close();
        }
    }

    @Override
    public void shutdownInput() throws IOException {
        channel.shutdownInput();
    }

    @Override
    public void shutdownOutput() throws IOException {
        channel.shutdownOutput();
    }

    @Override
    public synchronized void setSoTimeout(int millis) {
        readTimeoutMillis = millis;
    }

    @Override
    public synchronized int getSoTimeout() {
        return readTimeoutMillis;
    }

    @Override
    public synchronized int getSendBufferSize() throws SocketException {
        try {
            return channel.getOption(StandardSocketOptions.SO_SNDBUF);
        } catch (IOException e) {
            throw asSocketException(e);
        }
    }

    @Override
    public synchronized void setSendBufferSize(int bytes) throws SocketException {
        try {
            channel.setOption(StandardSocketOptions.SO_SNDBUF, bytes);
        } catch (IOException e) {
            throw asSocketException(e);
        }
    }

    @Override
    public synchronized int getReceiveBufferSize() throws SocketException {
        try {
            return channel.getOption(StandardSocketOptions.SO_RCVBUF);
        } catch (IOException e) {
            throw asSocketException(e);
        }
    }

    @Override
    public synchronized void setReceiveBufferSize(int bytes) throws SocketException {
        try {
            channel.setOption(StandardSocketOptions.SO_RCVBUF, bytes);
        } catch (IOException e) {
            throw asSocketException(e);
        }
    }

    private static SocketException asSocketException(IOException e) {
        SocketException failure = new SocketException(e.getMessage());
        failure.initCause(e);
        return failure;
    }

    /** A Unix socket delays nothing. */
    @Override
    public void setTcpNoDelay(boolean on) {}

    @Override
    public boolean getTcpNoDelay() {
        return true;
    }

    /** A Unix socket notices at once when the other side is gone. */
    @Override
    public void setKeepAlive(boolean on) {}

    @Override
    public boolean getKeepAlive() {
        return false;
    }

    @Override
    public String toString() {
        return "Unix socket " + socketFile;
    }

    private final class Input extends InputStream {
        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, bytes.length);
            if (length == 0) {
                return 0;
            }
            ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, length);
            int count = channel.read(buffer);
            while (count == 0) {
                await(readable, readTimeoutMillis);
                count = channel.read(buffer);
            }
            return count;
        }

        @Override
        public void close() throws IOException {
            UnixSocket.this.close();
        }
    }

    private final class Output extends OutputStream {
        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, length);
            while (buffer.hasRemaining()) {
                if (channel.write(buffer) == 0) {
                    await(writable, 0);
                }
            }
        }

        @Override
        public void close() throws IOException {
            UnixSocket.this.close();
        }
    }
}
