package org.pgagent.transfer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.pgagent.chunk.ChunkEncoder;
import org.pgagent.chunk.Compression;
import org.pgagent.chunk.ContentHash;
import org.pgagent.chunk.ContentHasher;
import org.pgagent.chunk.StoredChunk;
import org.pgagent.postgres.PageSet;
import org.pgagent.postgres.RelationFile;
import org.pgagent.repository.PlacedChunk;

/**
 * Reads files, no byte twice, and puts into packs what is not stored already. For one thread; several of them share a {@link
 * PackSeries}.
 *
 * <p>A file is cut into windows of one chunk's size. Of a window that has changed since the parent, the changed pages alone are
 * stored, as one chunk over those that are there; or, when such overlays would have more than half of the pages, the whole
 * window.
 *
 * <p>{@link #complete} publishes the last pack; closing without it gives that pack up.
 */
public final class FileUploader implements AutoCloseable {
    private final PackWriter packs;
    private final ChunkEncoder encoder;
    private final Optional<PageCheck> pageCheck;
    private final ReadRate rate;
    private final TransferProgress progress;
    private final ByteBuffer original;
    private final ByteBuffer stored;

    /**
     * What chunks are like.
     *
     * @param sizeBytes original bytes of a chunk; a multiple of the page size
     */
    public record ChunkFormat(int sizeBytes, Compression compression) {}

    /**
     * How files are read.
     *
     * @param pageCheck without one no page is looked at
     */
    public record Reading(Optional<PageCheck> pageCheck, ReadRate rate) {}

    /** The uploader owns the pack writer. */
    public FileUploader(PackWriter packs, ChunkFormat format, Reading reading, TransferProgress progress) {
        this.packs = packs;
        this.encoder = new ChunkEncoder(format.compression());
        this.pageCheck = reading.pageCheck();
        this.rate = reading.rate();
        this.progress = progress;
        this.original = ByteBuffer.allocate(format.sizeBytes());
        this.stored = ByteBuffer.allocate(ChunkEncoder.storedSizeMax(format.sizeBytes()));
    }

    /** A file of the running cluster, and, if it is a relation's, which one's. */
    public record Source(Path file, Optional<RelationFile> relation) {}

    /**
     * Uploads a file of the running cluster.
     *
     * @return empty if there is no such file any more
     */
    public Optional<UploadedFile> upload(Source source) throws IOException {
        return upload(source, Predecessor.NONE);
    }

