package org.pgagent.catalog;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.pgagent.postgres.DataPath;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.ManifestEntry;
import org.pgagent.repository.ManifestReader;
import org.pgagent.repository.ManifestTrailer;
import org.pgagent.repository.Manifests;
import org.pgagent.repository.PackNeeds;
import org.pgagent.repository.PlacedChunk;
import org.pgagent.repository.RepositoryJson;

/** What has to be known of a manifest before the content is read; memory grows with packs and bad pages only. */
final class ManifestFacts implements ManifestReader.EntrySink {
    private static final DataPath CONTROL_FILE = DataPath.of("global/pg_control");

    private final BackupRecord record;
    private final PackNeeds needs;
    private final Set<ManifestTrailer.BadPage> badPages = new HashSet<>();
    private ManifestTrailer trailer;
    private ManifestEntry.RegularFile controlFile;
    private long storedBytes;

    private ManifestFacts(BackupRecord record) {
        this.record = record;
        this.needs = new PackNeeds(record.id());
    }

    /**
     * Reads the whole manifest.
     *
     * @throws org.pgagent.error.PgAgentException of kind CORRUPTED if it is not what was stored
     */
    static ManifestFacts read(Manifests manifests, BackupRecord record) throws IOException {
        ManifestFacts facts = new ManifestFacts(record);
        facts.trailer = manifests.read(record, facts);
        facts.badPages.addAll(facts.trailer.badPages());
        return facts;
    }

    @Override
    public void accept(ManifestEntry entry) {
        if (entry instanceof ManifestEntry.RegularFile file) {
            if (file.path().equals(CONTROL_FILE)) {
                controlFile = file;
            }
            for (PlacedChunk chunk : file.content().chunks()) {
                needs.add(chunk);
                storedBytes += chunk.chunk().storedSize();
            }
        }
    }

    /** Stored bytes of all chunks that it names. */
    long storedBytes() {
        return storedBytes;
    }

    Optional<ManifestEntry.RegularFile> controlFile() {
        return Optional.ofNullable(controlFile);
    }

    /** Whether pages that are bad and not among those that the manifest names have become so since. */
    boolean tellsBadPages() {
        boolean checked = record.source() != null && record.source().dataChecksums();
        boolean all = record.totals() == null || record.totals().badPages() <= badPages.size();
        return checked && all;
    }

    /** Whether a page was bad when the backup was taken. */
    boolean wasBad(DataPath file, long block) {
        return badPages.contains(new ManifestTrailer.BadPage(file, block));
    }

    /** The fields in which the backup's record differs from what the manifest says of it. */
    List<String> differences() {
        JsonNode now = RepositoryJson.mapper().valueToTree(record.asInManifest());
        JsonNode then = RepositoryJson.mapper()
                .valueToTree(trailer.record().asInManifest().withNeeds(needs.list()));
        Set<String> names = new HashSet<>();
        now.fieldNames().forEachRemaining(names::add);
        then.fieldNames().forEachRemaining(names::add);
        List<String> different = new ArrayList<>();
        for (String name : names) {
            if (!java.util.Objects.equals(now.get(name), then.get(name))) {
                different.add(name);
            }
        }
        different.sort(null);
        return different;
    }
}
