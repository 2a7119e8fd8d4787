package org.pgagent.storage.s3;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/**
 * The content of an answer, which must come within a time. Only the time inside of reads counts, so that whoever reads may be
 * slow for reasons of his own. Each read of the source must be bounded itself, as it is by the limit of silence. For one
 * thread.
 */
final class AnswerContent extends FilterInputStream {
    private final Duration max;
    private final long size;
    private long nanos;
    private long received;

    /** That the content did not come in time. */
    static final class TooSlowException extends IOException {
        private static final long serialVersionUID = 1L;

        TooSlowException(String message) {
            super(message);
        }
    }

    /** @param size how many bytes are expected, for the message */
    AnswerContent(InputStream source, long size, Duration max) {
        super(source);
        this.size = size;
        this.max = max;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    /** @throws TooSlowException when the time is over */
    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        long begin = System.nanoTime();
        int read = in.read(buffer, offset, length);
        nanos += System.nanoTime() - begin;
        received += Math.max(read, 0);
        if (nanos > max.toNanos() && received < size) {
            throw new TooSlowException(received + " of " + size + " bytes in "
                    + Duration.ofNanos(nanos).toSeconds() + " s");
        }
        return read;
    }
}
