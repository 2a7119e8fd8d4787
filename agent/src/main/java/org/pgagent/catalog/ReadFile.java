package org.pgagent.catalog;

import java.util.Optional;
import org.pgagent.postgres.DataPath;
import org.pgagent.postgres.RelationFile;

/**
 * A file of a backup whose content is read back.
 *
 * @param relation whose file it is, if it is a relation's
 */
record ReadFile(DataPath path, Optional<RelationFile> relation, PageLayout layout) {
    /**
     * How the pages of relations lie in files.
     *
     * @param relationSegmentPages how many pages a file of a relation has at most
     */
    record PageLayout(int pageSize, int relationSegmentPages) {
        private static final long USUAL_SEGMENT_BYTES = 1L << 30;

        /** As PostgreSQL is built unless somebody says otherwise. */
        static PageLayout usual(int pageSize) {
            return new PageLayout(pageSize, (int) (USUAL_SEGMENT_BYTES / pageSize));
        }
    }

    static ReadFile of(DataPath path, PageLayout layout) {
        return new ReadFile(path, RelationFile.parse(path), layout);
    }

    /** The number within the fork of the page that has a byte of the file. */
    long block(long fileOffset) {
        return relation.orElseThrow().firstBlock(layout.relationSegmentPages()) + fileOffset / layout.pageSize();
    }

    DamagedFile.Stretch stretch(long fileOffset, long length) {
        return relation.isPresent()
                ? new DamagedFile.Stretch(block(fileOffset), block(fileOffset + length - 1) + 1)
                : new DamagedFile.Stretch(fileOffset, fileOffset + length);
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
