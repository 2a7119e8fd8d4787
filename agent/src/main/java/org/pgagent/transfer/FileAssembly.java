package org.pgagent.transfer;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.zip.CRC32C;
import org.pgagent.repository.FileContent;
import org.pgagent.repository.PlacedChunk;

/** What is known of a file while it is uploaded, window by window. For one thread. */
final class FileAssembly {
    private final CRC32C crc = new CRC32C();
    private final List<Long> badPages = new ArrayList<>(0);
    /** The oldest chunks of all windows, then the second oldest, and so on: chunks of one pack stay together. */
    private final List<List<PlacedChunk>> layers = new ArrayList<>(1);

    private boolean keepsOlderPages;
    private long readBytes;
    private int unexplained;

    /** Takes all that is stored of the window that comes next. */
    void window(List<PlacedChunk> chunks) {
        for (int depth = 0; depth < chunks.size(); depth++) {
            if (depth == layers.size()) {
                layers.add(new ArrayList<>(1));
            }
            layers.get(depth).add(chunks.get(depth));
        }
    }

    /** Counts bytes that were read; the CRC is of use only if all of them come, in order. */
    void read(ByteBuffer bytes) {
        readBytes += bytes.remaining();
        crc.update(bytes.duplicate());
    }

    void badPages(List<Long> blocks) {
        badPages.addAll(blocks);
    }

    /**
     * Says that pages of the parent stand for what was read: they are as good, and may have other bytes (hint bits, SP-GiST's
     * metapage), so that the CRC of what was read is not that of what will be restored.
     */
    void keepsOlderPages() {
        keepsOlderPages = true;
    }

    void unexplained() {
        unexplained++;
    }

    /** The file, of which every byte was read. */
    UploadedFile readWhole(long size) {
        return finish(size, keepsOlderPages ? OptionalInt.empty() : OptionalInt.of((int) crc.getValue()));
    }

    /** The file, of which some bytes were read at most. */
    UploadedFile readInPart(long size, OptionalInt crc32c) {
        return finish(size, crc32c);
    }

    private UploadedFile finish(long size, OptionalInt crc32c) {
        List<PlacedChunk> chunks = layers.stream().flatMap(List::stream).toList();
        FileContent content = new FileContent(size, chunks);
        List<PlacedChunk> needed =
                content.needed().stream().map(FileContent.NeededChunk::chunk).toList();
        FileContent kept = needed.size() == chunks.size() ? content : new FileContent(size, needed);
        return new UploadedFile(kept, crc32c, badPages, readBytes, unexplained);
    }

    long readBytes() {
        return readBytes;
    }
}
