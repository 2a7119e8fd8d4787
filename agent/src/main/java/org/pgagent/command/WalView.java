package org.pgagent.command;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.pgagent.catalog.RecoverySurvey;
import org.pgagent.catalog.RecoveryWindow;
import org.pgagent.catalog.WalInventory.TimelineWal;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.SegmentRange;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.WalSegment;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.WalGap;
import org.pgagent.repository.WalGaps;

/** What {@code show --wal} tells: the WAL of each timeline, what of it is missing, and what can be recovered. */
final class WalView {
    private static final DateTimeFormatter MINUTE =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm").withZone(ZoneOffset.UTC);

    private final Document document;

    /**
     * What {@code --json} prints.
     *
     * @param windows what can be recovered from each backup
     * @param withoutWal backups whose own WAL is not complete: they cannot be restored
     */
    record Document(
            @JsonUnwrapped Whose whose,
            List<TimelineView> timelines,
            List<GapView> gaps,
            List<WindowView> windows,
            List<BackupId> withoutWal) {}

    /**
     * A timeline; what it does not have is left out.
     *
     * @param parent the timeline that it comes from
     * @param switchPoint where it leaves that
     * @param first the first segment that the archive has
     * @param last the last one
     * @param segments how many there are
     * @param storedBytes what they take
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record TimelineView(
            Timeline timeline,
            Timeline parent,
            Lsn switchPoint,
            String first,
            String last,
            long segments,
            long storedBytes) {}

    /**
     * Missing segments; who found that out, and when, only if it was noted.
     *
     * @param first the first segment that is missing
     * @param last the last one
     * @param segments how many
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record GapView(Timeline timeline, String first, String last, long segments, Instant foundAt, String foundBy) {}

    /**
     * What can be recovered from a backup on the way to a timeline.
     *
     * @param startTime when the backup was consistent
     * @param startLsn where
     * @param endLsn how far a recovery gets
     * @param endStoredAt when the last of that WAL was stored
     * @param then why it ends there
     */
    record WindowView(
            BackupId backup,
            Timeline timeline,
            Instant startTime,
            Lsn startLsn,
            Lsn endLsn,
            Instant endStoredAt,
            String then) {}

    private WalView(Document document) {
        this.document = document;
    }

    /** @param notes who found gaps, and when */
    static WalView of(Whose whose, RecoverySurvey survey, WalGaps notes) throws IOException {
        List<GapView> gapViews = new ArrayList<>();
        for (SegmentRange gap : survey.gaps()) {
            gapViews.add(view(gap, note(gap, survey.noted(), notes)));
        }
        return new WalView(new Document(
                whose,
                survey.inventory().timelines().stream().map(WalView::view).toList(),
                gapViews,
                survey.windows().stream().map(WalView::view).toList(),
                survey.withoutWal()));
    }

    /** The first note of any of these segments; one that cannot be read says nothing. */
    private static Optional<WalGap> note(SegmentRange gap, List<SegmentRange> noted, WalGaps notes) throws IOException {
        for (SegmentRange candidate : noted) {
            if (candidate.overlaps(gap)) {
                try {
                    return notes.find(candidate);
                } catch (PgAgentException e) {
                    if (e.kind() != ErrorKind.CORRUPTED) {
                        throw e;
                    }
                }
            }
        }
        return Optional.empty();
    }

    private static TimelineView view(TimelineWal wal) {
        List<TimelineHistory.Entry> ancestors = wal.history().ancestors();
        Optional<TimelineHistory.Entry> parent =
                ancestors.isEmpty() ? Optional.empty() : Optional.of(ancestors.get(ancestors.size() - 1));
        return new TimelineView(
                wal.timeline(),
                parent.map(TimelineHistory.Entry::timeline).orElse(null),
                parent.map(TimelineHistory.Entry::switchPoint).orElse(null),
                wal.first().map(WalSegment::fileName).orElse(null),
                wal.last().map(WalSegment::fileName).orElse(null),
                wal.segments(),
                wal.storedBytes());
    }

    private static GapView view(SegmentRange gap, Optional<WalGap> note) {
        return new GapView(
                gap.timeline(),
                gap.first().fileName(),
                gap.last().fileName(),
                gap.count(),
                note.map(WalGap::foundAt).orElse(null),
                note.map(WalGap::foundBy).orElse(null));
    }

    private static WindowView view(RecoveryWindow window) {
        BackupRecord.Stop stop = window.backup().stop();
        return new WindowView(
                window.backup().id(),
                window.timeline(),
                stop.time(),
                stop.lsn(),
                window.end(),
                window.endStoredAt(),
                window.then().name().toLowerCase(Locale.ROOT));
    }

    Document document() {
        return document;
    }

    /** Three tables, at most 80 columns wide. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add("WAL in the archive");
        lines.addAll(timelines());
        lines.add("");
        if (document.gaps().isEmpty()) {
            lines.add("No segment is missing between the first and the last one.");
        } else {
            lines.add("Missing for good, unless a server still has it in pg_wal");
            lines.addAll(gaps());
        }
        lines.add("");
        lines.add("What can be recovered");
        lines.addAll(windows());
        lines.addAll(advice());
        return lines;
    }

    private List<String> timelines() {
        TextTable table = TextTable.of(">TLI", "First segment", "Last segment", ">Segments", ">Size");
        for (TimelineView timeline : document.timelines()) {
            table.row(
                    timeline.timeline().toString(),
                    orDash(timeline.first()),
                    orDash(timeline.last()),
                    String.valueOf(timeline.segments()),
                    FactLines.size(timeline.storedBytes()));
        }
        return table.lines();
    }

    private List<String> gaps() {
        TextTable table = TextTable.of("First missing", "Last missing", ">Segments", "Noted (UTC)");
        for (GapView gap : document.gaps()) {
            table.row(
                    gap.first(),
                    gap.last(),
                    String.valueOf(gap.segments()),
                    gap.foundAt() == null ? "-" : MINUTE.format(gap.foundAt()));
        }
        return table.lines();
    }

    private List<String> windows() {
        TextTable table = TextTable.of("Backup", ">TLI", "From (UTC)", ">Up to LSN", "Stored (UTC)", "Then");
        for (WindowView window : document.windows()) {
            table.row(
                    window.backup().toString(),
                    window.timeline().toString(),
                    MINUTE.format(window.startTime()),
                    window.endLsn().toString(),
                    MINUTE.format(window.endStoredAt()),
                    window.then());
        }
        return table.lines();
    }

    private List<String> advice() {
        List<String> lines = new ArrayList<>();
        for (BackupId id : document.withoutWal()) {
            lines.add("Backup " + id + " cannot be restored: WAL that it needs is missing.");
        }
        List<WindowView> newest = document.windows().stream()
                .filter(window ->
                        window.backup().equals(document.windows().get(0).backup()))
                .toList();
        if (!newest.isEmpty()
                && newest.stream().allMatch(window -> window.then().equals("gap"))) {
            lines.add("Take a backup now: what comes after the gap cannot be recovered without one.");
        }
        return lines;
    }

    private static String orDash(String text) {
        return text == null ? "-" : text;
    }
}
