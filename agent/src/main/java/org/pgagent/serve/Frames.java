package org.pgagent.serve;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What requests and answers are made of: see {@code docs/wal-protocol.md}. */
final class Frames {
    static final int VERSION = 1;
    static final int BYTES_MAX = 65_536;

    private static final int STRING_BYTES_MAX = 0xFFFF;

    private Frames() {}

    /** Writes what a frame has after its length. */
    @FunctionalInterface
    interface Body {
        void writeTo(DataOutputStream out) throws IOException;
    }

    /** A whole frame. */
    static byte[] frame(Body body) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            body.writeTo(new DataOutputStream(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException("memory does not fail", e);
        }
        if (bytes.size() > BYTES_MAX) {
            throw new IllegalArgumentException("a frame of " + bytes.size() + " bytes; at most " + BYTES_MAX + " go");
        }
        return ByteBuffer.allocate(Integer.BYTES + bytes.size())
                .putInt(bytes.size())
                .put(bytes.toByteArray())
                .array();
    }

    /**
     * Reads what a frame has after its length.
     *
     * @throws MalformedFrameException if it is too long or empty
     * @throws EOFException if the stream ends before the frame does
     */
    static ByteBuffer read(InputStream stream) throws IOException {
        DataInputStream in = new DataInputStream(stream);
        int length = in.readInt();
        if (length < 1 || length > BYTES_MAX) {
            throw new MalformedFrameException("a frame of " + Integer.toUnsignedString(length) + " bytes");
        }
        byte[] body = new byte[length];
        in.readFully(body);
        return ByteBuffer.wrap(body);
    }

    /** What is not as the protocol says. */
    static final class MalformedFrameException extends IOException {
        private static final long serialVersionUID = 1;

        MalformedFrameException(String what) {
            super(what);
        }
    }

    static void writeList(DataOutputStream out, List<String> strings) throws IOException {
        out.writeShort(strings.size());
        for (String string : strings) {
            writeString(out, string);
        }
    }

    /** Writes a string, cut off if it is too long for one. */
    static void writeString(DataOutputStream out, String string) throws IOException {
        byte[] bytes = string.getBytes(StandardCharsets.UTF_8);
        int length = Math.min(bytes.length, STRING_BYTES_MAX);
        out.writeShort(length);
        out.write(bytes, 0, length);
    }

    static int readByte(ByteBuffer body) throws MalformedFrameException {
        require(body, 1);
        return Byte.toUnsignedInt(body.get());
    }

    static List<String> readList(ByteBuffer body) throws MalformedFrameException {
        require(body, Short.BYTES);
        int count = Short.toUnsignedInt(body.getShort());
        List<String> strings = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            strings.add(readString(body));
        }
        return strings;
    }

    static String readString(ByteBuffer body) throws MalformedFrameException {
        require(body, Short.BYTES);
        int length = Short.toUnsignedInt(body.getShort());
        require(body, length);
        byte[] bytes = new byte[length];
        body.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Nothing may follow. */
    static void requireEnd(ByteBuffer body) throws MalformedFrameException {
        if (body.hasRemaining()) {
            throw new MalformedFrameException(body.remaining() + " bytes too many");
        }
    }

    private static void require(ByteBuffer body, int bytes) throws MalformedFrameException {
        if (body.remaining() < bytes) {
            throw new MalformedFrameException("it ends too early");
        }
    }
}
