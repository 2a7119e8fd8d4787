package org.pgagent.repository;

import java.io.IOException;
import java.util.Optional;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.TimelineHistory;

/** Where a node's own history files are. */
@FunctionalInterface
public interface TimelineHistories {
    /**
     * The history of a timeline; empty if there is no history file.
     *
     * @throws org.pgagent.error.PgAgentException of kind CORRUPTED if the file is malformed, LOCAL_IO if it cannot be read
     */
    Optional<TimelineHistory> find(Timeline timeline) throws IOException;
}
