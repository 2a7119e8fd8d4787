package org.pgagent.backup;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.pgagent.postgres.ControlFileImage;
import org.pgagent.postgres.DataPath;
import org.pgagent.postgres.RelationFile;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupState;
import org.pgagent.repository.LinkTarget;
import org.pgagent.repository.ManifestTrailer;
import org.pgagent.repository.ManifestWriter;
import org.pgagent.transfer.AbandonedChunks;
import org.pgagent.transfer.FileUploader;
import org.pgagent.transfer.LimitedReadRate;
import org.pgagent.transfer.ObjectSink;
import org.pgagent.transfer.PackSeries;
import org.pgagent.transfer.PackWriter;
import org.pgagent.transfer.PageCheck;
import org.pgagent.transfer.PartSenders;
import org.pgagent.transfer.Predecessor;
import org.pgagent.transfer.ReadRate;
import org.pgagent.transfer.TransferProgress;
import org.pgagent.transfer.UploadedFile;

/**
 * The content of one backup on its way into the repository: the packs, and the manifest that grows while they do. {@link
 * #publish} makes the backup exist; closing without it gives up what is under way.
 */
final class BackupContent implements AutoCloseable {
    private final BackupSettings settings;
    private final TransferProgress progress;
    private final Optional<LimitedReadRate> limit;
    private final ExecutorService workers;
    private final PartSenders senders;
    private final PackSeries packs;
    private final ObjectSink manifestObject;
    private final ManifestWriter manifest;
    private final ManifestCollector collector;
    private final GivingUp givingUp;
    private CopyStage stage;

    /** @param abandoned what need not be stored again */
    BackupContent(
            BaseBackup.Destination destination,
            BackupId id,
            BackupSettings settings,
            AbandonedChunks abandoned,
            BaseBackup.Surroundings around)
            throws IOException {
        this.settings = settings;
        this.progress = around.progress();
        this.limit = settings.bytesPerSecondMax().isPresent()
                ? Optional.of(new LimitedReadRate(
                        settings.bytesPerSecondMax().getAsLong(), WaitingTime.of(around.cancellation())))
                : Optional.empty();
        this.workers = Executors.newFixedThreadPool(settings.jobs(), workerThreads());
        // Each worker writes a pack, and there is the manifest.
        this.senders = new PartSenders(settings.jobs() + 1, settings.packs().partSizeBytes());
        this.packs = new PackSeries(destination.store(), destination.keys(), id, senders, abandoned);
        this.manifestObject =
                new ObjectSink(destination.store(), destination.keys().manifest(id), senders);
        this.manifest = new ManifestWriter(manifestObject);
        this.collector = new ManifestCollector(id, manifest);
        this.givingUp = new GivingUp(destination.store(), destination.keys(), id);
    }

    private static ThreadFactory workerThreads() {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, "copy-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    /**
     * Copies everything of a data directory but the control file.
     *
     * @param pageChecks makes a worker's page check; gives empty for a cluster without page checksums
     * @param watch asked every now and then whether the backup is still worth going on with
     * @return the oids of the tablespaces that were there
     */
    Set<Long> copy(CopySource source, Supplier<Optional<PageCheck>> pageChecks, CopyStage.Watch watch)
            throws IOException {
        Supplier<FileUploader> uploaders = () -> new FileUploader(
                new PackWriter(packs, settings.packs()), settings.chunks(), reading(pageChecks.get()), progress);
        stage = new CopyStage(workers, settings.jobs(), uploaders, this::copyFile, watch);
        try {
            Set<Long> tablespaces = new DataDirectoryScan(
                            source.dataDirectory(), source.rules(), sinkInto(stage, source.predecessors()))
                    .run();
            stage.finish();
            source.predecessors().complete();
            return tablespaces;
        } catch (IOException | RuntimeException e) {
            stage.stop();
            throw e;
        }
    }

    private FileUploader.Reading reading(Optional<PageCheck> pageCheck) {
        ReadRate rate = limit.isPresent() ? limit.get() : ReadRate.UNLIMITED;
        return new FileUploader.Reading(pageCheck, rate);
    }

    private void copyFile(CopyTask task, FileUploader uploader, Runnable whenWritten) throws IOException {
        SourceFile file = task.file();
        Optional<UploadedFile> stored = uploader.upload(
                new FileUploader.Source(file.location(), RelationFile.parse(file.path())), task.predecessor());
        if (stored.isPresent()) {
            collector.file(task, stored.get(), whenWritten);
        } else {
            collector.gone(task.place(), whenWritten);
        }
    }

    /** How many chunks a file of this size has. */
    private int chunks(SourceFile file) {
        long size = settings.chunks().sizeBytes();
        return (int) Math.min(Integer.MAX_VALUE, (file.sizeBytes() + size - 1) / size);
    }

    private DataDirectoryScan.Sink sinkInto(CopyStage stage, Predecessors predecessors) {
        return new DataDirectoryScan.Sink() {
            @Override
            public void directory(DataPath path, int mode) throws IOException {
                collector.directory(path, mode);
            }

            @Override
            public void link(DataPath path, LinkTarget target) throws IOException {
                collector.link(path, target);
            }

            @Override
            public void file(SourceFile file) throws IOException {
                stage.handOver(new CopyTask(collector.reserve(), file, predecessors.find(file.path()), chunks(file)));
            }
        };
    }

    /** Stores the control file, which is read after everything else and only as a whole. */
    void copyControlFile(SourceFile source, ControlFileImage image) throws IOException {
        FileUploader.ChunkFormat oneChunk = new FileUploader.ChunkFormat(
                image.bytes().length, settings.chunks().compression());
        try (FileUploader uploader = new FileUploader(
                new PackWriter(packs, settings.packs()), oneChunk, reading(Optional.empty()), progress)) {
            CopyTask task = new CopyTask(collector.reserve(), source, Predecessor.NONE, 1);
            collector.file(task, uploader.upload(image.bytes()), () -> {});
            uploader.complete();
        }
    }

    /**
     * Publishes the manifest, with the label and the map as the server gave them.
     *
     * @param record with everything but what was stored
     * @return the record with that, in state DONE
     */
    BackupRecord publish(BackupRecord record, String backupLabel, String tablespaceMap) throws IOException {
        collector.requireAllWritten();
        List<BackupRecord.Pack> stored = packs.stored();
        long storedBytes = stored.stream().mapToLong(BackupRecord.Pack::size).sum();
        BackupRecord done = record.withContent(collector.totals(settings, storedBytes), stored, collector.needs())
                .withState(BackupState.DONE, null);
        manifest.complete(new ManifestTrailer(done, backupLabel, tablespaceMap, collector.badPages()));
        return done.withManifest(manifestObject.complete());
    }

    /** Takes seconds at most. */
    @Override
    public void close() {
        limit.ifPresent(LimitedReadRate::end);
        givingUp.run(() -> {
            if (stage != null) {
                stage.abort();
            }
            manifestObject.abort();
        });
        workers.shutdown();
        senders.close();
    }
}
