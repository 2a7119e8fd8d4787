package org.pgagent.storage;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The multipart uploads of a directory: {@code .tmp-uploads/<id>/} with a file {@code key} and the parts. Also knows the
 * single files that interrupted puts leave behind, so that all garbage is found in one place.
 */
final class FileUploads {
    private static final String FOLDER = RepositoryDirectory.OWN + "uploads";
    private static final String KEY_FILE = "key";
    /** The upload id of a file that an interrupted put has left; the key is its own path. */
    private static final String LEFT_FILE = "file";

    private static final int FOUND_MAX = 1000;

    private final RepositoryDirectory directory;
    private final FilePublisher publisher;

    FileUploads(RepositoryDirectory directory, FilePublisher publisher) {
        this.directory = directory;
        this.publisher = publisher;
    }

    MultipartUpload start(ObjectKey key) throws IOException {
        directory.requireInside(directory.file(key));
        Path folder = directory.path(FOLDER).resolve(directory.randomName());
        directory.createFolders(folder);
        Files.writeString(folder.resolve(KEY_FILE), key.value());
        return new FileUpload(directory, publisher, key, folder);
    }

    List<UnfinishedUpload> unfinished(String prefix) throws IOException {
        List<UnfinishedUpload> found = new ArrayList<>();
        directory.forEachEntry(directory.path(FOLDER), folder -> {
            Optional<ObjectKey> key = keyOf(folder);
            if (key.isPresent() && key.get().value().startsWith(prefix) && found.size() < FOUND_MAX) {
                found.add(new UnfinishedUpload(
                        key.get(),
                        folder.getFileName().toString(),
                        Files.getLastModifiedTime(folder).toInstant()));
            }
        });
        Optional<Path> start = directory.folderOf(prefix);
        if (start.isPresent()) {
            collectLeftFiles(start.get(), prefix, found);
        }
        return found;
    }

    private static Optional<ObjectKey> keyOf(Path folder) throws IOException {
        Path file = folder.resolve(KEY_FILE);
        if (FileState.of(file).isEmpty()) {
            return Optional.empty();
        }
        String key = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        try {
            return Optional.of(new ObjectKey(key));
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // killed before the key was written
        }
    }

    private void collectLeftFiles(Path folder, String prefix, List<UnfinishedUpload> found) throws IOException {
        directory.forEachEntry(folder, entry -> {
            String key = directory.root().relativize(entry).toString();
            boolean own = entry.getFileName().toString().startsWith(RepositoryDirectory.OWN);
            if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                if (!own) {
                    collectLeftFiles(entry, prefix, found);
                }
            } else if (own && isLeftFile(key) && key.startsWith(prefix) && found.size() < FOUND_MAX) {
                FileState.of(entry)
                        .ifPresent(state -> found.add(new UnfinishedUpload(
                                new ObjectKey(key), LEFT_FILE, state.modified().toInstant())));
            }
        });
    }

    private static boolean isLeftFile(String key) {
        return key.matches("(.*/)?" + RepositoryDirectory.OWN + "[0-9a-f]{32}");
    }

    void abort(UnfinishedUpload upload) throws IOException {
        if (upload.uploadId().equals(LEFT_FILE) && isLeftFile(upload.key().value())) {
            Path file = directory.path(upload.key().value());
            directory.requireInside(file);
            Files.deleteIfExists(file);
        } else if (upload.uploadId().matches("[0-9a-f]{32}")) {
            remove(directory, directory.path(FOLDER).resolve(upload.uploadId()));
        } else {
            throw new IllegalArgumentException("not an upload id of a directory: '" + upload.uploadId() + "'");
        }
    }

    /** Removes the folder of an upload, whatever of it is still there. */
    static void remove(RepositoryDirectory directory, Path folder) throws IOException {
        directory.forEachEntry(folder, Files::deleteIfExists);
        Files.deleteIfExists(folder);
    }
}
