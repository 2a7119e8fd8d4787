package org.pgagent.repository;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Optional;

/**
 * The manifest object of a backup: its size in bytes and its SHA-256, 64 hexadecimal digits.
 *
 * @param compaction which one has written it anew; null if none has
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ManifestSum(long size, String sha256, BackupId compaction) {
    Optional<BackupId> rewrittenBy() {
        return Optional.ofNullable(compaction);
    }
}
