package org.pgagent.chunk;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** How a chunk is stored; the names are part of the repository format. */
public enum Codec {
    /** As it is. */
    NONE,
    /** One LZ4 frame (lz4_Frame_format.md of the LZ4 project), as the {@code lz4} tool reads it. */
    LZ4,
    /** One zstd frame (RFC 8878), as the {@code zstd} tool reads it. */
    ZSTD;

    public static Codec parse(String name) {
        return Arrays.stream(values())
                .filter(codec -> codec.toString().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("not a codec: '" + name + "' (there are "
                        + Arrays.stream(values()).map(Codec::toString).collect(Collectors.joining(", ")) + ")"));
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
