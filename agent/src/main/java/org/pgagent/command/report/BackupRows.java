package org.pgagent.command.report;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.pgagent.config.DurationText;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.Pin;
import org.pgagent.repository.Validation;

/** The list of backups, newest first, and at most so many that a browser stays quick. */
final class BackupRows {
    static final int ROWS_MAX = 1000;

    private static final List<String> TITLES =
            List.of("Backup", "State", "Took", "Size", "Stored", "WAL it needs", "Validated", "Pinned");

    private final List<ListedBackup> backups;
    private final Instant now;

    /** @param backups oldest first */
    BackupRows(List<ListedBackup> backups, Instant now) {
        this.backups = backups;
        this.now = now;
    }

    void write(HtmlWriter html) throws IOException {
        html.open("table", "class", "backups");
        html.open("thead").open("tr");
        for (String title : TITLES) {
            html.element("th", title, "scope", "col");
        }
        html.close().close().open("tbody");
        for (int i = backups.size() - 1; i >= Math.max(0, backups.size() - ROWS_MAX); i--) {
            row(html, backups.get(i));
        }
        html.close().close();
    }

    private void row(HtmlWriter html, ListedBackup backup) throws IOException {
        Optional<BackupRecord> record = backup.record();
        html.open("tr");
        html.open("th", "scope", "row");
        html.element("span", backup.startedAt().map(Wording::time).orElse(Wording.NONE), "class", "when");
        html.element("span", backup.id().value(), "class", "id");
        html.close();
        state(html, backup);
        cell(html, 2, record.flatMap(BackupFigures::duration).map(DurationText::rounded));
        cell(html, 3, record.map(BackupRecord::totals).map(totals -> Wording.size(totals.originalBytes())));
        cell(
                html,
                4,
                record.filter(known -> BackupFigures.storedBytes(known).isPresent())
                        .map(known ->
                                Wording.size(BackupFigures.storedBytes(known).getAsLong())));
        wal(html, record);
        validated(html, record.map(BackupRecord::validation));
        pinned(html, record);
        html.close();
    }

    private static void state(HtmlWriter html, ListedBackup backup) throws IOException {
        html.open("td", "data-title", TITLES.get(1));
        badge(html, backup.condition());
        html.element("span", backup.kind().toString(), "class", "kind");
        if (backup.record().isPresent()) {
            BackupRecord record = backup.record().get();
            note(html, "error", Optional.ofNullable(record.error()));
            if (record.annotations() != null) {
                for (var annotation : record.annotations().entrySet()) {
                    note(html, "annotation", Optional.of(annotation.getKey() + "=" + annotation.getValue()));
                }
            }
            for (String excluded : record.exclusions()) {
                note(html, "excluded", Optional.of("without " + excluded));
            }
        }
        html.close();
    }

    /** A condition as a word on a ground of its own, with its sign. */
    static void badge(HtmlWriter html, Condition condition) throws IOException {
        html.open("span", "class", "badge " + condition.styleClass(), "title", condition.meaning());
        html.element("span", condition.sign(), "aria-hidden", "true").text(" " + condition.word());
        html.close();
    }

    private static void note(HtmlWriter html, String kind, Optional<String> text) throws IOException {
        if (text.isPresent()) {
            html.element("span", text.get(), "class", "note " + kind);
        }
    }

    private static void cell(HtmlWriter html, int column, Optional<String> text) throws IOException {
        html.element("td", text.orElse(Wording.NONE), "data-title", TITLES.get(column), "class", "number");
    }

    private static void wal(HtmlWriter html, Optional<BackupRecord> record) throws IOException {
        html.open("td", "data-title", TITLES.get(5), "class", "lsn");
        Optional<BackupRecord.Start> start = record.map(BackupRecord::start);
        Optional<BackupRecord.Stop> stop = record.map(BackupRecord::stop);
        if (start.isPresent() && stop.isPresent()) {
            html.text(start.get().lsn() + " \u2013 ");
            html.element("span", stop.get().lsn().toString(), "class", "lsn-end");
            html.element("span", "timeline " + stop.get().timeline(), "class", "note");
        } else {
            html.text(start.map(known -> "from " + known.lsn()).orElse(Wording.NONE));
        }
        html.close();
    }

    private static void validated(HtmlWriter html, Optional<Validation> validation) throws IOException {
        html.open("td", "data-title", TITLES.get(6));
        if (validation.isPresent()) {
            Validation done = validation.get();
            html.element("span", Wording.time(done.at()), "class", "when");
            boolean deep = done.depth() == Validation.Depth.DEEP;
            note(html, "", Optional.of(deep ? "every byte read back" : "quick"));
            if (!deep && done.deepAt() != null) {
                note(html, "", Optional.of("read back " + Wording.time(done.deepAt())));
            }
        } else {
            html.text(Wording.NONE);
        }
        html.close();
    }

    private void pinned(HtmlWriter html, Optional<BackupRecord> record) throws IOException {
        html.open("td", "data-title", TITLES.get(7));
        Optional<Pin> pin = record.filter(known -> known.isPinned(now)).map(BackupRecord::pin);
        if (pin.isPresent()) {
            html.text(
                    pin.get().until() == null
                            ? "until it is unpinned"
                            : "until " + Wording.time(pin.get().until()));
            note(html, "annotation", Optional.ofNullable(pin.get().note()));
        } else {
            html.text(Wording.NONE);
        }
        html.close();
    }
}
