package org.pgagent.chunk;

import com.dynatrace.hash4j.hashing.HashStream128;
import com.dynatrace.hash4j.hashing.HashValue128;
import com.dynatrace.hash4j.hashing.Hashing;

/** Computes the {@link ContentHash} of bytes that come in pieces. For one thread. */
public final class RunningHash {
    private final HashStream128 state = Hashing.xxh3_128().hashStream();
    private long size;

    public void update(byte[] bytes, int offset, int length) {
        state.putBytes(bytes, offset, length);
        size += length;
    }

    /** The hash of everything so far; more may follow. */
    public ContentHash hash() {
        HashValue128 hash = state.get();
        return new ContentHash(hash.getMostSignificantBits(), hash.getLeastSignificantBits());
    }

    /** How many bytes there were so far. */
    public long size() {
        return size;
    }
}
