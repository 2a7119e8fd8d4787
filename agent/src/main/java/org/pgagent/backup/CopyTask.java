package org.pgagent.backup;

import org.pgagent.transfer.Predecessor;

/**
 * A file that is to be copied.
 *
 * @param place its place in the manifest
 * @param predecessor the file in the parent; without content if the parent has none
 */
record CopyTask(long place, SourceFile file, Predecessor predecessor) {
    /** Chunks that are held for it until it is in the manifest, or nearly as many. */
    int weight() {
        return 1 + predecessor.content().chunks().size();
    }
}
