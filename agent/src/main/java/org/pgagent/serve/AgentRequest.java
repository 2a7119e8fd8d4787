package org.pgagent.serve;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.pgagent.serve.Frames.MalformedFrameException;

/**
 * What the program asks for.
 *
 * @param operands a file, or a name and a target; paths are absolute
 * @param options of the command line, as they stand there
 * @param environment variables that are settings, as {@code NAME=value}
 */
public record AgentRequest(Verb verb, List<String> operands, List<String> options, List<String> environment) {
    /** What can be asked for. */
    public enum Verb {
        WAL_PUSH(1, 1),
        WAL_FETCH(2, 2),
        STATUS(3, 0),
        /** Asks an agent that the program started to make room for one that somebody starts. */
        LEAVE(4, 0);

        private final int code;
        private final int operands;

        Verb(int code, int operands) {
            this.code = code;
            this.operands = operands;
        }
    }

    public AgentRequest {
        operands = List.copyOf(operands);
        options = List.copyOf(options);
        environment = List.copyOf(environment);
    }

    static AgentRequest plain(Verb verb) {
        return new AgentRequest(verb, List.of(), List.of(), List.of());
    }

    byte[] toFrame() {
        return Frames.frame(out -> {
            out.writeByte(Frames.VERSION);
            out.writeByte(verb.code);
            Frames.writeList(out, operands);
            Frames.writeList(out, options);
            Frames.writeList(out, environment);
        });
    }

    /**
     * Reads a request.
     *
     * @throws MalformedFrameException if it is none of this version
     * @throws java.io.EOFException if the stream ends before
     */
    static AgentRequest read(InputStream stream) throws IOException {
        ByteBuffer body = Frames.read(stream);
        int version = Frames.readByte(body);
        if (version != Frames.VERSION) {
            throw new MalformedFrameException(
                    "version " + version + " of the protocol; this agent speaks " + Frames.VERSION);
        }
        int code = Frames.readByte(body);
        Verb verb = Arrays.stream(Verb.values())
                .filter(known -> known.code == code)
                .findFirst()
                .orElseThrow(() -> new MalformedFrameException("verb " + code));
        AgentRequest request =
                new AgentRequest(verb, Frames.readList(body), Frames.readList(body), Frames.readList(body));
        Frames.requireEnd(body);
        if (request.operands.size() != verb.operands) {
            throw new MalformedFrameException(request.operands.size() + " operands of " + verb);
        }
        return request;
    }
}
