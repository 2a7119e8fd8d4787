package org.pgagent.kit;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.storage.ByteRange;
import org.pgagent.storage.ListDepth;
import org.pgagent.storage.MultipartUpload;
import org.pgagent.storage.ObjectChangedException;
import org.pgagent.storage.ObjectContent;
import org.pgagent.storage.ObjectInfo;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectListing;
import org.pgagent.storage.ObjectMissingException;
import org.pgagent.storage.ObjectPart;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.UnfinishedUpload;
import org.pgagent.storage.UploadedParts;
import org.pgagent.storage.WriteCondition;

/**
 * A store in memory that does just what the contract of {@link ObjectStore} says and fails the test when a stream or an
 * upload is left open. Thread-safe: one thing happens at a time.
 */
public final class MemoryObjectStore implements ObjectStore {
    private static final int PAGE_MAX = 1000;
    private static final Comparator<String> BYTE_ORDER = (one, other) -> Arrays.compareUnsigned(
            one.getBytes(java.nio.charset.StandardCharsets.UTF_8),
            other.getBytes(java.nio.charset.StandardCharsets.UTF_8));

    private final NavigableMap<String, Stored> objects = new TreeMap<>(BYTE_ORDER);
    private final Map<String, MemoryUpload> uploads = new TreeMap<>();
    private final Optional<InstantSource> time;
    private long versions;
    private int openStreams;

    /** One whose time goes on by a second with every write. */
    public MemoryObjectStore() {
        this.time = Optional.empty();
    }

