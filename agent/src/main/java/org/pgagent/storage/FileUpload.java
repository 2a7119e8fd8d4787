package org.pgagent.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import java.util.Optional;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An object of a directory on its way in parts: each part is a file, and completing copies them one after another into the
 * object. Only the object is put on disk; parts do not have to survive a crash. Needs twice the object's size until the
 * end.
 */
final class FileUpload implements MultipartUpload {
    private static final Logger LOG = LoggerFactory.getLogger(FileUpload.class);

    private final RepositoryDirectory directory;
    private final FilePublisher publisher;
    private final ObjectKey key;
    private final Path folder;
    private final UploadedParts parts = new UploadedParts();
    /** Kept when the name could not be put on disk, so that the next call knows that the object is its own. */
    private Optional<ObjectInfo> published = Optional.empty();

    private boolean completed;

    FileUpload(RepositoryDirectory directory, FilePublisher publisher, ObjectKey key, Path folder) {
        this.directory = directory;
        this.publisher = publisher;
        this.key = key;
        this.folder = folder;
    }

    @Override
    public ObjectKey key() {
        return key;
    }

    @Override
    public void uploadPart(int partNumber, ByteBuffer content) throws IOException {
        UploadedParts.requireNumber(partNumber);
        ObjectStore.requireContent(content);
        if (!Files.isDirectory(folder)) {
            throw gone(null);
        }
        try (TemporaryFile written = TemporaryFile.beside(part(partNumber), directory)) {
            written.append(content.duplicate());
            Files.move(written.path(), part(partNumber), StandardCopyOption.ATOMIC_MOVE);
            parts.arrived(partNumber, content.remaining());
        } catch (IOException e) {
            throw FileErrors.translate("write part " + partNumber + " of " + key, directory.root(), e);
        }
    }

    @Override
    public boolean copyPart(int partNumber, ObjectPart source) throws IOException {
        UploadedParts.requireNumber(partNumber);
        if (!Files.isDirectory(folder)) {
            throw gone(null);
        }
        Path file = directory.file(source.key());
        directory.requireInside(file);
        try (TemporaryFile written = TemporaryFile.beside(part(partNumber), directory)) {
            written.append(file, source.range());
            Files.move(written.path(), part(partNumber), StandardCopyOption.ATOMIC_MOVE);
            parts.arrived(partNumber, source.range().length());
            return true;
        } catch (NoSuchFileException e) {
            throw new ObjectMissingException(source.key() + " in " + directory.root(), e);
        } catch (IOException e) {
            throw FileErrors.translate("copy part " + partNumber + " of " + key, directory.root(), e);
        }
    }

    private Path part(int number) {
        return folder.resolve(String.format(Locale.ROOT, "part-%05d", number));
    }

    private PgAgentException gone(IOException cause) {
        return new PgAgentException(
                ErrorKind.STORE_DENIED,
                "the upload of " + key + " in " + directory.root() + " was aborted by somebody else",
                "See who removes files from the directory '.tmp-uploads' there, and run the command again.",
                cause);
    }

    @Override
    public ObjectInfo complete(WriteCondition condition) throws IOException {
        if (completed) {
            throw new IllegalStateException("the upload of " + key + " was completed before");
        }
        parts.requireWhole();
        Path file = directory.file(key);
        try {
            if (published.isEmpty()) {
                published = Optional.of(publish(file, condition));
            }
            directory.syncFolder(file.getParent());
        } catch (NoSuchFileException e) {
            throw gone(e);
        } catch (IOException e) {
            throw FileErrors.translate("complete " + key, directory.root(), e);
        }
        completed = true;
        close();
        return published.get();
    }

    private ObjectInfo publish(Path file, WriteCondition condition) throws IOException {
        try (TemporaryFile written = TemporaryFile.beside(file, directory)) {
            for (int number = 1; number <= parts.count(); number++) {
                written.append(part(number));
            }
            written.sync();
            return publisher.publish(written.path(), key, condition);
        }
    }

    @Override
    public void close() {
        try {
            FileUploads.remove(directory, folder);
        } catch (IOException e) {
            LOG.warn("cannot remove the parts of an upload folder={}", folder, e);
        }
    }
}
