package org.pgagent.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

/**
 * Finds out whether a store honours conditions, by trying each kind on an object of its own,
 * {@code <folder>probe-<random>}, which it removes afterwards. Some S3 servers take the headers of a condition and ignore
 * them: without this test two writers would overwrite each other silently.
 *
 * <p>Costs about eight small requests; the caller remembers the answer with the repository. A probe that is killed leaves
 * one object of a few bytes behind.
 */
public final class ConditionProbe {
    private static final String WRONG_ETAG = "00000000000000000000000000000000";

    private final ObjectStore store;
    private final ObjectKey key;

    /** @param folder what the key begins with: empty, or text that ends with a slash */
    public ConditionProbe(ObjectStore store, String folder, RandomGenerator random) {
        this.store = store;
        byte[] name = new byte[8];
        random.nextBytes(name);
        this.key = new ObjectKey(folder + "probe-" + HexFormat.of().formatHex(name));
    }

    /**
     * Asks the store.
     *
     * @throws PgAgentException when the store cannot be written to at all
     */
    public ConditionSupport run() throws IOException {
        ConditionSupport support;
        try {
            support = probe();
        } catch (IOException | RuntimeException e) {
            try {
                store.delete(List.of(key));
            } catch (IOException deletion) {
                e.addSuppressed(deletion);
            }
            throw e;
        }
        store.delete(List.of(key));
        return support;
    }

    private ConditionSupport probe() throws IOException {
        // The contents differ, for the retrying store takes an object with the same bytes for its own.
        Optional<ObjectInfo> first = conditionalPut("1", WriteCondition.ifAbsent());
        if (first.isEmpty()) {
            // Told apart from a store that may not be written to at all, which is for the caller to hear.
            store.put(key, bytes("unconditional"), WriteCondition.always());
            return ConditionSupport.IGNORED;
        }
        boolean honoured = conditionalPut("2", WriteCondition.ifAbsent()).isEmpty()
                && conditionalPut("3", WriteCondition.ifUnchanged(WRONG_ETAG)).isEmpty()
                && conditionalPut("4", WriteCondition.ifUnchanged(first.get().etag()))
                        .isPresent()
                && uploadIsRefused();
        return honoured ? ConditionSupport.HONOURED : ConditionSupport.IGNORED;
    }

    private Optional<ObjectInfo> conditionalPut(String text, WriteCondition condition) throws IOException {
        try {
            return Optional.of(store.put(key, bytes(text), condition));
        } catch (ObjectChangedException e) {
            return Optional.empty();
        } catch (PgAgentException e) {
            return emptyIfRefused(e);
        }
    }

    private boolean uploadIsRefused() throws IOException {
        try (MultipartUpload upload = store.startUpload(key)) {
            upload.uploadPart(1, bytes("5"));
            upload.complete(WriteCondition.ifAbsent());
            return false;
        } catch (ObjectChangedException e) {
            return true;
        } catch (PgAgentException e) {
            return emptyIfRefused(e).isPresent();
        }
    }

    /** A store may also refuse the request because it does not know the header. */
    private static Optional<ObjectInfo> emptyIfRefused(PgAgentException e) throws PgAgentException {
        if (e.kind() == ErrorKind.STORE_DENIED) {
            return Optional.empty();
        }
        throw e;
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(
                ("pgagent asks whether this store honours conditions: " + text).getBytes(StandardCharsets.UTF_8));
    }
}