    public MemoryObjectStore(InstantSource time) {
        this.time = Optional.of(time);
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Stored(byte[] bytes, ObjectInfo info) {}

    @Override
    public synchronized ObjectInfo put(ObjectKey key, ByteBuffer content, WriteCondition condition) throws IOException {
        ObjectStore.requireContent(content);
        return store(key, bytesOf(content), condition);
    }

    private static byte[] bytesOf(ByteBuffer content) {
        byte[] bytes = new byte[content.remaining()];
        content.duplicate().get(bytes);
        return bytes;
    }

    private ObjectInfo store(ObjectKey key, byte[] bytes, WriteCondition condition) throws ObjectChangedException {
        Optional<String> etag = head(key).map(ObjectInfo::etag);
        boolean holds = condition instanceof WriteCondition.Always
                || (condition instanceof WriteCondition.IfAbsent && etag.isEmpty())
                || (condition instanceof WriteCondition.IfUnchanged unchanged
                        && etag.equals(Optional.of(unchanged.etag())));
        if (!holds) {
            throw new ObjectChangedException(key + " in memory", null);
        }
        versions++;
        ObjectInfo info = new ObjectInfo(key, bytes.length, "version-" + versions, now());
        objects.put(key.value(), new Stored(bytes, info));
        return info;
    }

    private Instant now() {
        return time.map(InstantSource::instant).orElseGet(() -> Instant.ofEpochSecond(versions));
    }

    @Override
    public synchronized MultipartUpload startUpload(ObjectKey key) {
        versions++;
        MemoryUpload upload = new MemoryUpload(key, "upload-" + versions);
        uploads.put(upload.id, upload);
        return upload;
    }

    @Override
    public synchronized InputStream get(ObjectKey key, ByteRange range) throws IOException {
        byte[] bytes = find(key).bytes();
        if (bytes.length < range.end()) {
            throw new PgAgentException(
                    ErrorKind.CORRUPTED, key + " has only " + bytes.length + " bytes, not " + range.end(), "Look.");
        }
        openStreams++;
        return new ByteArrayInputStream(bytes, (int) range.start(), (int) range.length()) {
            private boolean closed;

            @Override
            public void close() {
                synchronized (MemoryObjectStore.this) {
                    openStreams -= closed ? 0 : 1;
                    closed = true;
                }
            }
        };
    }

    private Stored find(ObjectKey key) throws ObjectMissingException {
        Stored stored = objects.get(key.value());
        if (stored == null) {
            throw new ObjectMissingException(key + " in memory", null);
        }
        return stored;
    }

    @Override
    public synchronized ObjectContent getSmall(ObjectKey key, int sizeMaxBytes) throws IOException {
        Stored stored = find(key);
        if (stored.bytes().length > sizeMaxBytes) {
            throw new PgAgentException(ErrorKind.CORRUPTED, key + " is larger than " + sizeMaxBytes, "Look.");
        }
        return new ObjectContent(stored.bytes().clone(), stored.info().etag());
    }

    @Override
    public synchronized Optional<ObjectInfo> head(ObjectKey key) {
        return Optional.ofNullable(objects.get(key.value())).map(Stored::info);
    }

    @Override
    public synchronized ObjectListing list(String prefix, ListDepth depth, Optional<String> from) {
        List<ObjectInfo> page = new ArrayList<>();
        TreeSet<String> folders = new TreeSet<>(BYTE_ORDER);
        String last = "";
        for (Stored stored : objects.tailMap(prefix, true).values()) {
            String key = stored.info().key().value();
            if (!key.startsWith(prefix)) {
                break;
            }
            int slash = depth == ListDepth.FOLDER ? key.indexOf('/', prefix.length()) : -1;
            String entry = slash < 0 ? key : key.substring(0, slash + 1);
            boolean passed = from.isPresent() && BYTE_ORDER.compare(entry, from.get()) <= 0;
            if (passed || folders.contains(entry)) {
                continue;
            }
            if (page.size() + folders.size() == PAGE_MAX) {
                return new ObjectListing(page, keys(folders), Optional.of(last));
            }
            if (slash < 0) {
                page.add(stored.info());
            } else {
                folders.add(entry);
            }
            last = entry;
        }
        return new ObjectListing(page, keys(folders), Optional.empty());
    }

    private static List<ObjectKey> keys(Collection<String> folders) {
        return folders.stream()
                .map(folder -> new ObjectKey(folder.substring(0, folder.length() - 1)))
                .toList();
    }

    @Override
    public synchronized void delete(List<ObjectKey> keys) {
        ObjectStore.requireDeletable(keys);
        keys.forEach(key -> objects.remove(key.value()));
    }

    @Override
    public synchronized List<UnfinishedUpload> unfinishedUploads(String prefix) {
        return uploads.values().stream()
                .filter(upload -> upload.key.value().startsWith(prefix))
                .map(upload -> new UnfinishedUpload(upload.key, upload.id, Instant.ofEpochSecond(versions)))
                .limit(PAGE_MAX)
                .toList();
    }

    @Override
    public synchronized void abort(UnfinishedUpload upload) {
        uploads.remove(upload.uploadId());
    }

    @Override
    public String describe() {
        return "memory";
    }

    @Override
    public String identity() {
        return describe();
    }

    /** @throws IllegalStateException if a stream is still open; abandoned uploads are for {@link #unfinishedUploads} */
    @Override
    public synchronized void close() {
        if (openStreams > 0) {
            throw new IllegalStateException(openStreams + " streams were left open");
        }
    }

    private final class MemoryUpload implements MultipartUpload {
        private final ObjectKey key;
        private final String id;
        private final UploadedParts sizes = new UploadedParts();
        private final NavigableMap<Integer, byte[]> parts = new TreeMap<>();
        private boolean completed;

        private MemoryUpload(ObjectKey key, String id) {
            this.key = key;
            this.id = id;
        }

        @Override
        public ObjectKey key() {
            return key;
        }

        @Override
        public void uploadPart(int partNumber, ByteBuffer content) throws IOException {
            ObjectStore.requireContent(content);
            byte[] bytes = bytesOf(content);
            synchronized (MemoryObjectStore.this) {
                requireAlive();
                sizes.arrived(partNumber, bytes.length);
                parts.put(partNumber, bytes);
            }
        }

        @Override
        public boolean copyPart(int partNumber, ObjectPart source) throws IOException {
            ByteRange range = source.range();
            if (range.length() < PART_MIN_BYTES) {
                throw new IllegalArgumentException("a copied part of " + range.length() + " bytes");
            }
            synchronized (MemoryObjectStore.this) {
                Stored stored = objects.get(source.key().value());
                if (stored == null) {
                    throw new ObjectMissingException(source.key() + " in memory", null);
                }
                uploadPart(
                        partNumber,
                        ByteBuffer.wrap(
                                Arrays.copyOfRange(stored.bytes(), (int) range.start(), Math.toIntExact(range.end()))));
                return true;
            }
        }

        private void requireAlive() throws PgAgentException {
            if (uploads.get(id) != this) {
                throw new PgAgentException(
                        ErrorKind.STORE_DENIED, "the upload of " + key + " was aborted", "Look for a purge.");
            }
        }

        @Override
        public ObjectInfo complete(WriteCondition condition) throws IOException {
            synchronized (MemoryObjectStore.this) {
                if (completed) {
                    throw new IllegalStateException("the upload of " + key + " was completed before");
                }
                sizes.requireWhole();
                requireAlive();
                ByteArrayOutputStream whole = new ByteArrayOutputStream();
                for (byte[] part : parts.values()) {
                    whole.write(part);
                }
                ObjectInfo info = store(key, whole.toByteArray(), condition);
                uploads.remove(id);
                completed = true;
                return info;
            }
        }

        @Override
        public void close() {
            synchronized (MemoryObjectStore.this) {
                uploads.remove(id);
            }
        }
    }
}
