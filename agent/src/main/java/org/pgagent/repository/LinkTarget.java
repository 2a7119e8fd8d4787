package org.pgagent.repository;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.pgagent.postgres.DataPath;

/** What a symbolic link says, byte for byte. */
public final class LinkTarget {
    private final byte[] bytes;

    public LinkTarget(byte[] bytes) {
        this.bytes = bytes.clone();
    }

    /** What {@link java.nio.file.Files#readSymbolicLink} gave. */
    public static LinkTarget of(Path target) {
        if (!target.isAbsolute()) {
            return new LinkTarget(DataPath.rawBytes(target));
        }
        byte[] relative = DataPath.rawBytes(target.getRoot().relativize(target));
        return new LinkTarget(ByteBuffer.allocate(relative.length + 1)
                .put((byte) '/')
                .put(relative)
                .array());
    }

    public byte[] bytes() {
        return bytes.clone();
    }

    /** The target as text, or empty if its bytes are no UTF-8. */
    public Optional<String> text() {
        return DataPath.strictUtf8(bytes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LinkTarget target && Arrays.equals(bytes, target.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** For messages: as UTF-8, with the bytes that are none replaced. */
    @Override
    public String toString() {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
