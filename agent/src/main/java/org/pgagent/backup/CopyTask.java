package org.pgagent.backup;

import org.pgagent.transfer.Predecessor;

/**
 * A file that is to be copied.
 *
 * @param place its place in the manifest
 * @param predecessor the file in the parent; without content if the parent has none
 * @param chunks how many chunks it takes if it is stored whole
 */
record CopyTask(long place, SourceFile file, Predecessor predecessor, int chunks) {
    /** Descriptions of chunks that are held for it until it is in the manifest, or nearly as many. */
    int weight() {
        return Math.max(1, Math.max(chunks, predecessor.content().chunks().size()));
    }
}
