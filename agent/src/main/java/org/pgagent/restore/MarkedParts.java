package org.pgagent.restore;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directories of a restore beside its data directory, the tablespaces' and that of pg_wal, each with a marker that says
 * whose it is: a restore writes hours into one of them while the others look as if nobody needed them.
 *
 * <p>The data directory's marker is there before the first of these and goes before the first of them goes. So while a
 * restore can be resumed, a part without a marker is one that it has not written into.
 */
final class MarkedParts {
    private static final Logger LOG = LoggerFactory.getLogger(MarkedParts.class);

    private final RestorePlan plan;
    private final FileAccess access;

    MarkedParts(RestorePlan plan, FileAccess access) {
        this.plan = plan;
        this.access = access;
    }

    /**
     * Makes the parts that are missing and marks those that are not marked, durably. If one cannot be had, a restore that
     * has begun with this gives up all others, and its data directory, unless one of them lies in there: then the same
     * request goes on.
     *
     * @param held the marker of the data directory
     */
    void mark(RestoreMarker.Held held) throws IOException {
        RestoreMarker marker = RestoreMarker.of(plan).goingOn(held.marker());
        List<PlannedDirectory> marked = new ArrayList<>();
        try {
            for (PlannedDirectory part : plan.parts()) {
                mark(part, marker, marked);
            }
        } catch (IOException e) {
            if (plan.beginning() == RestorePlan.Beginning.ANEW) {
                giveUp(marked, held, e);
            }
            throw e;
        }
    }

    private void mark(PlannedDirectory part, RestoreMarker marker, List<PlannedDirectory> marked) throws IOException {
        Path directory = part.path();
        try {
            MissingDirectories.makeFor(plan.owner(), directory);
            if (!DestinationCheck.isMarked(part.role(), directory, marker)) {
                marker.placePart(directory, access);
                marked.add(part);
                DestinationCheck.requireNoStrangers(part.role(), directory, marker);
            }
            access.claim(directory);
        } catch (IOException e) {
            throw LocalFailure.writing(directory, e);
        }
    }

    private void giveUp(List<PlannedDirectory> marked, RestoreMarker.Held held, IOException because) {
        try {
            for (PlannedDirectory part : marked) {
                Files.delete(part.path().resolve(RestoreMarker.PART_FILE_NAME));
            }
            try (Stream<Path> names = Files.list(plan.dataDirectory())) {
                if (names.allMatch(held.file()::equals)) {
                    held.remove();
                }
            }
        } catch (IOException e) {
            because.addSuppressed(e);
        }
    }

    /** Removes the markers of a complete restore. One that stays does no harm but to a later restore into its directory. */
    void unmark() {
        for (PlannedDirectory part : plan.parts()) {
            Path file = part.path().resolve(RestoreMarker.PART_FILE_NAME);
            try {
                Files.delete(file);
                DirectorySync.syncOne(part.path());
            } catch (IOException e) {
                LOG.warn("the marker of a complete restore cannot be removed; remove it file={}", file, e);
            }
        }
    }
}
