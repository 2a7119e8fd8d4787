package org.pgagent.catalog;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.pgagent.error.Cancellation;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.ControlFile;
import org.pgagent.postgres.DataPath;
import org.pgagent.postgres.PageVerifier;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.FileContent;
import org.pgagent.repository.ManifestEntry;
import org.pgagent.repository.Manifests;
import org.pgagent.storage.ObjectMissingException;
import org.pgagent.storage.ObjectStore;
import org.pgagent.transfer.ChunkPlacement;
import org.pgagent.transfer.ChunkSink;
import org.pgagent.transfer.DownloadLimits;
import org.pgagent.transfer.FileDownloader;
import org.pgagent.transfer.TransferProgress;

/**
 * Reads the content of one backup back as a restore does, and writes nothing: each chunk is fetched, decoded and compared with
 * its hash, and the pages of relations with their checksums. Used once.
 */
final class ContentRead {
    private final Source source;
    private final BackupRecord record;
    private final ManifestFacts facts;
    private final Damages damages;

    /**
     * Where content is read from.
     *
     * @param jobs how many ranges are fetched at the same time
     * @param verified what needs not be read again
     */
    record Source(
            ObjectStore store,
            ClusterKeys keys,
            int jobs,
            VerifiedChunks verified,
            TransferProgress progress,
            Cancellation cancellation) {}

    ContentRead(Source source, BackupRecord record, ManifestFacts facts, Damages damages) {
        this.source = source;
        this.record = record;
        this.facts = facts;
        this.damages = damages;
    }

