package org.pgagent.backup;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.pgagent.postgres.DataPath;
import org.pgagent.postgres.RelationFile;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.LinkTarget;
import org.pgagent.repository.ManifestEntry;
import org.pgagent.repository.ManifestTrailer;
import org.pgagent.repository.ManifestWriter;
import org.pgagent.transfer.UploadedFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes what the workers have stored, writes it into the manifest and counts it. Thread-safe. */
final class ManifestCollector {
    private static final Logger LOG = LoggerFactory.getLogger(ManifestCollector.class);

    private final ManifestWriter manifest;
    private final List<ManifestTrailer.BadPage> badPages = new ArrayList<>();
    private long badPageCount;
    private long files;
    private long directories;
    private long links;
    private long originalBytes;

    ManifestCollector(ManifestWriter manifest) {
        this.manifest = manifest;
    }

    synchronized void directory(DataPath path, int mode) throws IOException {
        directories++;
        manifest.write(new ManifestEntry.Directory(path, mode));
    }

    synchronized void link(DataPath path, LinkTarget target) throws IOException {
        links++;
        manifest.write(new ManifestEntry.Link(path, target));
    }

    synchronized void file(SourceFile source, UploadedFile stored) throws IOException {
        files++;
        originalBytes += stored.size();
        manifest.write(new ManifestEntry.RegularFile(
                source.path(),
                source.mode(),
                stored.size(),
                source.modifiedAt(),
                stored.crc32c(),
                stored.content(),
                source.linkedTo()));
        for (long block : stored.badPages()) {
            badPage(source.path(), block);
        }
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

    synchronized List<ManifestTrailer.BadPage> badPages() {
        return List.copyOf(badPages);
    }

    synchronized BackupRecord.Totals totals(BackupSettings settings, long storedBytes) {
        return new BackupRecord.Totals(
                files,
                directories,
                links,
                originalBytes,
                originalBytes,
                storedBytes,
                badPageCount,
                settings.chunks().compression().toString(),
                settings.chunks().sizeBytes());
    }
}
