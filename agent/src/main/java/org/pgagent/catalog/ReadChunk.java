package org.pgagent.catalog;

import org.pgagent.repository.FileContent;

/**
 * A chunk that is read back, for one file.
 *
 * @param checksPages whether the checksums of its pages are to be checked
 */
record ReadChunk(ReadFile file, FileContent.NeededChunk needed, boolean checksPages) {
    @Override
    public String toString() {
        return file.toString();
    }
}
