package org.pgagent.chunk;

import com.dynatrace.hash4j.hashing.HashValue128;
import com.dynatrace.hash4j.hashing.Hasher128;
import com.dynatrace.hash4j.hashing.Hashing;
import java.nio.ByteBuffer;

/** Computes {@link ContentHash}es. */
public final class ContentHasher {
    private static final Hasher128 XXH3_128 = Hashing.xxh3_128();

    private ContentHasher() {}

    /** The hash of the bytes between position and limit of a heap buffer, neither of which is moved. */
    public static ContentHash hash(ByteBuffer original) {
        HashValue128 hash = XXH3_128.hashBytesTo128Bits(
                original.array(), original.arrayOffset() + original.position(), original.remaining());
        return new ContentHash(hash.getMostSignificantBits(), hash.getLeastSignificantBits());
    }
}
