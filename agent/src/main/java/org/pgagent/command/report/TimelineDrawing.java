package org.pgagent.command.report;

import static org.pgagent.command.report.Wording.at;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.pgagent.postgres.Timeline;
import org.pgagent.repository.RestorePoint;

/** Draws the time that can be recovered, a lane for each timeline, with the backups in it. Bounded, however many there are. */
final class TimelineDrawing {
    /** So many timelines are drawn, the newest ones. */
    static final int LANES_MAX = 12;

    private static final double LANE = 82;
    private static final double BAR_TOP = 32;
    private static final double BAR = 20;
    private static final double POINT_WIDTH = 11;
    private static final double SPAN_WIDTH_MIN = 2;
    private static final double GAP_SEEN = 1.5;
    private static final double HOLE_WIDTH_MIN = 4;
    /** What is missing must be seen, also behind a mark. */
    private static final double HOLE_HIGHER = 5;

    private static final double HOLE_WIDTH_FOR_WORDS = 84;
    private static final double MARGIN = 12;
    private static final double AXIS_HEIGHT = 24;

    private final List<TimelineLane> lanes;
    private final List<ListedBackup> backups;
    private final List<RestorePoint> points;
    private final Span time;

    /**
     * @param lanes in ascending order
     * @param time what is drawn; it ends when the report is written
     */
    TimelineDrawing(List<TimelineLane> lanes, List<ListedBackup> backups, List<RestorePoint> points, Span time) {
        this.lanes = lanes.subList(Math.max(0, lanes.size() - LANES_MAX), lanes.size());
        this.backups = backups;
        this.points = points;
        this.time = time;
    }

    void write(HtmlWriter html, DrawingWidth width) throws IOException {
        TimeAxis axis = TimeAxis.of(time, MARGIN, width.units() - MARGIN);
        double bottom = lanes.size() * LANE;
        width.open(
                html,
                bottom + AXIS_HEIGHT,
                "Which times can be recovered, and the backups",
                "The facts of this drawing are in the tables below it.");
        hatching(html, width);
        axis(html, axis, bottom);
        for (int i = 0; i < lanes.size(); i++) {
            branch(html, axis, i);
        }
        for (int i = 0; i < lanes.size(); i++) {
            lane(html, axis, new Place(lanes.get(i), i * LANE, width));
        }
        html.close();
    }

    /** A lane and where it is drawn. */
    private record Place(TimelineLane lane, double top, DrawingWidth width) {
        private double middle() {
            return top + BAR_TOP + BAR / 2;
        }
    }

    private static void hatching(HtmlWriter html, DrawingWidth width) throws IOException {
        html.open("defs");
        html.open(
                "pattern",
                "id",
                "lost-" + width,
                "width",
                "6",
                "height",
                "6",
                "patternUnits",
                "userSpaceOnUse",
                "patternTransform",
                "rotate(45)");
        html.empty("rect", "class", "lost-ground", "width", "6", "height", "6");
        html.empty("rect", "class", "lost-line", "width", "2", "height", "6");
        html.close().close();
    }

    /** Lines through all lanes, and their times below. */
    static void axis(HtmlWriter html, TimeAxis axis, double bottom) throws IOException {
        for (TimeAxis.Tick tick : axis.ticks()) {
            html.empty("path", "class", "grid", "d", "M" + at(tick.x()) + " 0V" + at(bottom));
            String anchor = tick.x() < axis.left() + 24 ? "start" : tick.x() > axis.right() - 24 ? "end" : "middle";
            html.element(
                    "text",
                    tick.label(),
                    "class",
                    "tick",
                    "text-anchor",
                    anchor,
                    "x",
                    at(tick.x()),
                    "y",
                    at(bottom + 17));
        }
        html.empty("path", "class", "axis", "d", "M" + at(axis.left()) + " " + at(bottom) + "H" + at(axis.right()));
    }

    /** From where a timeline left its parent. */
    private void branch(HtmlWriter html, TimeAxis axis, int child) throws IOException {
        Optional<TimelineLane.Origin> origin = lanes.get(child).origin();
        for (int parent = 0; parent < child && origin.isPresent(); parent++) {
            if (lanes.get(parent).timeline().equals(origin.get().parent())) {
                String x = at(axis.x(origin.get().at()));
                double from = parent * LANE + BAR_TOP + BAR / 2;
                double to = child * LANE + BAR_TOP + BAR / 2;
                html.empty("path", "class", "branch", "d", "M" + x + " " + at(from) + "V" + at(to));
            }
        }
    }

    private void lane(HtmlWriter html, TimeAxis axis, Place place) throws IOException {
        label(html, place);
        html.empty(
                "path",
                "class",
                "track",
                "d",
                "M" + at(axis.left()) + " " + at(place.middle()) + "H" + at(axis.right()));
        for (Stretch stretch : together(place.lane().recoverable(), axis)) {
            recoverable(html, axis, place, stretch);
        }
        for (TimelineLane.Why why : TimelineLane.Why.values()) {
            List<TimelineLane.Hole> holes = place.lane().holes().stream()
                    .filter(hole -> hole.why() == why)
                    .toList();
            List<Span> spans = holes.stream().map(TimelineLane.Hole::span).toList();
            for (Stretch stretch : together(spans, axis)) {
                hole(html, axis, place, holes.get(stretch.first()).over(stretch.span(), stretch.count()));
            }
        }
        points(html, axis, place);
        for (BackupMark mark : BackupMark.of(of(place.lane()), axis)) {
            mark(html, mark, place);
        }
    }

