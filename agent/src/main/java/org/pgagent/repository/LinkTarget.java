package org.pgagent.repository;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** What a symbolic link says, byte for byte. */
public final class LinkTarget {
    private final byte[] bytes;

    public LinkTarget(byte[] bytes) {
        this.bytes = bytes.clone();
    }

    public byte[] bytes() {
        return bytes.clone();
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
