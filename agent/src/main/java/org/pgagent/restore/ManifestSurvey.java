package org.pgagent.restore;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.DataPath;
import org.pgagent.repository.LinkTarget;
import org.pgagent.repository.ManifestEntry;
import org.pgagent.repository.ManifestReader;
import org.pgagent.repository.PackId;
import org.pgagent.repository.PlacedChunk;

/** What a plan must know of a manifest, gathered while it streams by; memory grows with packs and tablespaces only. */
final class ManifestSurvey implements ManifestReader.EntrySink {
    private static final DataPath TABLESPACES = DataPath.of("pg_tblspc");
    private static final int BLOCK_BYTES = 4096;
    private static final int LINKED_FILES_NAMED_MAX = 10;
    private static final int MODE_UNKNOWN = 0700;

    private final Map<String, Part> tablespaces = new TreeMap<>();
    private final Part dataDirectory = new Part(Optional.empty());
    private final Map<PackId, Long> packEnds = new TreeMap<>();
    private final List<DataPath> linkedFiles = new ArrayList<>();
    private long files;
    private long bytes;
    private long storedBytes;
    private long linkedFileCount;
    private int rootMode = MODE_UNKNOWN;
    private boolean controlFile;

    /** The data directory without its tablespaces, or one tablespace. */
    static final class Part {
        private final Optional<LinkTarget> location;
        private long bytes;

        private Part(Optional<LinkTarget> location) {
            this.location = location;
        }

        /** Bytes that the files take on a disk with blocks of 4 KiB. */
        long bytes() {
            return bytes;
        }

        /** Where a tablespace was in the source. */
        Path location() {
            byte[] target = location.orElseThrow().bytes();
            String text = new String(target, StandardCharsets.ISO_8859_1);
            DataPath relative = DataPath.ofBytes(
                    text.replaceAll("/+", "/").replaceAll("^/|/$", "").getBytes(StandardCharsets.ISO_8859_1));
            return relative.under(Path.of("/"));
        }
    }

    @Override
    public void accept(ManifestEntry entry) throws PgAgentException {
        if (entry instanceof ManifestEntry.RegularFile file) {
            add(file);
        } else if (entry instanceof ManifestEntry.Link link) {
            add(link);
        } else if (entry instanceof ManifestEntry.Directory directory
                && directory.path().equals(DataPath.ROOT)) {
            rootMode = directory.mode();
        }
    }

    private void add(ManifestEntry.RegularFile file) {
        files++;
        bytes += file.size();
        controlFile |= file.path().equals(Restore.CONTROL_FILE);
        partOf(file.path()).bytes += (file.size() + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
        for (PlacedChunk chunk : file.content().chunks()) {
            storedBytes += chunk.chunk().storedSize();
            packEnds.merge(chunk.pack(), chunk.packEnd(), Math::max);
        }
        if (file.linkedTo().isPresent()) {
            linkedFileCount++;
            if (linkedFiles.size() < LINKED_FILES_NAMED_MAX) {
                linkedFiles.add(file.path());
            }
        }
    }

    private void add(ManifestEntry.Link link) throws PgAgentException {
        boolean absolute = link.target().bytes().length > 1 && link.target().bytes()[0] == '/';
        if (!link.path().parent().equals(TABLESPACES) || !link.path().name().matches("[1-9][0-9]{0,9}") || !absolute) {
            throw new PgAgentException(
                    ErrorKind.CORRUPTED,
                    "the manifest has a link that is no tablespace's: " + link.path() + " to " + link.target(),
                    "Restore from another backup ('pgagent show' lists them, --backup chooses).");
        }
        Part early = tablespaces.remove(link.path().name());
        Part part = new Part(Optional.of(link.target()));
        part.bytes = early == null ? 0 : early.bytes;
        tablespaces.put(link.path().name(), part);
    }

    /** Files of a tablespace may come before its link; directories in pg_tblspc that are no links belong to the rest. */
    private Part partOf(DataPath path) {
        if (!path.startsWith(TABLESPACES)) {
            return dataDirectory;
        }
        String[] segments = path.toString().split("/", 3);
        return segments.length < 3
                ? dataDirectory
                : tablespaces.computeIfAbsent(segments[1], oid -> new Part(Optional.empty()));
    }

    /** The tablespaces that are links, by oid. */
    Map<String, Part> tablespaces() {
        Map<String, Part> linked = new TreeMap<>(tablespaces);
        linked.values().removeIf(part -> part.location.isEmpty());
        return linked;
    }

    /** Bytes on disk of what lies in the data directory itself, tablespaces that are plain directories included. */
    long dataDirectoryBytes() {
        return dataDirectory.bytes
                + tablespaces.values().stream()
                        .filter(part -> part.location.isEmpty())
                        .mapToLong(Part::bytes)
                        .sum();
    }

    /** The packs that the files are in, and how long each must be at least. */
    Map<PackId, Long> packEnds() {
        return packEnds;
    }

    long files() {
        return files;
    }

    long bytes() {
        return bytes;
    }

    long storedBytes() {
        return storedBytes;
    }

    int rootMode() {
        return rootMode;
    }

    boolean hasControlFile() {
        return controlFile;
    }

    /** Files that were links in the source: how many, and the first few. */
    long linkedFileCount() {
        return linkedFileCount;
    }

    List<DataPath> linkedFiles() {
        return List.copyOf(linkedFiles);
    }
}