    private static void label(HtmlWriter html, Place place) throws IOException {
        html.open("text", "class", "lane", "x", at(MARGIN), "y", at(place.top() + 14));
        html.element("tspan", "Timeline " + place.lane().timeline(), "class", "name");
        if (place.lane().origin().isPresent()) {
            TimelineLane.Origin origin = place.lane().origin().get();
            html.element("tspan", " from timeline " + origin.parent() + " at " + origin.switchPoint());
        }
        html.close();
    }

    /** Those of which the timeline is not known are with the newest one. */
    private List<ListedBackup> of(TimelineLane lane) {
        Timeline newest = lanes.get(lanes.size() - 1).timeline();
        return backups.stream()
                .filter(backup -> backup.timeline().orElse(newest).equals(lane.timeline()))
                .toList();
    }

    /**
     * What is drawn as one, because nobody could see that it is more.
     *
     * @param first the place of the first one among all
     */
    private record Stretch(Span span, int first, int count) {}

    private static List<Stretch> together(List<Span> ascending, TimeAxis axis) {
        List<Stretch> stretches = new ArrayList<>();
        for (int i = 0; i < ascending.size(); i++) {
            Span span = ascending.get(i);
            int last = stretches.size() - 1;
            if (last >= 0
                    && axis.x(span.from()) - axis.x(stretches.get(last).span().to()) < GAP_SEEN) {
                Stretch before = stretches.get(last);
                stretches.set(
                        last,
                        new Stretch(new Span(before.span().from(), span.to()), before.first(), before.count() + 1));
            } else {
                stretches.add(new Stretch(span, i, 1));
            }
        }
        return stretches;
    }

    private static void recoverable(HtmlWriter html, TimeAxis axis, Place place, Stretch stretch) throws IOException {
        Span span = stretch.span();
        double x = axis.x(span.from());
        double length = Math.max(SPAN_WIDTH_MIN, axis.x(span.to()) - x);
        html.open(
                "rect",
                "class",
                "recoverable",
                "x",
                at(x),
                "y",
                at(place.top() + BAR_TOP),
                "width",
                at(length),
                "height",
                at(BAR),
                "rx",
                "3");
        String what = stretch.count() == 1 ? "Every point" : stretch.count() + " stretches";
        html.element(
                        "title",
                        what + " from " + Wording.time(span.from()) + " to " + Wording.time(span.to())
                                + " UTC can be recovered")
                .close();
    }

    private static void hole(HtmlWriter html, TimeAxis axis, Place place, TimelineLane.Hole hole) throws IOException {
        double x = axis.x(hole.span().from());
        double length = axis.x(hole.span().to()) - x;
        if (hole.why() == TimelineLane.Why.EXPIRED) {
            html.open("path", "class", "expired", "d", "M" + at(x) + " " + at(place.middle()) + "h" + at(length));
            html.element("title", hole.words()).close();
            return;
        }
        double left = Math.min(x, axis.right() - HOLE_WIDTH_MIN);
        String drawn = at(Math.max(HOLE_WIDTH_MIN, length));
        html.open(
                "rect",
                "class",
                "lost",
                "fill",
                "url(#lost-" + place.width() + ")",
                "x",
                at(left),
                "y",
                at(place.top() + BAR_TOP - HOLE_HIGHER),
                "width",
                drawn,
                "height",
                at(BAR + 2 * HOLE_HIGHER));
        html.element("title", hole.words()).close();
        if (length > HOLE_WIDTH_FOR_WORDS) {
            html.element(
                    "text",
                    "WAL missing",
                    "class",
                    "why",
                    "text-anchor",
                    "middle",
                    "x",
                    at(x + length / 2),
                    "y",
                    at(place.top() + BAR_TOP + BAR + HOLE_HIGHER + 13));
        }
    }

    private void points(HtmlWriter html, TimeAxis axis, Place place) throws IOException {
        List<RestorePoint> own = points.stream()
                .filter(point -> point.timeline().equals(place.lane().timeline()))
                .toList();
        for (List<RestorePoint> near :
                axis.apart(own, RestorePoint::time, POINT_WIDTH).values()) {
            RestorePoint first = near.get(0);
            String words = near.size() == 1
                    ? "Restore point " + first.name() + ", " + Wording.time(first.time())
                    : near.size() + " restore points, " + first.name() + " to "
                            + near.get(near.size() - 1).name();
            double x = Math.max(axis.left() + 5, Math.min(axis.right() - 5, axis.x(first.time())));
            html.open(
                    "path",
                    "class",
                    "point",
                    "d",
                    "M" + at(x) + " " + at(place.top() + BAR_TOP + BAR + 3) + "l5 9h-10z");
            html.element("title", words).close();
        }
    }

    private void mark(HtmlWriter html, BackupMark mark, Place place) throws IOException {
        html.open("g", "class", "mark " + mark.worst().styleClass());
        html.element("title", mark.words());
        double x = Math.max(MARGIN, Math.min(place.width().units() - MARGIN, mark.x()));
        if (mark.isOne()) {
            MarkShape.of(mark.worst(), mark.hasFull()).draw(html, x, place.middle());
        } else {
            MarkShape.drawSeveral(html, mark, x, place.middle());
        }
        if (mark.hasPinned(time.to())) {
            MarkShape.drawPin(html, x, place.top() + BAR_TOP - 3);
        }
        html.close();
    }

    /** The span that a drawing of such things has to have. */
    static Span span(List<TimelineLane> lanes, List<ListedBackup> backups, Instant now) {
        Instant first = now;
        for (TimelineLane lane : lanes) {
            for (Span span : lane.recoverable()) {
                first = span.from().isBefore(first) ? span.from() : first;
            }
        }
        for (ListedBackup backup : backups) {
            Instant at = backup.at().orElse(first);
            first = at.isBefore(first) ? at : first;
        }
        return new Span(first, now);
    }
}
