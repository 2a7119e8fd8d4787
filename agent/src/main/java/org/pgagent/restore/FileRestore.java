package org.pgagent.restore;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.pgagent.postgres.DataPath;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.FileContent;
import org.pgagent.repository.ManifestEntry;
import org.pgagent.repository.ManifestReader;
import org.pgagent.repository.ManifestTrailer;
import org.pgagent.repository.Manifests;
import org.pgagent.repository.PackId;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectStore;
import org.pgagent.transfer.ChunkPlacement;
import org.pgagent.transfer.DownloadLimits;
import org.pgagent.transfer.FileDownloader;

/**
 * Brings back the files of a backup: walks through the manifest once, makes the directories and has the files fetched
 * meanwhile. The control file comes under another name. Used once.
 */
final class FileRestore {
    /** Files that a restore makes itself, or that only mean something while it works. */
    private static final Set<DataPath> OWN =
            Set.of(DataPath.of(Restore.BACKUP_LABEL), RestoredManifest.PATH, DataPath.of(RestoreMarker.FILE_NAME));

    private final ObjectStore store;
    private final ClusterKeys keys;
    private final int jobs;
    private final Restore.Surroundings around;

    /** What came of it: the manifest's end, the ranged GETs, what the data directory has to have, and who wrote it. */
    record Outcome(ManifestTrailer trailer, long gets, PathSet paths, DataDirectoryWriter writer) {}

    FileRestore(ObjectStore store, ClusterKeys keys, int jobs, Restore.Surroundings around) {
        this.store = store;
        this.keys = keys;
        this.jobs = jobs;
        this.around = around;
    }

    /**
     * Writes all files and directories into the tree, with their modes; those of read-only directories are still to be set
     * ({@link DataDirectoryWriter#closeDirectories}). Makes nothing durable.
     *
     * @param listed is told of each file that is as it was in the source
     */
    Outcome restore(RestoredTree tree, RestoredManifest listed) throws IOException {
        RestorePlan plan = tree.plan();
        DataDirectoryWriter writer =
                new DataDirectoryWriter(plan.dataDirectory(), tree.access(), around.progress(), around.cancellation());
        DownloadLimits limits = DownloadLimits.of(jobs, plan.content().storedBytes());
        try (FileDownloader<PendingFile> downloader =
                FileDownloader.start(store, limits, writer::openSink, threads())) {
            Entries entries = new Entries(tree, listed, writer, downloader);
            ManifestTrailer trailer = new Manifests(store, keys).read(plan.backup(), entries);
            FileDownloader.Totals totals = downloader.complete();
            return new Outcome(trailer, totals.gets(), entries.paths, writer);
        }
    }

    private static ThreadFactory threads() {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, "fetch-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    /** Takes the manifest's entries as they stream by. */
    private final class Entries implements ManifestReader.EntrySink {
        private final RestoredTree tree;
        private final RestoredManifest listed;
        private final DataDirectoryWriter writer;
        private final FileDownloader<PendingFile> downloader;
        private final boolean resumed;
        private final PresentFile present = new PresentFile();
        private final PathSet paths = new PathSet();
        private final Map<PackId, ObjectKey> packKeys = new HashMap<>();

        private Entries(
                RestoredTree tree,
                RestoredManifest listed,
                DataDirectoryWriter writer,
                FileDownloader<PendingFile> downloader) {
            this.tree = tree;
            this.listed = listed;
            this.writer = writer;
            this.downloader = downloader;
            this.resumed = tree.plan().beginning() == RestorePlan.Beginning.RESUMED;
        }

        @Override
        public void accept(ManifestEntry entry) throws IOException {
            around.cancellation().check();
            if (isOwn(entry.path())) {
                return;
            }
            if (resumed) {
                paths.add(entry.path());
            }
            if (entry instanceof ManifestEntry.RegularFile file) {
                restore(file);
            } else if (entry instanceof ManifestEntry.Directory directory
                    && !directory.path().equals(DataPath.ROOT)) {
                writer.directory(directory.path(), directory.mode());
            }
        }

        /** The source may lie in what an earlier restore could not remove its markers from. */
        private boolean isOwn(DataPath path) {
            return OWN.contains(path) || path.name().equals(RestoreMarker.PART_FILE_NAME);
        }

        private void restore(ManifestEntry.RegularFile file) throws IOException {
            boolean controlFile = file.path().equals(Restore.CONTROL_FILE);
            PendingFile pending = new PendingFile(
                    controlFile ? RestoredTree.COMING_CONTROL_FILE : file.path(),
                    file.size(),
                    file.mode(),
                    file.modifiedAt());
            if (!controlFile && !file.path().equals(RecoveryFiles.AUTO_CONF)) {
                listed.file(file);
            }
            if (resumed && present.isWhole(tree.path(pending.path()), file)) {
                writer.keptFile(pending);
            } else if (file.size() == 0) {
                writer.emptyFile(pending);
            } else {
                fetch(file, pending);
            }
        }

        private void fetch(ManifestEntry.RegularFile file, PendingFile pending) throws IOException {
            for (FileContent.NeededChunk needed : file.content().needed()) {
                ObjectKey pack = packKeys.computeIfAbsent(needed.chunk().pack(), keys::pack);
                downloader.add(pack, new ChunkPlacement<>(needed, pending));
            }
        }
    }
}
