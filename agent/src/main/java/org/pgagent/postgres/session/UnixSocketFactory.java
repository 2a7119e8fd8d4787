package org.pgagent.postgres.session;

import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import javax.net.SocketFactory;

/**
 * Makes the sockets through which pgjdbc reaches a server on its Unix socket: pgjdbc's connection properties
 * {@code socketFactory} (the name of this class) and {@code socketFactoryArg} (the path of the socket file). The address
 * and port that pgjdbc connects them to are ignored.
 *
 * <p>Public with a public constructor, because pgjdbc makes it by reflection.
 */
public final class UnixSocketFactory extends SocketFactory {
    private final Path socketFile;

    /** Takes the path of a server's socket file, such as {@code /var/run/postgresql/.s.PGSQL.5432}. */
    public UnixSocketFactory(String socketFile) {
        this.socketFile = Path.of(socketFile);
    }

    @Override
    public Socket createSocket() {
        return new UnixSocket(socketFile);
    }

    @Override
    public Socket createSocket(String host, int port) {
        throw new UnsupportedOperationException("only sockets that are connected later");
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) {
        return createSocket(host, port);
    }

    @Override
    public Socket createSocket(InetAddress host, int port) {
        return createSocket(host.getHostName(), port);
    }

    @Override
    public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort) {
        return createSocket(address, port);
    }
}
