package org.pgagent.repository;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import org.pgagent.postgres.SystemIdentifier;
import org.pgagent.postgres.WalSegmentSize;

/**
 * What {@code cluster.json} says: which cluster lies under this name. Written once, by the first backup or push, and never
 * changed.
 *
 * @param format version of the repository format, 1
 * @param majorVersion PostgreSQL's, 13 to 18
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ClusterDescription(
        int format,
        SystemIdentifier systemIdentifier,
        int majorVersion,
        int walSegmentSize,
        Instant createdAt,
        ConditionalWrites conditionalWrites) {
    public static final int FORMAT = 1;

    public ClusterDescription {
        if (systemIdentifier == null) {
            throw new IllegalArgumentException("a cluster without its system identifier");
        }
        new WalSegmentSize(walSegmentSize); // refuses what is none
    }

    public WalSegmentSize segmentSize() {
        return new WalSegmentSize(walSegmentSize);
    }

    /**
     * Whether the store honoured conditional writes when it was probed.
     *
     * @param store the store that was probed, as {@code ObjectStore.identity()} tells it; another store is probed anew
     */
    public record ConditionalWrites(String store, boolean honoured) {}
}
