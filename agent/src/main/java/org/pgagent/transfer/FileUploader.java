package org.pgagent.transfer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.pgagent.chunk.ChunkEncoder;
import org.pgagent.chunk.Compression;
import org.pgagent.chunk.StoredChunk;
import org.pgagent.postgres.RelationFile;
import org.pgagent.repository.Extent;

/**
 * Reads files, each once, and puts their chunks into packs. For one thread; several of them share a {@link PackSeries}.
 *
 * <p>{@link #complete} publishes the last pack; closing without it gives that pack up.
 */
public final class FileUploader implements AutoCloseable {
    private final PackWriter packs;
    private final ChunkEncoder encoder;
    private final Optional<PageCheck> pageCheck;
    private final TransferProgress progress;
    private final ByteBuffer original;
    private final ByteBuffer stored;

    /**
     * What chunks are like.
     *
     * @param sizeBytes original bytes of a chunk; a multiple of the page size
     */
    public record ChunkFormat(int sizeBytes, Compression compression) {}

    /** The uploader owns the pack writer; without a page check no page is looked at. */
    public FileUploader(
            PackWriter packs, ChunkFormat format, Optional<PageCheck> pageCheck, TransferProgress progress) {
        this.packs = packs;
        this.encoder = new ChunkEncoder(format.compression());
        this.pageCheck = pageCheck;
        this.progress = progress;
        this.original = ByteBuffer.allocate(format.sizeBytes());
        this.stored = ByteBuffer.allocate(ChunkEncoder.storedSizeMax(format.sizeBytes()));
    }

    /**
     * Uploads a file of the running cluster.
     *
     * @param relation which relation's file it is, if it is one
     * @return empty if there is no such file any more
     */
    public Optional<UploadedFile> upload(Path file, Optional<RelationFile> relation) throws IOException {
        Content content = new Content();
        try (ChunkReader reader = new ChunkReader(file)) {
            long offset = 0;
            while (reader.next(original)) {
                if (relation.isPresent() && pageCheck.isPresent()) {
                    content.badPages.addAll(pageCheck.get().badPages(relation.get(), reader, original, offset));
                }
                content.append(offset);
                offset = reader.offset();
            }
            return Optional.of(content.finish(offset));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** Uploads a small file from memory, at most one chunk. */
    public UploadedFile upload(byte[] bytes) throws IOException {
        Content content = new Content();
        original.clear().put(bytes).flip();
        if (original.hasRemaining()) {
            content.append(0);
        }
        return content.finish(bytes.length);
    }

    /** What is known of the file at hand. */
    private final class Content {
        private final CRC32C crc = new CRC32C();
        private final List<Extent> extents = new ArrayList<>(1);
        private final List<Long> badPages = new ArrayList<>(0);
        private List<StoredChunk> chunks = new ArrayList<>(1);
        private PackWriter.Position extentStart;
        private long extentOffset;

        /** Encodes and stores what is in {@code original}, which lies at {@code offset} in the file. */
        void append(long offset) throws IOException {
            crc.update(original.duplicate());
            StoredChunk chunk = encoder.encode(original, stored);
            PackWriter.Position position = packs.append(stored);
            if (extentStart == null || !extentStart.pack().equals(position.pack())) {
                endExtent();
                extentStart = position;
                extentOffset = offset;
            }
            chunks.add(chunk);
            progress.advanced(chunk.originalSize());
        }

        private void endExtent() {
            if (!chunks.isEmpty()) {
                extents.add(new Extent(extentOffset, extentStart.pack(), extentStart.offset(), chunks));
                chunks = new ArrayList<>();
            }
        }

        UploadedFile finish(long size) {
            endExtent();
            progress.fileDone();
            return new UploadedFile(size, (int) crc.getValue(), extents, badPages);
        }
    }

    /** Publishes the pack at hand. */
    public void complete() throws IOException {
        packs.complete();
    }

    @Override
    public void close() {
        packs.close();
        encoder.close();
    }
}
