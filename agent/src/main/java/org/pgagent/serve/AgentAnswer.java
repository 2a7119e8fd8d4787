package org.pgagent.serve;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.pgagent.serve.Frames.MalformedFrameException;

/** What the agent says to a request. */
public sealed interface AgentAnswer {
    int WORKING_KIND = 0;
    int DONE_KIND = 1;
    int LEAVING_KIND = 2;

    byte[] toFrame();

    /** Not yet; more follows. */
    record Working() implements AgentAnswer {
        @Override
        public byte[] toFrame() {
            return plain(WORKING_KIND);
        }
    }

    /**
     * The end.
     *
     * @param status the exit status, 0 to 255
     * @param message what the program prints; may be empty
     */
    record Done(int status, String message) implements AgentAnswer {
        /** Leaves room in the frame for everything else. */
        private static final int MESSAGE_CHARS_MAX = 16_000;

        @Override
        public byte[] toFrame() {
            return Frames.frame(out -> {
                out.writeByte(Frames.VERSION);
                out.writeByte(DONE_KIND);
                out.writeByte(status);
                Frames.writeString(out, message.substring(0, Math.min(message.length(), MESSAGE_CHARS_MAX)));
            });
        }
    }

    /** This agent ends and has done nothing; another one is to be asked. */
    record Leaving() implements AgentAnswer {
        @Override
        public byte[] toFrame() {
            return plain(LEAVING_KIND);
        }
    }

    private static byte[] plain(int kind) {
        return Frames.frame(out -> {
            out.writeByte(Frames.VERSION);
            out.writeByte(kind);
        });
    }

    /** Reads as {@link #read} does, past everything that says that more follows. */
    static AgentAnswer readLast(InputStream stream) throws IOException {
        AgentAnswer answer = read(stream);
        while (answer instanceof Working) {
            answer = read(stream);
        }
        return answer;
    }

    /**
     * Reads one.
     *
     * @throws MalformedFrameException if it is none of this version
     */
    static AgentAnswer read(InputStream stream) throws IOException {
        ByteBuffer body = Frames.read(stream);
        int version = Frames.readByte(body);
        if (version != Frames.VERSION) {
            throw new MalformedFrameException("version " + version + " of the protocol");
        }
        AgentAnswer answer = switch (Frames.readByte(body)) {
            case WORKING_KIND -> new Working();
            case DONE_KIND -> new Done(Frames.readByte(body), Frames.readString(body));
            case LEAVING_KIND -> new Leaving();
            default -> throw new MalformedFrameException("an answer of unknown kind");
        };
        Frames.requireEnd(body);
        return answer;
    }
}
