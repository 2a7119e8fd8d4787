package org.pgagent.restore.drill;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.FailedDrill;
import org.pgagent.repository.ProvenRestore;
import org.pgagent.repository.RestoreDrills;
import org.pgagent.storage.ObjectStore;

/** Says in a backup's record how a drill of it ended. The state of the backup stays: a host may have troubles of its own. */
public final class DrillLog {
    private final BackupRecords records;
    private final BackupRecord.Writer writer;

    /** @param writer who holds the drill */
    public DrillLog(ObjectStore store, ClusterKeys keys, BackupRecord.Writer writer) {
        this.records = new BackupRecords(store, keys);
        this.writer = writer;
    }

    /**
     * Writes it, if the backup still has the content that was restored.
     *
     * @return the record as it is now
     * @throws PgAgentException of kind OBJECT_CHANGED if somebody has deleted the backup or given it another manifest; or the
     *     store's
     */
    public BackupRecord note(DrillResult result) throws IOException {
        BackupRecord restored = result.plan().restore().backup();
        Optional<BackupRecord> noted =
                records.change(restored.id(), now -> now.hasContentOf(restored) ? next(now, result) : now);
        return noted.filter(now -> now.hasContentOf(restored))
                .orElseThrow(() -> new PgAgentException(
                        ErrorKind.OBJECT_CHANGED,
                        "the backup " + restored.id() + " was deleted or compacted while it was restored",
                        "What the drill has shown is above; it is of a backup that is there no more in that form."));
    }

    private BackupRecord next(BackupRecord now, DrillResult result) {
        return result.failure().isPresent()
                ? RestoreDrills.of(now, failed(result, result.failure().get()))
                : RestoreDrills.of(now, proven(result));
    }

    private FailedDrill failed(DrillResult result, DrillFailure failure) {
        return new FailedDrill(
                result.began(),
                writer.host(),
                writer.pgagentVersion(),
                failure.step().toString(),
                failure.why());
    }

    private ProvenRestore proven(DrillResult result) {
        return new ProvenRestore(
                result.began(),
                writer.host(),
                writer.pgagentVersion(),
                result.plan().restore().recovery().target().describe(),
                result.end().orElseThrow().replayedTo(),
                result.end().orElseThrow().lastCommitAt().orElse(null),
                result.plan().restore().content().bytes(),
                result.walBytes(),
                result.restored().toMillis(),
                result.recovered().orElse(Duration.ZERO).toMillis(),
                result.checked().toMillis(),
                result.checks());
    }
}
