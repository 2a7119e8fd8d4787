package org.pgagent.backup;

import java.io.Closeable;
import java.io.IOException;
import org.pgagent.postgres.DataPath;
import org.pgagent.transfer.Predecessor;

/** The files of a data directory as the parent of a backup has them. For one thread. */
interface Predecessors extends Closeable {
    /**
     * The file of a path; to be asked for in the order of {@link DataPath#compareTo}.
     *
     * @return without content if the parent has no such file
     */
    Predecessor find(DataPath path) throws IOException;

    /**
     * Says that no more files are asked for, and makes sure that what was told was right.
     *
     * @throws org.pgagent.error.PgAgentException of kind CORRUPTED if it was not
     */
    void complete() throws IOException;

    /** Of a full backup. */
    static Predecessors none() {
        return new Predecessors() {
            @Override
            public Predecessor find(DataPath path) {
                return Predecessor.NONE;
            }

            @Override
            public void complete() {
                // nothing was told
            }

            @Override
            public void close() {
                // nothing was opened
            }
        };
    }
}