    /** Reads all of it, but for what is known to be damaged. */
    void everything(DamagedPacks known) throws IOException {
        ReadFile.PageLayout layout = layout();
        DownloadLimits limits = DownloadLimits.of(source.jobs(), facts.storedBytes());
        AtomicInteger count = new AtomicInteger();
        try (FileDownloader<ReadChunk> downloader =
                FileDownloader.start(source.store(), limits, () -> new CheckingSink(layout), task -> {
                    Thread thread = new Thread(task, "read-" + count.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                })) {
            walk(layout, chunk -> {
                Optional<String> problem = known.problem(chunk.needed().chunk());
                if (problem.isPresent()) {
                    damaged(chunk, problem.get());
                } else if (source.verified().has(chunk)) {
                    source.progress().advanced(length(chunk));
                } else {
                    downloader.add(
                            source.keys().pack(chunk.needed().chunk().pack()),
                            new ChunkPlacement<>(chunk.needed(), chunk));
                }
            });
            downloader.complete();
        }
    }

    /** Names the files that have something of what is known to be damaged, and reads none. */
    void filesWith(DamagedPacks known) throws IOException {
        int pageSize = record.source() == null ? 8192 : record.source().pageSize();
        walk(ReadFile.PageLayout.usual(pageSize), chunk -> {
            Optional<String> problem = known.problem(chunk.needed().chunk());
            if (problem.isPresent()) {
                damaged(chunk, problem.get());
                if (known.hasDamaged(chunk.needed().chunk())) {
                    damages.packIsThere();
                }
            }
        });
    }

    private interface ChunkTaker {
        void take(ReadChunk chunk) throws IOException;
    }

    /** Whoever replaces a manifest that was whole a moment ago changes the record first. */
    private void walk(ReadFile.PageLayout layout, ChunkTaker taker) throws IOException {
        new Manifests(source.store(), source.keys()).read(record, entry -> {
            source.cancellation().check();
            if (entry instanceof ManifestEntry.RegularFile file) {
                ReadFile named = ReadFile.of(file.path(), layout);
                boolean pages = facts.tellsBadPages()
                        && named.relation()
                                .filter(relation -> !relation.fork().isRepairedByServer())
                                .isPresent();
                for (FileContent.NeededChunk needed : file.content().needed()) {
                    taker.take(new ReadChunk(named, needed, pages));
                }
                source.progress().fileDone();
            }
        });
    }

    private static long length(ReadChunk chunk) {
        return chunk.needed().pieces().stream()
                .mapToLong(FileContent.Piece::length)
                .sum();
    }

    private void damaged(ReadChunk chunk, String problem) {
        Damage where = new Damage(
                Damage.Kind.PACK, source.keys().pack(chunk.needed().chunk().pack()), problem, Optional.empty());
        for (FileContent.Piece piece : chunk.needed().pieces()) {
            damages.add(where, chunk.file(), piece.fileOffset(), piece.length());
        }
    }

    /** Takes what one thread has fetched. */
    private final class CheckingSink implements ChunkSink<ReadChunk> {
        private final Optional<PageVerifier> verifier;
        private boolean bad;

        private CheckingSink(ReadFile.PageLayout layout) {
            verifier = facts.tellsBadPages()
                    ? Optional.of(
                            new PageVerifier(layout.pageSize(), record.start().lsn()))
                    : Optional.empty();
        }

        @Override
        public void write(ReadChunk chunk, long fileOffset, ByteBuffer original) throws IOException {
            source.cancellation().check();
            source.progress().advanced(original.remaining());
            FileContent.Piece first = chunk.needed().pieces().get(0);
            if (fileOffset == first.fileOffset()) {
                bad = false;
            }
            if (chunk.checksPages()) {
                checkPages(chunk, fileOffset, original);
            }
            int last = chunk.needed().pieces().size() - 1;
            if (!bad && fileOffset == chunk.needed().pieces().get(last).fileOffset()) {
                source.verified().add(chunk);
            }
        }

        /** A page that was changed after the backup began is WAL's to bring back, as it was when the backup was taken. */
        private void checkPages(ReadChunk chunk, long fileOffset, ByteBuffer original) {
            ReadFile file = chunk.file();
            int pageSize = file.layout().pageSize();
            for (PageVerifier.BadPage page : verifier.orElseThrow()
                    .verify(original, file.block(fileOffset), record.stop().lsn())) {
                bad = true;
                if (!facts.wasBad(file.path(), page.block())) {
                    Damage where = new Damage(
                            Damage.Kind.PAGES,
                            source.keys().pack(chunk.needed().chunk().pack()),
                            page.fault().toString(),
                            Optional.empty());
                    long offset = fileOffset + (page.block() - file.block(fileOffset)) * pageSize;
                    damages.add(where, file, offset, pageSize);
                }
            }
        }

        @Override
        public void damaged(ReadChunk chunk, PgAgentException damage) {
            damages.packs().chunk(chunk.needed().chunk());
            ContentRead.this.damaged(chunk, problem(damage));
        }

        @Override
        public void close() {}
    }

    private static String problem(PgAgentException damage) {
        if (damage.getCause() instanceof ObjectMissingException) {
            return "is missing";
        }
        String message = damage.getCause() instanceof PgAgentException cause ? cause.getMessage() : damage.getMessage();
        return "has " + message.replaceFirst("^a chunk is damaged: ", "a damaged chunk: ");
    }

    /** How long a file of a relation may be is known to the control file. */
    private ReadFile.PageLayout layout() throws IOException {
        int pageSize = record.source() == null ? 8192 : record.source().pageSize();
        ReadFile.PageLayout usual = ReadFile.PageLayout.usual(pageSize);
        if (facts.controlFile().isEmpty()) {
            return usual;
        }
        try {
            return new ReadFile.PageLayout(
                    pageSize, ControlFile.parse(controlFile()).layout().relationSegmentPages());
        } catch (PgAgentException e) {
            if (e.kind() != ErrorKind.CORRUPTED
                    && e.kind() != ErrorKind.LOCAL_IO
                    && e.kind() != ErrorKind.INCOMPATIBLE) {
                throw e;
            }
            return usual; // what is wrong with it is told when its turn comes
        }
    }

    private byte[] controlFile() throws IOException {
        ManifestEntry.RegularFile file = facts.controlFile().orElseThrow();
        ByteBuffer image = ByteBuffer.allocate(ControlFile.SIZE_BYTES);
        ChunkSink<DataPath> sink = new ChunkSink<>() {
            @Override
            public void write(DataPath path, long fileOffset, ByteBuffer original) {
                if (fileOffset + original.remaining() <= image.capacity()) {
                    image.duplicate().position((int) fileOffset).put(original);
                }
            }

            @Override
            public void close() {}
        };
        try (FileDownloader<DataPath> downloader =
                FileDownloader.start(source.store(), DownloadLimits.of(1, 0), () -> sink, Thread::new)) {
            for (FileContent.NeededChunk needed : file.content().needed()) {
                downloader.add(source.keys().pack(needed.chunk().pack()), new ChunkPlacement<>(needed, file.path()));
            }
            downloader.complete();
        }
        return image.array();
    }
}
