package org.pgagent.catalog;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.storage.ByteRange;
import org.pgagent.storage.ConditionProbe;
import org.pgagent.storage.ConditionSupport;
import org.pgagent.storage.ListDepth;
import org.pgagent.storage.MultipartUpload;
import org.pgagent.storage.ObjectInfo;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.UnfinishedUpload;
import org.pgagent.storage.WriteCondition;

/**
 * Tries everything that pgagent will ask of a store, on small objects of its own below {@code <cluster>/probe-}, which it
 * removes. Every method throws what the store answers, in the words that a backup would have for it.
 */
public final class RepositoryCheck {
    private static final String PROBE = "probe-";

    private final ObjectStore store;
    private final String folder;
    private final Clock clock;
    private final RandomGenerator random;

    public RepositoryCheck(ObjectStore store, ClusterKeys keys, Clock clock, RandomGenerator random) {
        this.store = store;
        this.folder = keys.cluster() + "/";
        this.clock = clock;
        this.random = random;
    }

    /** Lists: the store answers, the bucket exists, and it may be looked into. */
    public void list() throws IOException {
        store.list(folder, ListDepth.FOLDER, Optional.empty());
    }

    /**
     * Writes an object at once and one in parts, reads both back, and removes them.
     *
     * @return how far the store's clock is ahead of this host's, to a second or two; negative when it is behind
     */
    public Duration write() throws IOException {
        ObjectKey whole = probe("whole");
        ObjectKey parted = probe("parted");
        byte[] content = "pgagent was here".getBytes(StandardCharsets.US_ASCII);
        IOException failure = null;
        try {
            Instant before = clock.instant();
            ObjectInfo stored = store.put(whole, ByteBuffer.wrap(content), WriteCondition.always());
            Duration ahead = ahead(before, stored.lastModified(), clock.instant());
            requireSame(whole, content);
            try (MultipartUpload upload = store.startUpload(parted)) {
                upload.uploadPart(1, ByteBuffer.wrap(content));
                upload.complete(WriteCondition.always());
            }
            requireSame(parted, content);
            return ahead;
        } catch (IOException e) {
            failure = e;
            throw e;
        } finally {
            remove(List.of(whole, parted), failure);
        }
    }

    /** Begins an upload, finds it among those that are not completed, and aborts it, as a purge does with those of the dead. */
    public void uploads() throws IOException {
        ObjectKey begun = probe("begun");
        try (MultipartUpload upload = store.startUpload(begun)) {
            upload.uploadPart(1, ByteBuffer.wrap(new byte[1]));
            boolean listed = false;
            for (UnfinishedUpload found : store.unfinishedUploads(folder + PROBE)) {
                if (found.key().equals(begun)) {
                    store.abort(found);
                    listed = true;
                }
            }
            if (!listed) {
                throw new PgAgentException(
                        ErrorKind.STORE_FAILED,
                        "the store does not list an upload that was begun below " + folder,
                        "Have a rule of the store abort uploads that are not completed; pgagent cannot find them here.");
            }
        }
    }

    private void remove(List<ObjectKey> keys, IOException failure) throws IOException {
        try {
            store.delete(keys);
        } catch (IOException e) {
            if (failure == null) {
                throw e;
            }
            failure.addSuppressed(e);
        }
    }

    /** A store's time stamp is cut to the second, and lies somewhere between asking and the answer. */
    private static Duration ahead(Instant before, Instant stamp, Instant after) {
        if (stamp.isAfter(after)) {
            return Duration.between(after, stamp);
        }
        Instant latest = stamp.plusSeconds(1);
        return latest.isBefore(before) ? Duration.between(before, latest) : Duration.ZERO;
    }

    private void requireSame(ObjectKey key, byte[] content) throws IOException {
        try (InputStream back = store.get(key, new ByteRange(0, content.length))) {
            if (!Arrays.equals(back.readAllBytes(), content)) {
                throw new PgAgentException(
                        ErrorKind.STORE_FAILED,
                        "the store gave other bytes for " + key + " than were written",
                        "Do not use this store; look for a cache or a proxy in front of it.");
            }
        }
    }

    private ObjectKey probe(String name) {
        byte[] chance = new byte[8];
        random.nextBytes(chance);
        return new ObjectKey(folder + PROBE + HexFormat.of().formatHex(chance) + "-" + name);
    }

    /** Whether the store honours the conditions of conditional writes. */
    public ConditionSupport conditions() throws IOException {
        return new ConditionProbe(store, folder, random).run();
    }
}
