package org.pgagent.chunk;

/**
 * How chunks are to be stored: a codec and how hard it tries. Written {@code none}, {@code lz4}, {@code lz4:9},
 * {@code zstd} or {@code zstd:3}.
 *
 * @param level lz4: 1 is fast, 3 to 12 are its high-compression mode; zstd: 1 to 19; none: 0
 */
public record Compression(Codec codec, int level) {
    public static final Compression DEFAULT = new Compression(Codec.LZ4, 1);
    public static final Compression NONE = new Compression(Codec.NONE, 0);

    public Compression {
        if (level < levelMin(codec) || level > levelMax(codec)) {
            throw new IllegalArgumentException("no level " + level + " for " + codec + " (" + levelMin(codec) + " to "
                    + levelMax(codec) + "; a good one: " + codec + ":" + levelMin(codec) + ")");
        }
    }

    /** Reads the written form; without a level, the fastest. */
    public static Compression parse(String text) {
        int colon = text.indexOf(':');
        if (colon < 0) {
            Codec codec = Codec.parse(text);
            return new Compression(codec, levelMin(codec));
        }
        try {
            return new Compression(Codec.parse(text.substring(0, colon)), Integer.parseInt(text.substring(colon + 1)));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("not a compression: '" + text + "' (good ones: lz4, zstd:3)", e);
        }
    }

    private static int levelMin(Codec codec) {
        return codec == Codec.NONE ? 0 : 1;
    }

    private static int levelMax(Codec codec) {
        return switch (codec) {
            case NONE -> 0;
            case LZ4 -> 12;
            case ZSTD -> 19;
        };
    }

    @Override
    public String toString() {
        return codec == Codec.NONE ? "none" : codec + ":" + level;
    }
}