    /**
     * Uploads what of a file has changed.
     *
     * @param predecessor the file in the parent, in chunks of this uploader's size
     * @return empty if there is no such file any more
     */
    public Optional<UploadedFile> upload(Source source, Predecessor predecessor) throws IOException {
        try (ChunkReader reader = new ChunkReader(source.file(), rate)) {
            Predecessor known = predecessor.rule().fits(reader.size()) ? predecessor : predecessor.byContent();
            Upload upload = new Upload(source.relation(), reader, known);
            UploadedFile uploaded =
                    known.rule() instanceof ChangeRule.Listed listed ? upload.listed(listed) : upload.everything();
            progress.fileDone();
            return Optional.of(uploaded);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** Uploads a small file from memory, at most one chunk. */
    public UploadedFile upload(byte[] bytes) throws IOException {
        FileAssembly assembly = new FileAssembly();
        original.clear().put(bytes).flip();
        if (original.hasRemaining()) {
            assembly.read(original);
            assembly.window(List.of(store(0, ContentHasher.hash(original), Optional.empty())));
            progress.advanced(bytes.length);
        }
        progress.fileDone();
        return assembly.readWhole(bytes.length);
    }

    /** Encodes and stores what is in {@code original}, unless an abandoned backup has done so. */
    private PlacedChunk store(long fileOffset, ContentHash hash, Optional<PageSet> pages) throws IOException {
        Optional<PlacedChunk> found = packs.abandoned(hash, original.remaining());
        if (found.isPresent()) {
            PlacedChunk there = found.get();
            return new PlacedChunk(there.pack(), there.packOffset(), there.chunk(), fileOffset, pages);
        }
        StoredChunk chunk = encoder.encode(original, hash, stored);
        PackWriter.Position position = packs.append(chunk, stored);
        return new PlacedChunk(position.pack(), position.offset(), chunk, fileOffset, pages);
    }

    /** The file at hand. */
    private final class Upload {
        private final Optional<RelationFile> relation;
        private final ChunkReader reader;
        private final Predecessor predecessor;
        private final Windows windows;
        private final FileAssembly assembly = new FileAssembly();

        Upload(Optional<RelationFile> relation, ChunkReader reader, Predecessor predecessor) {
            this.relation = relation;
            this.reader = reader;
            this.predecessor = predecessor;
            this.windows = Windows.of(predecessor.content(), predecessor.packs(), original.capacity());
        }

        /** Reads the file from its beginning to its end. */
        UploadedFile everything() throws IOException {
            long offset = 0;
            while (offset == reader.offset() && reader.next(original)) {
                original.limit(original.limit() - tail());
                if (original.hasRemaining()) {
                    List<Long> bad = checkPages(original, offset);
                    assembly.read(original);
                    window(offset, bad);
                    progress.advanced(original.remaining());
                    offset += original.remaining();
                }
            }
            return assembly.readWhole(offset);
        }

        /**
         * The bytes behind the last whole page, where only pages can be told about: the file had none when it was opened, so
         * it is being truncated, and replay truncates it, too.
         */
        private int tail() {
            return predecessor.rule() instanceof ChangeRule.ByPageLsn rule ? original.limit() % rule.pageSize() : 0;
        }

        /**
         * Stores what has changed of a window that is in {@code original}.
         *
         * @param bad the blocks of its pages that fail their checksum: what they are like is no news to their LSN
         */
        private void window(long offset, List<Long> bad) throws IOException {
            int length = original.remaining();
            Windows.Window before = windows.at(offset);
            ContentHash hash = ContentHasher.hash(original);
            if (before.has(hash, length)) {
                assembly.window(before.layers());
            } else if (predecessor.rule() instanceof ChangeRule.ByPageLsn rule
                    && before.canHaveOverlay(length, rule.pageSize())) {
                BitSet changed = PageChanges.byLsn(original, rule);
                addUnknown(changed, before, offset, rule.pageSize());
                bad.forEach(block ->
                        changed.set((int) (block - pageCheck.orElseThrow().block(relation.orElseThrow(), offset))));
                if (changed.isEmpty() && before.isOneStretch(length)) {
                    assembly.unexplained();
                    assembly.window(List.of(store(offset, hash, Optional.empty())));
                } else {
                    overlayInMemory(offset, before, changed, hash);
                }
            } else {
                assembly.window(List.of(store(offset, hash, Optional.empty())));
            }
        }

        private void overlayInMemory(long offset, Windows.Window before, BitSet changed, ContentHash hash)
                throws IOException {
            int length = original.remaining();
            int pageSize = ((ChangeRule.ByPageLsn) predecessor.rule()).pageSize();
            if (!changed.isEmpty() && before.overlayOutgrows(changed.cardinality(), length / pageSize)) {
                assembly.window(List.of(store(offset, hash, Optional.empty())));
                return;
            }
            assembly.keepsOlderPages();
            if (changed.isEmpty()) {
                assembly.window(before.layers());
            } else {
                compact(changed, pageSize);
                overlay(offset, before, changed);
                original.limit(length); // what the caller counts
            }
        }

        /** Moves the pages of a set to the beginning of {@code original}, and leaves only them there. */
        private void compact(BitSet pages, int pageSize) {
            byte[] bytes = original.array();
            int end = 0;
            for (int page = pages.nextSetBit(0); page >= 0; page = pages.nextSetBit(page + 1)) {
                System.arraycopy(bytes, page * pageSize, bytes, end, pageSize);
                end += pageSize;
            }
            original.limit(end);
        }

        private void overlay(long offset, Windows.Window before, BitSet changed) throws IOException {
            List<PlacedChunk> layers = new ArrayList<>(before.layers());
            layers.add(store(offset, ContentHasher.hash(original), Optional.of(PageSet.of(changed))));
            assembly.window(layers);
        }

        /** Adds the pages that the parent does not have. */
        private void addUnknown(BitSet changed, Windows.Window before, long offset, int pageSize) {
            int pages = original.limit() / pageSize;
            changed.or(before.missing(pages, pageSize));
            long beyond = Math.max(0, (predecessor.content().size() - offset) / pageSize);
            if (beyond < pages) {
                changed.set((int) beyond, pages);
            }
        }

        /** Reads nothing but the pages that are listed, and windows of which most pages are. */
        UploadedFile listed(ChangeRule.Listed rule) throws IOException {
            long size = reader.size();
            for (long offset = 0; offset < size; offset += original.capacity()) {
                int length = (int) Math.min(original.capacity(), size - offset);
                long end = listedWindow(offset, length, rule);
                progress.advanced(length);
                if (end < offset + length) {
                    size = end; // truncated meanwhile: replay truncates it, too
                }
            }
            boolean untouched =
                    assembly.readBytes() == 0 && size == predecessor.content().size();
            return assembly.readInPart(size, untouched ? predecessor.crc32c() : OptionalInt.empty());
        }

        /** Returns where the file ends, if it does so in this window, or else the window. */
        private long listedWindow(long offset, int length, ChangeRule.Listed rule) throws IOException {
            int pages = length / rule.pageSize();
            Windows.Window before = windows.at(offset);
            BitSet changed = PageChanges.listed(offset, pages, rule);
            original.clear().limit(length);
            addUnknown(changed, before, offset, rule.pageSize());
            if (before.canHaveOverlay(length, rule.pageSize())) {
                if (changed.isEmpty()) {
                    assembly.window(before.layers());
                    return offset + length;
                }
                if (!before.overlayOutgrows(changed.cardinality(), pages)) {
                    return readOverlay(offset, before, changed, rule.pageSize());
                }
            }
            return readWindow(offset, rule.pageSize());
        }

        private long readWindow(long offset, int pageSize) throws IOException {
            reader.read(original, offset);
            original.flip();
            original.limit(original.limit() / pageSize * pageSize);
            if (original.hasRemaining()) {
                checkPages(original, offset);
                assembly.read(original);
                assembly.window(List.of(store(offset, ContentHasher.hash(original), Optional.empty())));
            }
            return offset + original.limit();
        }

        /** Reads the changed pages, run by run; if the file turns out to end before one of them, the whole window. */
        private long readOverlay(long offset, Windows.Window before, BitSet changed, int pageSize) throws IOException {
            int length = original.limit();
            int end = 0;
            for (int from = changed.nextSetBit(0); from >= 0; ) {
                int to = changed.nextClearBit(from);
                int runEnd = end + (to - from) * pageSize;
                ByteBuffer run = original.duplicate().position(end).limit(runEnd);
                reader.read(run, offset + (long) from * pageSize);
                if (run.hasRemaining()) {
                    original.clear().limit(length);
                    return readWindow(offset, pageSize);
                }
                run.position(end);
                checkPages(run, offset + (long) from * pageSize);
                assembly.read(run);
                end = runEnd;
                from = changed.nextSetBit(to);
            }
            original.position(0).limit(end);
            overlay(offset, before, changed);
            return offset + length;
        }

        private List<Long> checkPages(ByteBuffer pages, long offset) throws IOException {
            if (relation.isEmpty() || pageCheck.isEmpty()) {
                return List.of();
            }
            List<Long> bad = pageCheck.get().badPages(relation.get(), reader, pages, offset);
            assembly.badPages(bad);
            return bad;
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
