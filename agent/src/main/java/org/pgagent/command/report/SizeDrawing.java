package org.pgagent.command.report;

import static org.pgagent.command.report.Wording.at;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.pgagent.repository.BackupRecord;

/**
 * Draws what backups take: above what each one has stored, and below what all that there are now take together, beside the size of
 * the cluster. Bounded, however many there are.
 */
final class SizeDrawing {
    private static final double LEFT = 62;
    private static final double RIGHT_MARGIN = 12;
    private static final double COLUMN = 10;
    private static final double BAR = 7;
    private static final double BAR_HEIGHT_MIN = 1;
    private static final double TITLE = 26;
    private static final double PANEL = 110;
    private static final double BETWEEN = 28;
    private static final double AXIS_HEIGHT = 24;

    private final List<ListedBackup> all;
    private final Span time;

    /** @param all whatever has packs, oldest first */
    SizeDrawing(List<ListedBackup> all, Span time) {
        this.all = all;
        this.time = time;
    }

    /** What lies in one column of the drawing. */
    private static final class Column {
        private long fullBytes;
        private long incrementalBytes;
        private int backups;
        private long heldBytes;
        private Optional<Long> clusterBytes = Optional.empty();
        private String first = "";
        private String last = "";

        private void add(ListedBackup backup, BackupRecord record) {
            heldBytes += BackupFigures.heldBytes(record);
            long stored = BackupFigures.storedBytes(record).orElse(0);
            if (!backup.id().isBackup() || backup.condition() == Condition.DELETED) {
                return;
            }
            if (backup.isFull()) {
                fullBytes += stored;
            } else {
                incrementalBytes += stored;
            }
            clusterBytes = Optional.ofNullable(record.totals())
                    .map(BackupRecord.Totals::originalBytes)
                    .or(() -> clusterBytes);
            first = backups == 0 ? backup.id().value() : first;
            last = backup.id().value();
            backups++;
        }

        private long bytes() {
            return fullBytes + incrementalBytes;
        }

        private String words() {
            return backups == 1
                    ? first + " stored " + Wording.size(bytes())
                    : backups + " backups, " + first + " to " + last + ", stored " + Wording.size(bytes());
        }
    }

    void write(HtmlWriter html, DrawingWidth width) throws IOException {
        TimeAxis axis = TimeAxis.of(time, LEFT, width.units() - RIGHT_MARGIN);
        NavigableMap<Integer, Column> columns = columns(axis);
        double secondTop = TITLE + PANEL + BETWEEN + TITLE;
        double bottom = secondTop + PANEL;
        width.open(
                html,
                bottom + AXIS_HEIGHT,
                "What backups take in the repository",
                "The facts of this drawing are in the list of backups.");
        TimelineDrawing.axis(html, axis, bottom);
        stored(html, axis, columns, TITLE);
        total(html, axis, columns, secondTop);
        html.close();
    }

    private NavigableMap<Integer, Column> columns(TimeAxis axis) {
        NavigableMap<Integer, Column> columns = new TreeMap<>();
        for (ListedBackup backup : all) {
            Optional<Instant> at = backup.startedAt();
            if (at.isPresent() && backup.record().isPresent()) {
                columns.computeIfAbsent(axis.column(at.get(), COLUMN), any -> new Column())
                        .add(backup, backup.record().get());
            }
        }
        return columns;
    }

    private static double x(TimeAxis axis, int column) {
        return axis.left() + column * COLUMN;
    }

    private static void stored(HtmlWriter html, TimeAxis axis, NavigableMap<Integer, Column> columns, double top)
            throws IOException {
        long most = columns.values().stream().mapToLong(Column::bytes).max().orElse(0);
        SizeAxis sizes = SizeAxis.upTo(most, top, top + PANEL);
        panel(html, axis, sizes, "Stored by each backup");
        for (Map.Entry<Integer, Column> entry : columns.entrySet()) {
            Column column = entry.getValue();
            if (column.backups == 0) {
                continue;
            }
            double middle = sizes.y(column.fullBytes);
            html.open("g", "class", "bars");
            html.element("title", column.words());
            bar(html, "full", x(axis, entry.getKey()), new double[] {middle, sizes.bottom()});
            bar(html, "incremental", x(axis, entry.getKey()), new double[] {sizes.y(column.bytes()), middle});
            html.close();
        }
    }

    private static void bar(HtmlWriter html, String kind, double x, double[] fromTo) throws IOException {
        double height = fromTo[1] - fromTo[0];
        if (height > 0) {
            double drawn = Math.max(BAR_HEIGHT_MIN, height);
            html.empty(
                    "rect",
                    "class",
                    kind,
                    "x",
                    at(x + (COLUMN - BAR) / 2),
                    "y",
                    at(fromTo[1] - drawn),
                    "width",
                    at(BAR),
                    "height",
                    at(drawn));
        }
    }

    private static void panel(HtmlWriter html, TimeAxis axis, SizeAxis sizes, String title) throws IOException {
        html.element("text", title, "class", "panel", "x", "0", "y", at(sizes.top() - 13));
        for (SizeAxis.Tick tick : sizes.ticks()) {
            html.empty(
                    "path",
                    "class",
                    tick.y() == sizes.bottom() ? "axis" : "grid",
                    "d",
                    "M" + at(axis.left()) + " " + at(tick.y()) + "H" + at(axis.right()));
            html.element(
                    "text",
                    tick.label(),
                    "class",
                    "tick",
                    "text-anchor",
                    "end",
                    "x",
                    at(axis.left() - 8),
                    "y",
                    at(tick.y() + 4));
        }
    }

    /** A size at a place. */
    private record Sized(double x, long bytes) {}

    private static void total(HtmlWriter html, TimeAxis axis, NavigableMap<Integer, Column> columns, double top)
            throws IOException {
        List<Sized> total = new ArrayList<>();
        List<Sized> cluster = new ArrayList<>();
        long sum = 0;
        for (Map.Entry<Integer, Column> entry : columns.entrySet()) {
            sum += entry.getValue().heldBytes;
            double middle = x(axis, entry.getKey()) + COLUMN / 2;
            total.add(new Sized(middle, sum));
            entry.getValue().clusterBytes.ifPresent(bytes -> cluster.add(new Sized(middle, bytes)));
        }
        long most = Math.max(sum, cluster.stream().mapToLong(Sized::bytes).max().orElse(0));
        SizeAxis sizes = SizeAxis.upTo(most, top, top + PANEL);
        if (!total.isEmpty()) {
            String begin = "M" + at(total.get(0).x()) + " " + at(sizes.bottom());
            String edge = total.stream()
                            .map(point -> "H" + at(point.x()) + "V" + at(sizes.y(point.bytes())))
                            .collect(Collectors.joining())
                    + "H" + at(axis.right());
            html.empty("path", "class", "total", "d", begin + edge + "V" + at(sizes.bottom()) + "Z");
            html.empty("path", "class", "total-edge", "d", begin + edge);
        }
        panel(html, axis, sizes, "All backups together, and the cluster");
        if (!cluster.isEmpty()) {
            String line = cluster.stream()
                    .map(point -> at(point.x()) + " " + at(sizes.y(point.bytes())))
                    .collect(Collectors.joining("L", "M", "H" + at(axis.right())));
            html.empty("path", "class", "cluster-size", "d", line);
        }
    }
}
