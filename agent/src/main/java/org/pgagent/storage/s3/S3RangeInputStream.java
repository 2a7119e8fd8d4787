package org.pgagent.storage.s3;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Function;
import org.pgagent.error.PgAgentException;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * Exactly so many bytes of an answer's content, or an exception. Closing it early drops the connection instead of reading
 * the rest; closing it at the end gives the connection back.
 */
final class S3RangeInputStream extends InputStream {
    private final ResponseInputStream<GetObjectResponse> answer;
    private final AnswerContent content;
    private final Function<Exception, PgAgentException> translation;
    private long remaining;

    /** @param max how long reading may take, the reader's own time apart */
    S3RangeInputStream(
            ResponseInputStream<GetObjectResponse> answer,
            long length,
            Duration max,
            Function<Exception, PgAgentException> translation) {
        this.answer = answer;
        this.content = new AnswerContent(answer, length, max);
        this.remaining = length;
        this.translation = translation;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, buffer.length);
        if (length == 0) {
            return 0;
        }
        if (remaining == 0) {
            return -1;
        }
        try {
            int read = content.read(buffer, offset, (int) Math.min(length, remaining));
            if (read < 0) {
                throw new EOFException(remaining + " bytes are missing at the end");
            }
            remaining -= read;
            return read;
        } catch (IOException | SdkException e) {
            throw translation.apply(e);
        }
    }

    @Override
    public void close() throws IOException {
        if (remaining > 0) {
            answer.abort();
            return;
        }
        try {
            answer.close();
        } catch (IOException | SdkException e) {
            // Every byte has arrived, so that the connection could not be given back harms nobody.
            answer.abort();
        }
    }
}
