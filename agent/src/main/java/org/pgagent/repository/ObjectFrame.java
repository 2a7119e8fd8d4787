package org.pgagent.repository;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * What an object says about itself in its first {@link #BYTES} bytes, before the stored bytes of a file.
 *
 * <p>It is a skippable frame, which the formats of LZ4 (lz4_Frame_format.md) and zstd (RFC 8878, 3.1.2) share and which
 * their tools pass over: magic 0x184D2A50 and the payload's length, both 32 bits little-endian; then one line of JSON in
 * ASCII, filled up with spaces before its newline. The length is always the same, so that a reader can ask for just these
 * bytes, and a writer can leave room for them and fill them in when it has seen the whole file.
 */
final class ObjectFrame {
    static final int BYTES = 512;

    private static final int MAGIC = 0x184D2A50;
    private static final int PAYLOAD_BYTES = BYTES - 8;

    private ObjectFrame() {}

    /** The frame with a value's JSON. */
    static byte[] of(Object value) {
        byte[] json;
        try {
            json = RepositoryJson.mapper().writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot print " + value, e);
        }
        if (json.length > PAYLOAD_BYTES - 1) {
            throw new IllegalStateException("header of " + json.length + " bytes: " + value);
        }
        ByteBuffer bytes = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(MAGIC).putInt(PAYLOAD_BYTES).put(json);
        while (bytes.remaining() > 1) {
            bytes.put((byte) ' ');
        }
        bytes.put((byte) '\n');
        return bytes.array();
    }

    /** The JSON in a frame; empty if the bytes are none. */
    static Optional<byte[]> json(byte[] bytes) {
        ByteBuffer frame = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (bytes.length != BYTES || frame.getInt() != MAGIC || frame.getInt() != PAYLOAD_BYTES) {
            return Optional.empty();
        }
        return Optional.of(new String(bytes, 8, PAYLOAD_BYTES, StandardCharsets.US_ASCII)
                .strip()
                .getBytes(StandardCharsets.US_ASCII));
    }
}
