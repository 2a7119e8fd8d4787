package org.pgagent.transfer;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.pgagent.repository.ManifestSum;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.WriteCondition;

/**
 * An object written through a stream, such as a manifest. Flushing and closing the stream do not publish it; {@link
 * #complete} does. For one thread.
 */
public final class ObjectSink extends OutputStream {
    private final PartedObject object;
    private final MessageDigest sha256;

    /**
     * Begins an object.
     *
     * @param senders the caller's
     */
    public ObjectSink(ObjectStore store, ObjectKey key, PartSenders senders) {
        this.object = new PartedObject(store, key, senders);
        try {
            this.sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        sha256.update(bytes, offset, length);
        object.append(ByteBuffer.wrap(bytes, offset, length));
    }

    /**
     * Publishes the object, which must not exist yet.
     *
     * @return its size and SHA-256
     * @throws org.pgagent.storage.ObjectChangedException if it does
     */
    public ManifestSum complete() throws IOException {
        object.complete(WriteCondition.ifAbsent());
        return new ManifestSum(object.size(), HexFormat.of().formatHex(sha256.digest()), null);
    }

    /** Gives the object up. Closing the stream is not enough, because a writer on top closes it when it is done. */
    public void abort() {
        object.close();
    }
}
