package org.pgagent.command;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.RestorePoint;
import org.pgagent.repository.RestorePoints;
import org.pgagent.storage.ObjectStore;

/** The restore points of a cluster, as {@code show} prints them. */
final class RestorePointTable {
    private RestorePointTable() {}

    /** What {@code show --restore-points --json} prints; the newest comes first. */
    record View(String repository, String cluster, List<RestorePoint> restorePoints) {}

    /** All of them: one request, and a few hundred kilobytes, for a thousand. */
    static View read(ObjectStore store, ClusterKeys keys) throws IOException {
        List<RestorePoint> all = new ArrayList<>();
        new RestorePoints(store, keys).forEach(all::addAll);
        Collections.reverse(all);
        return new View(store.describe(), keys.cluster().value(), all);
    }

    static List<String> lines(View view) {
        if (view.restorePoints().isEmpty()) {
            return List.of("There is no restore point of '" + view.cluster() + "' in " + view.repository()
                    + ". 'pgagent backup --type archive' makes one.");
        }
        TextTable table = TextTable.of("Time (UTC)", ">TLI", "LSN", "Restore point (--target-name)");
        for (RestorePoint point : view.restorePoints()) {
            table.row(
                    FactLines.time(point.time()),
                    point.timeline().toString(),
                    point.lsn().toString(),
                    point.name());
        }
        return table.lines();
    }

    /** A line for whoever looks at the backups, if there are points; takes one request. */
    static Optional<String> mention(ObjectStore store, ClusterKeys keys) throws IOException {
        RestorePoints.First first = new RestorePoints(store, keys).first();
        if (first.points().isEmpty()) {
            return Optional.empty();
        }
        RestorePoint newest = first.points().get(first.points().size() - 1);
        String count = first.more()
                ? "more than " + first.points().size()
                : "" + first.points().size();
        String which = first.more() ? "" : ", the newest '" + newest.name() + "' of " + FactLines.time(newest.time());
        return Optional.of("Restore points: " + count + which + ". All: pgagent show --restore-points");
    }
}
