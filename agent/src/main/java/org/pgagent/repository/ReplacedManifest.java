package org.pgagent.repository;

import java.util.List;
import java.util.stream.Stream;

/**
 * A manifest that a compaction has replaced. Whoever reads it still has what it needs, until nobody can.
 *
 * @param needs as that manifest has them
 */
public record ReplacedManifest(ManifestSum manifest, List<BackupRecord.Need> needs) {
    public ReplacedManifest {
        needs = needs == null ? List.of() : List.copyOf(needs);
    }

    /** The packs that it needs. */
    public Stream<PackId> packs() {
        return needs.stream().map(BackupRecord.Need::pack);
    }
}
