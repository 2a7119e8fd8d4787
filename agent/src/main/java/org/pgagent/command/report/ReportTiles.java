package org.pgagent.command.report;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.pgagent.catalog.RecoveryInterval;
import org.pgagent.catalog.WalInventory.TimelineWal;

/** The five numbers at the top of a report. */
final class ReportTiles {
    private final ReportContent content;
    private final List<RecoveryInterval> intervals;

    ReportTiles(ReportContent content, List<RecoveryInterval> intervals) {
        this.content = content;
        this.intervals = intervals;
    }

    void write(HtmlWriter html) throws IOException {
        html.open("dl", "class", "tiles");
        point(html, "Newest point (UTC)", Verdict.newest(intervals));
        point(html, "Oldest point (UTC)", Verdict.oldest(intervals));
        backups(html);
        stored(html);
        RestoreProof proof = RestoreProof.newest(content.all().records());
        tile(html, "Last proven restore", proof.headline(), proof.detail());
        html.close();
    }

    private static void tile(HtmlWriter html, String name, String value, String more) throws IOException {
        html.open("div");
        html.element("dt", name);
        html.element("dd", value, "class", "value");
        html.element("dd", more, "class", "more");
        html.close();
    }

    private void point(HtmlWriter html, String name, Optional<Instant> at) throws IOException {
        tile(
                html,
                name,
                at.map(Wording::time).orElse("None"),
                at.map(known -> Wording.age(Duration.between(known, content.writtenAt())) + " ago")
                        .orElse("Nothing can be restored."));
    }

    private void backups(HtmlWriter html) throws IOException {
        List<ListedBackup> backups = content.backups();
        Map<Condition, Long> counts = new EnumMap<>(Condition.class);
        backups.forEach(backup -> counts.merge(backup.condition(), 1L, Long::sum));
        long full = backups.stream().filter(ListedBackup::isFull).count();
        html.open("div");
        html.element("dt", "Backups");
        html.element("dd", Wording.number(backups.size()), "class", "value");
        html.element(
                "dd",
                backups.isEmpty()
                        ? "None was taken yet."
                        : Wording.number(full) + " full, " + Wording.number(backups.size() - full) + " incremental: "
                                + counts.entrySet().stream()
                                        .map(entry -> Wording.number(entry.getValue()) + " "
                                                + entry.getKey().word())
                                        .collect(Collectors.joining(", ")),
                "class",
                "more");
        html.close();
    }

    private void stored(HtmlWriter html) throws IOException {
        long backups = content.all().records().stream()
                .mapToLong(BackupFigures::heldBytes)
                .sum();
        long wal = content.archive().stream()
                .flatMap(archive -> archive.survey().inventory().timelines().stream())
                .mapToLong(TimelineWal::storedBytes)
                .sum();
        tile(
                html,
                "Stored",
                Wording.size(backups + wal),
                "Backups " + Wording.size(backups) + ", WAL " + Wording.size(wal));
    }
}
