package org.pgagent.command;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.pgagent.config.DurationText;
import org.pgagent.restore.RestoreResult;
import org.pgagent.storage.StoreCounts;

/** What came of a restore as it is printed: as lines for people, or, with these names, as JSON. */
record RestoreResultView(
        String dataDirectory,
        long bytes,
        long readBytes,
        long requests,
        double seconds,
        List<String> notes,
        Instant reachableFrom,
        Instant reachableUntil,
        String startCommand) {
    static RestoreResultView of(RestoreResult result, StoreCounts counts) {
        return new RestoreResultView(
                result.plan().dataDirectory().toString(),
                result.plan().content().bytes(),
                counts.readBytes(),
                counts.requestsTotal(),
                result.took().toMillis() / 1000.0,
                result.notes(),
                result.reachableFrom(),
                result.reachableUntil(),
                FetchCommandLine.shellLine(result.startCommand()));
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
        return lines.all();
    }
}
