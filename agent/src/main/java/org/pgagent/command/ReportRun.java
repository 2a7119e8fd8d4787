package org.pgagent.command;

import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.pgagent.catalog.RecoverySurvey;
import org.pgagent.command.report.ReportContent;
import org.pgagent.command.report.ReportPage;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.ClusterDescription;
import org.pgagent.repository.ClusterDescriptions;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.RestorePoint;
import org.pgagent.repository.RestorePoints;
import org.pgagent.storage.ObjectStore;

/** {@code show --report}: reads what a report tells of, and writes it. */
final class ReportRun {
    /** Standard output, in the place of a file. */
    private static final Path STANDARD_OUTPUT = Path.of("-");

    private final ObjectStore store;
    private final ClusterKeys keys;
    private final Console console;

    ReportRun(ObjectStore store, ClusterKeys keys, Console console) {
        this.store = store;
        this.keys = keys;
        this.console = console;
    }

    /** The backups that there are, as of a time, and those of them that are to be listed. */
    record Backups(Instant now, BackupRecords.Listed all, BackupRecords.Listed listed) {}

    /** Nothing is written before all has been read. */
    void run(Path file, Backups backups) throws IOException {
        Optional<ReportContent.Archive> archive = Optional.empty();
        Optional<ClusterDescription> description = new ClusterDescriptions(store, keys).find();
        if (description.isPresent()) {
            archive = Optional.of(new ReportContent.Archive(
                    description.get(),
                    RecoverySurvey.make(
                            store,
                            keys,
                            description.get().segmentSize(),
                            backups.all().records())));
        }
        ReportPage page = new ReportPage(new ReportContent(
                store.describe(),
                keys.cluster().value(),
                backups.now(),
                ProgramVersion.current(),
                backups.all(),
                backups.listed(),
                archive,
                newestPoints()));
        if (file.equals(STANDARD_OUTPUT)) {
            Writer out = new OutputStreamWriter(console.out(), StandardCharsets.UTF_8);
            page.write(out);
            out.flush();
        } else {
            new ReportFile(file).write(page::write);
            console.print("The report is in " + file.toAbsolutePath());
        }
    }

    /** One request for a thousand, and never more than a thousand and what one request brings in memory. */
    private List<RestorePoint> newestPoints() throws IOException {
        Deque<RestorePoint> newest = new ArrayDeque<>();
        new RestorePoints(store, keys).forEach(points -> {
            newest.addAll(points);
            while (newest.size() > ReportContent.POINTS_MAX) {
                newest.removeFirst();
            }
        });
        return List.copyOf(newest);
    }
}
