package org.pgagent.storage.s3;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.zip.CRC32C;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.ContentStreamProvider;

/** The bytes of a heap buffer as content of a request, without copying them; may be read several times. */
final class HeapContent implements ContentStreamProvider {
    static final String TYPE = "application/octet-stream";

    private final byte[] bytes;
    private final int offset;
    private final int length;

    private final String crc32c;

    HeapContent(ByteBuffer content) {
        this.bytes = content.array();
        this.offset = content.arrayOffset() + content.position();
        this.length = content.remaining();
        CRC32C crc = new CRC32C();
        crc.update(bytes, offset, length);
        this.crc32c = text((int) crc.getValue());
    }

    /** A CRC-32C as S3 wants it in {@code x-amz-checksum-crc32c}: four bytes, the highest first, in Base64. */
    static String text(int crc32c) {
        return Base64.getEncoder()
                .encodeToString(
                        ByteBuffer.allocate(Integer.BYTES).putInt(crc32c).array());
    }

    @Override
    public InputStream newStream() {
        return new ByteArrayInputStream(bytes, offset, length);
    }

    int length() {
        return length;
    }

    RequestBody body() {
        return RequestBody.fromContentProvider(this, length, TYPE);
    }

    /** As {@link #text}. */
    String crc32c() {
        return crc32c;
    }
}
