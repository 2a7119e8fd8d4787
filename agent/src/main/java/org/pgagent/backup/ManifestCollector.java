package org.pgagent.backup;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.pgagent.postgres.DataPath;
import org.pgagent.postgres.RelationFile;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.LinkTarget;
import org.pgagent.repository.ManifestEntry;
import org.pgagent.repository.ManifestTrailer;
import org.pgagent.repository.ManifestWriter;
import org.pgagent.repository.PackNeeds;
import org.pgagent.transfer.UploadedFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes what the workers have stored, puts it into its place in the manifest and counts it. Thread-safe. */
final class ManifestCollector {
    private static final Logger LOG = LoggerFactory.getLogger(ManifestCollector.class);

    private final ManifestOrder order;
    private final PackNeeds needs;
    private final List<ManifestTrailer.BadPage> badPages = new ArrayList<>();
    private long badPageCount;
    private long files;
    private long directories;
    private long links;
    private long originalBytes;
    private long readBytes;

    /** Collects for one backup. */
    ManifestCollector(BackupId backup, ManifestWriter manifest) {
        this.needs = new PackNeeds(backup);
        this.order = new ManifestOrder(manifest);
    }

    /** Reserves a place for a file that is yet to be copied. */
    long reserve() {
        return order.reserve();
    }

    synchronized void directory(DataPath path, int mode) throws IOException {
        directories++;
        order.fill(order.reserve(), Optional.of(new ManifestEntry.Directory(path, mode)), () -> {});
    }

    synchronized void link(DataPath path, LinkTarget target) throws IOException {
        links++;
        order.fill(order.reserve(), Optional.of(new ManifestEntry.Link(path, target)), () -> {});
    }

    /** Makes sure that every entry is in the manifest. */
    void requireAllWritten() {
        order.requireAllWritten();
    }

    /** The file of a place is gone. */
    void gone(long place, Runnable whenWritten) throws IOException {
        order.fill(place, Optional.empty(), whenWritten);
    }

    void file(CopyTask task, UploadedFile stored, Runnable whenWritten) throws IOException {
        count(task.file().path(), stored);
        order.fill(task.place(), Optional.of(entry(task.file(), stored)), whenWritten);
    }

    private static ManifestEntry entry(SourceFile source, UploadedFile stored) {
        return new ManifestEntry.RegularFile(
                source.path(),
                source.mode(),
                source.modifiedAt(),
                stored.crc32c(),
                stored.content(),
                source.linkedTo());
    }

    private synchronized void count(DataPath path, UploadedFile stored) {
        files++;
        originalBytes += stored.content().size();
        readBytes += stored.readBytes();
        if (stored.unexplained() > 0) {
            // An SP-GiST index does that with its first page.
            LOG.info(
                    "changed although no page's LSN says so, stored whole path={} chunks={}",
                    path,
                    stored.unexplained());
        }
        for (long block : stored.badPages()) {
            badPage(path, block);
        }
        stored.content().chunks().forEach(needs::add);
    }

    private void badPage(DataPath path, long block) {
        Optional<RelationFile> relation = RelationFile.parse(path);
        if (relation.isPresent() && relation.get().fork().isRepairedByServer()) {
            LOG.info("page fails its checksum, the server will make it anew path={} block={}", path, block);
            return;
        }
        LOG.warn("bad page path={} block={}", path, block);
        badPageCount++;
        if (badPages.size() < ManifestTrailer.BAD_PAGES_MAX) {
            badPages.add(new ManifestTrailer.BadPage(path, block));
        }
    }

    /** What files need of other backups' packs; null if nothing, as a record says it. */
    synchronized List<BackupRecord.Need> needs() {
        return needs.list();
    }

    synchronized List<ManifestTrailer.BadPage> badPages() {
        return List.copyOf(badPages);
    }

    synchronized BackupRecord.Totals totals(BackupSettings settings, long storedBytes) {
        return new BackupRecord.Totals(
                files,
                directories,
                links,
                originalBytes,
                readBytes,
                storedBytes,
                badPageCount,
                settings.chunks().compression().toString(),
                settings.chunks().sizeBytes());
    }
}
