package org.pgagent.command;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.FailedDrill;
import org.pgagent.repository.ProvenRestore;
import org.pgagent.repository.RestoreDrills;

/** What the restore drills of a cluster have shown last: what works, and, if that is newer, what does not. */
final class LastDrill {
    private static final int WIDTH = 80;

    private LastDrill() {}

    /** The restore that was proven last, with the backup's id. */
    record Proven(
            BackupId backup,
            double rtoSeconds,
            @JsonUnwrapped ProvenRestore restore) {}

    /** A drill that failed and is newer than that. */
    record Failed(BackupId backup, @JsonUnwrapped FailedDrill drill) {}

    /** Both, as JSON has them; absent where there is none. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record View(Proven lastProvenRestore, Failed lastFailedDrill) {}

    /** @param backups in any order */
    static View of(List<BackupRecord> backups) {
        Optional<Proven> proven = backups.stream()
                .filter(record -> record.restorable() && proven(record).isPresent())
                .max(Comparator.comparing(record -> proven(record).orElseThrow().at()))
                .map(record -> of(record, proven(record).orElseThrow()));
        Optional<Failed> failed = backups.stream()
                .flatMap(record -> failed(record).map(drill -> new Failed(record.id(), drill)).stream())
                .filter(drill -> proven.isEmpty()
                        || drill.drill().at().isAfter(proven.get().restore().at()))
                .max(Comparator.comparing(drill -> drill.drill().at()));
        return new View(proven.orElse(null), failed.orElse(null));
    }

    private static Proven of(BackupRecord record, ProvenRestore restore) {
        return new Proven(record.id(), restore.recoveryTime().toMillis() / 1000.0, restore);
    }

    private static Optional<ProvenRestore> proven(BackupRecord record) {
        return Optional.ofNullable(record.drills()).map(RestoreDrills::proven);
    }

    private static Optional<FailedDrill> failed(BackupRecord record) {
        return Optional.ofNullable(record.drills()).map(RestoreDrills::failed);
    }

    /** Lines below a list of backups; none if there was no drill. */
    static List<String> lines(View view) {
        List<String> lines = new ArrayList<>();
        Stream.ofNullable(view.lastProvenRestore())
                .forEach(proven ->
                        lines.add("Last proven restore: " + DrillView.inShort(proven.backup(), proven.restore())));
        Stream.ofNullable(view.lastFailedDrill())
                .forEach(failed -> lines.addAll(Wrapped.lines(
                        "Restore drill FAILED: " + failed.backup() + " at " + DrillView.inShort(failed.drill()),
                        WIDTH)));
        return lines;
    }
}
