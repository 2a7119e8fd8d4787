package org.pgagent.chunk;

import java.util.HexFormat;

/**
 * The 128-bit XXH3 hash of original bytes, seed 0; printed as {@code xxhsum -H128} prints it, high half first.
 *
 * <p>Tells changed content from unchanged and damaged from whole. It is no defence against somebody who forges content.
 */
public record ContentHash(long high, long low) {
    public static ContentHash parse(String digits) {
        if (digits.length() != 32) {
            throw new IllegalArgumentException("not a content hash: '" + digits + "' (32 hexadecimal digits)");
        }
        return new ContentHash(
                HexFormat.fromHexDigitsToLong(digits.substring(0, 16)),
                HexFormat.fromHexDigitsToLong(digits.substring(16)));
    }

    @Override
    public String toString() {
        return HexFormat.of().toHexDigits(high) + HexFormat.of().toHexDigits(low);
    }
}
