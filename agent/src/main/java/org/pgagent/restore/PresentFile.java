package org.pgagent.restore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import org.pgagent.chunk.ContentHasher;
import org.pgagent.chunk.StoredChunk;
import org.pgagent.repository.FileContent;
import org.pgagent.repository.ManifestEntry;

/** Tells whether a file that an interrupted restore left is what it shall be, byte for byte. For one thread. */
final class PresentFile {
    private ByteBuffer buffer = ByteBuffer.allocate(1 << 20);

    /** Reads the file, if it has the right size; a file that this user may not read is not whole. */
    boolean isWhole(Path path, ManifestEntry.RegularFile expected) throws IOException {
        try {
            BasicFileAttributes attributes =
                    Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (!attributes.isRegularFile()) {
                throw LocalFailure.writing(path, new IOException("something else has its name"));
            }
            if (attributes.size() != expected.size()) {
                return false;
            }
        } catch (NoSuchFileException e) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            return hasContent(channel, expected);
        } catch (AccessDeniedException e) {
            return false;
        } catch (IOException e) {
            throw LocalFailure.reading(path, e);
        }
    }

    private boolean hasContent(FileChannel channel, ManifestEntry.RegularFile expected) throws IOException {
        for (FileContent.NeededChunk needed : expected.content().needed()) {
            if (!hasContent(channel, needed)) {
                return false;
            }
        }
        return true;
    }

    /** A chunk of which newer ones have replaced some pages cannot be compared, so its file is fetched again. */
    private boolean hasContent(FileChannel channel, FileContent.NeededChunk needed) throws IOException {
        StoredChunk chunk = needed.chunk().chunk();
        int wanted =
                needed.pieces().stream().mapToInt(FileContent.Piece::length).sum();
        if (wanted != chunk.originalSize()) {
            return false;
        }
        if (buffer.capacity() < chunk.originalSize()) {
            buffer = ByteBuffer.allocate(chunk.originalSize());
        }
        for (FileContent.Piece piece : needed.pieces()) {
            buffer.clear().position(piece.chunkOffset()).limit(piece.chunkOffset() + piece.length());
            long at = piece.fileOffset() - piece.chunkOffset();
            while (buffer.hasRemaining()) {
                if (channel.read(buffer, at + buffer.position()) < 0) {
                    return false;
                }
            }
        }
        return ContentHasher.hash(buffer.clear().limit(chunk.originalSize())).equals(chunk.contentHash());
    }
}
