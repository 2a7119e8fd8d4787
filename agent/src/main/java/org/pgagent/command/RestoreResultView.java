package org.pgagent.command;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.pgagent.config.DurationText;
import org.pgagent.config.Settings;
import org.pgagent.restore.Archiving;
import org.pgagent.restore.CopyRole;
import org.pgagent.restore.RecoveryRequest;
import org.pgagent.restore.RestoreResult;
import org.pgagent.storage.StoreCounts;

/**
 * What came of a restore as it is printed: as lines for people, or, with these names, as JSON.
 *
 * @param bytes written
 * @param readBytes fetched from the store
 * @param requests of the store
 * @param notes what is to be seen to before the server starts
 * @param reachableFrom the first moment that a recovery can stop at; missing if that is not known
 * @param reachableUntil the last one, as far as is known
 * @param startCommand what starts the server
 * @param adoptCommand what lets it archive; missing unless it must not
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record RestoreResultView(
        String dataDirectory,
        long bytes,
        long readBytes,
        long requests,
        double seconds,
        List<String> notes,
        Instant reachableFrom,
        Instant reachableUntil,
        String startCommand,
        String adoptCommand) {
    /** @param settings those of the restore, which name the repository */
    static RestoreResultView of(RestoreResult result, StoreCounts counts, Settings settings) {
        return new RestoreResultView(
                result.plan().dataDirectory().toString(),
                result.plan().content().bytes(),
                counts.readBytes(),
                counts.requestsTotal(),
                result.took().toMillis() / 1000.0,
                result.notes(),
                result.reachableFrom(),
                result.reachableUntil(),
                FetchCommandLine.shellLine(result.startCommand()),
                adoptCommand(result, settings));
    }

    /** What lets the restored cluster archive; null if it is not to, or not yet. */
    private static String adoptCommand(RestoreResult result, Settings settings) {
        RecoveryRequest recovery = result.plan().recovery();
        if (recovery.archiving() == Archiving.OFF || recovery.role() == CopyRole.STANDBY) {
            return null;
        }
        List<String> words = new ArrayList<>(
                List.of("pgagent", "adopt", "-D", result.plan().dataDirectory().toString()));
        words.addAll(FetchCommandLine.repository(settings));
        return FetchCommandLine.shellLine(words);
    }

    List<String> lines() {
        long perSecond = (long) (bytes / Math.max(0.001, seconds));
        FactLines lines = FactLines.below("Restored into " + dataDirectory);
        lines.add(
                "Written",
                FactLines.size(bytes) + " in " + DurationText.rounded(Duration.ofMillis((long) (seconds * 1000))) + ", "
                        + FactLines.size(perSecond) + "/s");
        lines.add("Fetched", FactLines.size(readBytes) + " with " + requests + " requests");
        notes.forEach(note -> lines.add("Note", note));
        lines.add("Next", startCommand);
        lines.more("as the operating system user that owns the directory. Recovery begins then: the server");
        lines.more("fetches WAL itself, so it needs the store's credentials in its own environment.");
        if (adoptCommand != null) {
            lines.add("Then", adoptCommand);
            lines.more("as the same user, before the start or after it: until then its archiver is refused, because");
            lines.more("the source has the right to archive. From then on the source is refused.");
        }
        return lines.all();
    }
}
