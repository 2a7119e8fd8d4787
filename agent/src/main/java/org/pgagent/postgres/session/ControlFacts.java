package org.pgagent.postgres.session;

import org.pgagent.postgres.SystemIdentifier;
import org.pgagent.postgres.WalSegmentSize;

/**
 * What a server says is in its control file; what the file itself says must be the same.
 *
 * @param blockSize bytes of a page
 * @param walBlockSize bytes of a page of WAL
 * @param dataChecksumVersion 0 if pages have no checksums
 */
public record ControlFacts(
        SystemIdentifier systemIdentifier,
        int catalogVersion,
        int blockSize,
        int walBlockSize,
        WalSegmentSize walSegmentSize,
        int dataChecksumVersion) {
    public boolean dataChecksums() {
        return dataChecksumVersion != 0;
    }
}
