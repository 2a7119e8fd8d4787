package org.pgagent.training;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Asks a resident agent as the front program does (docs/wal-protocol.md). */
final class TrainingCaller {
    private static final int VERSION = 1;
    private static final int WORKING = 0;

    private final Path socket;

    TrainingCaller(Path dataDirectory) {
        this.socket = dataDirectory.resolve("pg_dynshmem").resolve("pgagent.sock");
    }

    /** Whether anybody listens; the socket's file is there a moment before. */
    boolean isHeard() {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            return channel.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    /** Sends one request and waits for its end; returns the exit status. */
    int ask(int verb, List<String> operands, List<String> options) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream body = new DataOutputStream(bytes);
        body.writeByte(VERSION);
        body.writeByte(verb);
        for (List<String> list : List.of(operands, options, List.<String>of())) {
            body.writeShort(list.size());
            for (String text : list) {
                byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
                body.writeShort(utf8.length);
                body.write(utf8);
            }
        }
        ByteBuffer frame = ByteBuffer.allocate(Integer.BYTES + bytes.size())
                .putInt(bytes.size())
                .put(bytes.toByteArray())
                .flip();
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            while (frame.hasRemaining()) {
                channel.write(frame);
            }
            DataInputStream in = new DataInputStream(Channels.newInputStream(channel));
            byte[] answer = in.readNBytes(in.readInt());
            while (answer[1] == WORKING) {
                answer = in.readNBytes(in.readInt());
            }
            return answer[2];
        }
    }
}
