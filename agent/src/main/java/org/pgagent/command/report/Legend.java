package org.pgagent.command.report;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;

/** Says what the shapes of the drawings mean: those that are drawn, and no others. */
final class Legend {
    private static final double MIDDLE = 10;

    private final List<ListedBackup> backups;
    private final List<TimelineLane> lanes;
    private final ReportContent content;

    Legend(List<ListedBackup> backups, List<TimelineLane> lanes, ReportContent content) {
        this.backups = backups;
        this.lanes = lanes;
        this.content = content;
    }

    @FunctionalInterface
    private interface Shape {
        void draw(HtmlWriter html) throws IOException;
    }

    void ofRecovery(HtmlWriter html) throws IOException {
        html.open("ul", "class", "legend");
        entry(html, "every point can be recovered", "", swatch("recoverable"));
        if (holes().anyMatch(hole -> hole.why() == TimelineLane.Why.LOST)) {
            entry(html, "WAL is missing", "", swatch("lost-swatch"));
        }
        if (holes().anyMatch(hole -> hole.why() == TimelineLane.Why.EXPIRED)) {
            entry(
                    html,
                    "given up by retention",
                    "",
                    sample -> sample.empty("path", "class", "expired", "d", "M1 10h18"));
        }
        mark(html, "full backup", Condition.OK, MarkShape.FULL);
        if (backups.stream().anyMatch(backup -> !backup.isFull())) {
            mark(html, "incremental backup", Condition.OK, MarkShape.INCREMENTAL);
        }
        for (Condition condition : List.of(
                Condition.DELETED,
                Condition.DELETING,
                Condition.RUNNING,
                Condition.ERROR,
                Condition.NO_WAL,
                Condition.UNREADABLE,
                Condition.CORRUPT)) {
            if (backups.stream().anyMatch(backup -> backup.condition() == condition)) {
                mark(html, condition.word() + ": " + condition.meaning(), condition, MarkShape.of(condition, true));
            }
        }
        if (backups.size() > 1) {
            entry(html, "several backups", "", Legend::several);
        }
        if (backups.stream()
                .flatMap(backup -> backup.record().stream())
                .anyMatch(record -> record.isPinned(content.writtenAt()))) {
            entry(html, "pinned", "", sample -> MarkShape.drawPin(sample, MIDDLE, 17));
        }
        if (!content.points().isEmpty()) {
            entry(html, "restore point", "", sample -> sample.empty("path", "class", "point", "d", "M10 5l5 9h-10z"));
        }
        html.close();
    }

    void ofSizes(HtmlWriter html) throws IOException {
        html.open("ul", "class", "legend");
        entry(html, "full backup", "", swatch("full"));
        entry(html, "incremental backup", "", swatch("incremental"));
        entry(html, "all backups together", "", Legend::total);
        entry(
                html,
                "size of the cluster",
                "",
                sample -> sample.empty("path", "class", "cluster-size", "d", "M1 10h18"));
        html.close();
    }

    private Stream<TimelineLane.Hole> holes() {
        return lanes.stream().flatMap(lane -> lane.holes().stream());
    }

    private static void mark(HtmlWriter html, String words, Condition condition, MarkShape shape) throws IOException {
        entry(html, words, "mark " + condition.styleClass(), sample -> shape.draw(sample, MIDDLE, MIDDLE));
    }

    private static Shape swatch(String styleClass) {
        return html ->
                html.empty("rect", "class", styleClass, "x", "2", "y", "3", "width", "16", "height", "14", "rx", "3");
    }

    private static void several(HtmlWriter html) throws IOException {
        html.open("g", "class", "mark " + Condition.OK.styleClass());
        html.empty("rect", "class", "solid", "x", "2", "y", "2", "width", "16", "height", "16", "rx", "4");
        html.element("text", "3", "class", "number", "text-anchor", "middle", "x", "10", "y", "13.5");
        html.close();
    }

    private static void total(HtmlWriter html) throws IOException {
        html.empty("rect", "class", "total", "x", "1", "y", "6", "width", "18", "height", "11");
        html.empty("path", "class", "total-edge", "d", "M1 6h18");
    }

    private static void entry(HtmlWriter html, String words, String styleClass, Shape shape) throws IOException {
        html.open("li");
        html.open(
                "svg",
                "xmlns",
                "http://www.w3.org/2000/svg",
                "viewBox",
                "0 0 20 20",
                "width",
                "20",
                "height",
                "20",
                "aria-hidden",
                "true",
                "class",
                styleClass);
        shape.draw(html);
        html.close();
        html.element("span", words).close();
    }
}
