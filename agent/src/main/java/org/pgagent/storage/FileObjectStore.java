package org.pgagent.storage;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A directory as object store: an object is a file, its key the path below the root. Thread-safe; several processes may
 * use one directory, each with one store.
 *
 * <p>Whatever is confirmed is on disk: the bytes, the file's name and the names of its folders. An object appears and is
 * replaced in one step, so a crash leaves the old one or the new one, and at most a file whose name begins with
 * {@code .tmp-}, which is never listed as an object but by {@link #unfinishedUploads}.
 *
 * <p>Differs from S3 in this: a directory cannot keep an object {@code a} and an object {@code a/b} at once (the second is
 * refused with STORE_DENIED); no segment of a key may begin with {@code .tmp-} or have more than 255 bytes; nothing is
 * reached through symbolic links, but the root may be one. A listing sorts each folder anew for each page and keeps one
 * page in memory, so folders with very many objects are slow to list, not large.
 */
public final class FileObjectStore implements ObjectStore {
    private static final Logger LOG = LoggerFactory.getLogger(FileObjectStore.class);

    private static final int READ_RACES_MAX = 100;

    private final RepositoryDirectory directory;
    private final StoreLock lock;
    private final FilePublisher publisher;
    private final FileUploads uploads;

    private FileObjectStore(Path root, RandomGenerator random) {
        this.directory = new RepositoryDirectory(root, random);
        this.lock = new StoreLock(root.resolve(RepositoryDirectory.OWN + "lock"));
        this.publisher = new FilePublisher(directory, lock);
        this.uploads = new FileUploads(directory, publisher);
    }

    /**
     * Opens a directory, which is not created.
     *
     * @param random gives temporary files their names; differs from process to process
     * @throws PgAgentException of kind STORE_MISSING if there is none
     */
    public static FileObjectStore open(Path root, RandomGenerator random) throws PgAgentException {
        try {
            Path real = root.toRealPath();
            if (!Files.isDirectory(real)) {
                throw FileErrors.missingRoot(root, null);
            }
            return new FileObjectStore(real, random);
        } catch (NoSuchFileException e) {
            throw FileErrors.missingRoot(root, e);
        } catch (IOException e) {
            throw FileErrors.translate("open the repository", root, e);
        }
    }

    private PgAgentException failed(String what, IOException e) {
        return FileErrors.translate(what, directory.root(), e);
    }

    @Override
    public ObjectInfo put(ObjectKey key, ByteBuffer content, WriteCondition condition) throws IOException {
        ObjectStore.requireContent(content);
        Path file = directory.file(key);
        try {
            directory.requireInside(file);
            try (TemporaryFile written = TemporaryFile.beside(file, directory)) {
                written.append(content.duplicate());
                written.sync();
                ObjectInfo info = publisher.publish(written.path(), key, condition);
                directory.syncFolder(file.getParent());
                return info;
            }
        } catch (IOException e) {
            throw failed("write " + key, e);
        }
    }

    @Override
    public MultipartUpload startUpload(ObjectKey key) throws IOException {
        try {
            return uploads.start(key);
        } catch (IOException e) {
            throw failed("start an upload of " + key, e);
        }
    }

    @Override
    public InputStream get(ObjectKey key, ByteRange range) throws IOException {
        try {
            FileChannel channel = openToRead(key);
            try {
                if (channel.size() < range.end()) {
                    throw new PgAgentException(
                            ErrorKind.CORRUPTED,
                            key + " in " + directory.root() + " has " + channel.size() + " bytes, but bytes "
                                    + range.start() + " to " + range.end() + " were asked for",
                            "See who else writes there, and take a new backup; 'pgagent show' lists those to restore instead.");
                }
                channel.position(range.start());
                return new FileRangeInputStream(channel, range.length(), e -> failed("read " + key, e));
            } catch (IOException e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            throw failed("read " + key, e);
        }
    }

    private FileChannel openToRead(ObjectKey key) throws IOException {
        Path file = directory.file(key);
        directory.requireInside(file);
        if (FileState.of(file).isEmpty()) {
            throw missing(key, null);
        }
        try {
            return FileChannel.open(file, StandardOpenOption.READ);
        } catch (NoSuchFileException e) {
            throw missing(key, e);
        }
    }

    private PgAgentException missing(ObjectKey key, IOException cause) throws PgAgentException {
        directory.requireRoot();
        return new ObjectMissingException(key + " in " + directory.root(), cause);
    }

    @Override
    public ObjectContent getSmall(ObjectKey key, int sizeMaxBytes) throws IOException {
        try {
            for (int races = 0; races < READ_RACES_MAX; races++) {
                Optional<ObjectContent> content = readSmall(key, sizeMaxBytes);
                if (content.isPresent()) {
                    return content.get();
                }
            }
            throw new IOException("it is replaced all the time");
        } catch (IOException e) {
            throw failed("read " + key, e);
        }
    }

    /** Empty if the object was replaced meanwhile, so that bytes and ETag would not belong together. */
    private Optional<ObjectContent> readSmall(ObjectKey key, int sizeMaxBytes) throws IOException {
        Optional<ObjectInfo> before = head(key);
        try (FileChannel channel = openToRead(key)) {
            if (!before.equals(head(key))) {
                return Optional.empty();
            }
            if (channel.size() > sizeMaxBytes) {
                throw new PgAgentException(
                        ErrorKind.CORRUPTED,
                        key + " in " + directory.root() + " has " + channel.size() + " bytes, more than the "
                                + sizeMaxBytes + " that it may have",
                        "Something else than pgagent has written it.");
            }
            ByteBuffer bytes = ByteBuffer.allocate((int) channel.size());
            while (bytes.hasRemaining()) {
                if (channel.read(bytes) < 0) {
                    throw new IOException("it was cut while it was read");
                }
            }
            return before.map(info -> new ObjectContent(bytes.array(), info.etag()));
        }
    }

    @Override
    public Optional<ObjectInfo> head(ObjectKey key) throws IOException {
        Path file = directory.file(key);
        try {
            directory.requireInside(file);
            Optional<FileState> state = FileState.of(file);
            if (state.isEmpty()) {
                directory.requireRoot();
            }
            return state.map(found -> found.info(key));
        } catch (IOException e) {
            throw failed("look at " + key, e);
        }
    }

    @Override
    public ObjectListing list(String prefix, ListDepth depth, Optional<String> from) throws IOException {
        try {
            directory.requireRoot();
            return new DirectoryListing(directory, prefix, depth, from).page();
        } catch (IOException e) {
            throw failed("list " + prefix, e);
        }
    }

    @Override
    public void delete(List<ObjectKey> keys) throws IOException {
        ObjectStore.requireDeletable(keys);
        Set<Path> folders = new HashSet<>();
        for (ObjectKey key : keys) {
            Path file = directory.file(key);
            try {
                directory.requireInside(file);
                if (lock.holding(() -> FileState.of(file).isPresent() && Files.deleteIfExists(file))) {
                    folders.add(file.getParent());
                }
            } catch (IOException e) {
                throw failed("delete " + key, e);
            }
        }
        for (Path folder : folders) {
            try {
                directory.syncFolder(folder);
                directory.removeEmptyFolders(folder);
            } catch (NoSuchFileException e) {
                LOG.debug("folder is gone already folder={}", folder);
            } catch (IOException e) {
                throw failed("delete in " + folder, e);
            }
        }
    }

    @Override
    public List<UnfinishedUpload> unfinishedUploads(String prefix) throws IOException {
        try {
            directory.requireRoot();
            return uploads.unfinished(prefix);
        } catch (IOException e) {
            throw failed("list unfinished uploads below " + prefix, e);
        }
    }

    @Override
    public void abort(UnfinishedUpload upload) throws IOException {
        try {
            uploads.abort(upload);
        } catch (IOException e) {
            throw failed("abort the upload of " + upload.key(), e);
        }
    }

    @Override
    public String describe() {
        return "file://" + directory.root();
    }

    @Override
    public String identity() {
        return describe();
    }

    @Override
    public void close() {
        try {
            lock.close();
        } catch (IOException e) {
            LOG.warn("cannot close the repository's lock root={}", directory.root(), e);
        }
    }
}
