package org.pgagent.training;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Just enough of PostgreSQL's protocol (the manual's chapter "Frontend/Backend Protocol", version 3.0) for one session at a
 * time: lets everybody in, and has an answer ready for each query, found by a part of its text. Does nothing.
 */
final class TrainingServer implements AutoCloseable {
    private static final int PROTOCOL_3 = 3 << 16;
    private static final int TEXT_OID = 25;
    private static final int BYTEA_OID = 17;
    private static final int TIMESTAMPTZ_OID = 1184;
    private static final int COLUMN_LENGTH_VARIES = 0xFFFF;
    private static final int NO_TYPE_MODIFIER = -1;

    /** A value of a row, in the text format. */
    record Value(int type, String text) {
        static Value text(Object value) {
            return new Value(TEXT_OID, value.toString());
        }

        static Value time(String value) {
            return new Value(TIMESTAMPTZ_OID, value);
        }

        static Value bytes(String value) {
            return new Value(BYTEA_OID, "\\x" + HexFormat.of().formatHex(value.getBytes(StandardCharsets.UTF_8)));
        }
    }

    private static final List<Value> SHAPE_OF_NOTHING = List.of(Value.text(""));

    private final ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    private final Map<String, List<List<Value>>> answers = new LinkedHashMap<>();

    TrainingServer() throws IOException {
        Thread accepting = new Thread(this::serve, "training-server");
        accepting.setDaemon(true);
        accepting.start();
    }

    String port() {
        return Integer.toString(socket.getLocalPort());
    }

    /** Gets an answer ready for queries with this in their text, unless an earlier one fits. */
    TrainingServer answer(String part, List<List<Value>> rows) {
        answers.put(part, rows);
        return this;
    }

    TrainingServer answer(String part, Value... row) {
        return answer(part, List.of(List.of(row)));
    }

    private List<List<Value>> answer(String query) {
        return answers.entrySet().stream()
                .filter(answer -> query.contains(answer.getKey()))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no answer is ready for: " + query))
                .getValue();
    }

    private void serve() {
        while (!socket.isClosed()) {
            try (Socket client = socket.accept()) {
                client.setTcpNoDelay(true);
                new Session(client).run();
            } catch (IOException | IllegalStateException e) {
                if (!socket.isClosed()) {
                    System.out.println("the training server ended a session: " + e);
                }
            }
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    /** Of the extended query protocol, what a driver uses that wants text. */
    private final class Session {
        private final DataInputStream in;
        private final DataOutputStream out;
        private final Map<String, String> statements = new HashMap<>();
        private final Map<String, String> portals = new HashMap<>();

        Session(Socket client) throws IOException {
            in = new DataInputStream(new BufferedInputStream(client.getInputStream()));
            out = new DataOutputStream(client.getOutputStream());
        }

        void run() throws IOException {
            while (message().getInt() != PROTOCOL_3) {
                out.write('N'); // neither SSL nor GSS
            }
            send('R', body -> body.writeInt(0));
            Map<String, String> parameters = Map.of(
                    "server_version", "15.0",
                    "client_encoding", "UTF8",
                    "DateStyle", "ISO, MDY",
                    "TimeZone", "UTC",
                    "integer_datetimes", "on",
                    "standard_conforming_strings", "on");
            for (Map.Entry<String, String> parameter : parameters.entrySet()) {
                send('S', body -> {
                    string(body, parameter.getKey());
                    string(body, parameter.getValue());
                });
            }
            ready();
            for (int type = in.read(); type >= 0 && type != 'X'; type = in.read()) {
                handle(type, message());
            }
        }

        private void handle(int type, ByteBuffer message) throws IOException {
            switch (type) {
                case 'P' -> {
                    statements.put(string(message), string(message));
                    send('1', body -> {});
                }
                case 'B' -> {
                    portals.put(string(message), statements.get(string(message)));
                    send('2', body -> {});
                }
                case 'D' -> describe(message.get() == 'S', string(message));
                case 'Q' -> {
                    String query = string(message);
                    if (!isCommand(query)) {
                        describeRows(query);
                    }
                    execute(query);
                    ready();
                }
                case 'E' -> execute(portals.get(string(message)));
                case 'C' -> send('3', body -> {});
                case 'S' -> ready();
                default -> throw new IllegalStateException("a message of unknown type " + (char) type);
            }
        }

        private void describe(boolean statement, String name) throws IOException {
            String query = (statement ? statements : portals).get(name);
            if (statement) {
                long parameters = query.chars().filter(c -> c == '$').count();
                send('t', body -> {
                    body.writeShort((int) parameters);
                    for (long i = 0; i < parameters; i++) {
                        body.writeInt(TEXT_OID);
                    }
                });
            }
            if (isCommand(query)) {
                send('n', body -> {});
            } else {
                describeRows(query);
            }
        }

        private static boolean isCommand(String query) {
            return query.startsWith("SET ");
        }

        private void describeRows(String query) throws IOException {
            List<Value> shape = answer(query).stream().findFirst().orElse(SHAPE_OF_NOTHING);
            send('T', body -> {
                body.writeShort(shape.size());
                for (Value column : shape) {
                    string(body, "column");
                    body.writeInt(0); // of no table
                    body.writeShort(0);
                    body.writeInt(column.type());
                    body.writeShort(COLUMN_LENGTH_VARIES);
                    body.writeInt(NO_TYPE_MODIFIER);
                    body.writeShort(0); // as text
                }
            });
        }

        private void execute(String query) throws IOException {
            for (List<Value> row : answer(query)) {
                send('D', body -> {
                    body.writeShort(row.size());
                    for (Value value : row) {
                        byte[] text = value.text().getBytes(StandardCharsets.UTF_8);
                        body.writeInt(text.length);
                        body.write(text);
                    }
                });
            }
            send('C', body -> string(body, isCommand(query) ? "SET" : "SELECT 1"));
        }

        private void ready() throws IOException {
            send('Z', body -> body.write('I'));
        }

        private ByteBuffer message() throws IOException {
            return ByteBuffer.wrap(in.readNBytes(in.readInt() - Integer.BYTES));
        }

        private void send(char type, Body content) throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            content.write(new DataOutputStream(bytes));
            out.writeByte(type);
            out.writeInt(bytes.size() + Integer.BYTES);
            bytes.writeTo(out);
        }

        private static String string(ByteBuffer message) {
            ByteArrayOutputStream text = new ByteArrayOutputStream();
            for (byte next = message.get(); next != 0; next = message.get()) {
                text.write(next);
            }
            return text.toString(StandardCharsets.UTF_8);
        }

        private static void string(DataOutputStream body, String text) throws IOException {
            body.write(text.getBytes(StandardCharsets.UTF_8));
            body.write(0);
        }
    }

    /** Writes what a message holds after its length. */
    @FunctionalInterface
    private interface Body {
        void write(DataOutputStream body) throws IOException;
    }
}
