package org.pgagent.kit;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A Unix socket in front of a PostgreSQL server's, which puts another text of the same length into the place of each {@code
 * from} that the server answers with at once: a server that never existed, but for what it says of itself.
 */
public final class AlteringSocket implements AutoCloseable {
    private final ScratchDirectory directory = ScratchDirectory.create();
    private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();
    private final ServerSocketChannel listener;
    private final Path server;
    private final byte[] from;
    private final byte[] to;

    private AlteringSocket(PostgresCluster cluster, String from, String to) throws IOException {
        if (from.length() != to.length()) {
            throw new IllegalArgumentException("'" + from + "' and '" + to + "' differ in length");
        }
        this.server = cluster.socketFile();
        this.from = from.getBytes(StandardCharsets.US_ASCII);
        this.to = to.getBytes(StandardCharsets.US_ASCII);
        Path socket = directory.resolve(".s.PGSQL." + cluster.port());
        this.listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(socket));
        ServerUser.current().own(directory.path());
        start(this::accept);
    }

    public static AlteringSocket of(PostgresCluster cluster, String from, String to) {
        try {
            return new AlteringSocket(cluster, from, to);
        } catch (IOException e) {
            throw new AssertionError("cannot listen on a Unix socket", e);
        }
    }

    /** For a client's host. */
    public Path directory() {
        return directory.path();
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "altering-socket");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        while (listener.isOpen()) {
            try {
                SocketChannel client = listener.accept();
                SocketChannel upstream = SocketChannel.open(UnixDomainSocketAddress.of(server));
                open.add(client);
                open.add(upstream);
                start(() -> pump(client, upstream, false));
                start(() -> pump(upstream, client, true));
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private void pump(SocketChannel source, SocketChannel target, boolean altering) {
        ByteBuffer bytes = ByteBuffer.allocate(1 << 16);
        try (source;
                target) {
            while (source.read(bytes) >= 0) {
                bytes.flip();
                if (altering) {
                    alter(bytes);
                }
                while (bytes.hasRemaining()) {
                    target.write(bytes);
                }
                bytes.clear();
            }
        } catch (IOException e) {
            // one side has gone, and so does the other
        }
    }

    private void alter(ByteBuffer bytes) {
        for (int i = 0; i + from.length <= bytes.limit(); i++) {
            if (bytes.slice(i, from.length).equals(ByteBuffer.wrap(from))) {
                bytes.put(i, to);
            }
        }
    }

    @Override
    public void close() {
        try {
            listener.close();
            for (SocketChannel channel : open) {
                channel.close();
            }
        } catch (IOException e) {
            throw new AssertionError("cannot close a socket", e);
        }
        directory.close();
    }
}
