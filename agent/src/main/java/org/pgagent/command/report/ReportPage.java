package org.pgagent.command.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.pgagent.catalog.RecoveryInterval;
import org.pgagent.postgres.ServerVersion;
import org.pgagent.repository.BackupRecord;

/**
 * One HTML page that tells a cluster's backups to people. It needs nothing but itself: no script, no font, no picture, and its own
 * policy forbids a browser to fetch any. Written as a stream. Not thread-safe.
 */
public final class ReportPage {
    private static final int INTERVALS_MAX = 200;

    private final ReportContent content;
    private final List<RecoveryInterval> intervals;
    private final List<ListedBackup> listed;
    private final List<TimelineLane> lanes;

    public ReportPage(ReportContent content) {
        this.content = content;
        intervals = content.archive()
                .map(archive -> RecoveryInterval.of(archive.survey().windows()))
                .orElse(List.of());
        listed = content.lines();
        lanes = TimelineLanes.of(content, intervals);
    }

    /** Writes it; the caller closes the writer. */
    public void write(Writer out) throws IOException {
        HtmlWriter html = new HtmlWriter(out);
        html.doctype();
        html.open("html", "xmlns", "http://www.w3.org/1999/xhtml", "lang", "en");
        head(html);
        html.open("body");
        title(html);
        html.open("main");
        verdict(html);
        new ReportTiles(content, intervals).write(html);
        if (!listed.isEmpty()) {
            recovery(html);
            sizes(html);
            backups(html);
        }
        html.close();
        footer(html);
        html.close().close().finish();
    }

    private void head(HtmlWriter html) throws IOException {
        String style = style();
        html.open("head");
        html.empty("meta", "charset", "utf-8");
        html.empty(
                "meta",
                "http-equiv",
                "Content-Security-Policy",
                "content",
                "default-src 'none'; style-src 'sha256-" + sha256(style) + "'; base-uri 'none'; form-action 'none'");
        html.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
        html.empty("meta", "name", "color-scheme", "content", "light dark");
        html.empty("meta", "name", "referrer", "content", "no-referrer");
        html.empty("meta", "name", "robots", "content", "noindex");
        html.element("title", "Backups of " + content.cluster());
        html.element("style", style);
        html.close();
    }

    private static String style() throws IOException {
        try (InputStream in = ReportPage.class.getResourceAsStream("report.css")) {
            String style = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            if (style.matches("(?s).*[<>&].*")) {
                throw new IllegalStateException("what a style sheet of a page has must not need to be escaped");
            }
            return style;
        }
    }

    private static String sha256(String text) {
        try {
            byte[] sum = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(sum);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("a JDK without SHA-256", e);
        }
    }

    private void title(HtmlWriter html) throws IOException {
        html.open("header");
        html.element("p", "PostgreSQL backups", "class", "eyebrow");
        html.element("h1", content.cluster());
        html.open("ul", "class", "facts");
        html.element("li", content.repository());
        if (content.archive().isPresent()) {
            var cluster = content.archive().get().cluster();
            html.element("li", "PostgreSQL " + version(cluster.majorVersion()));
            html.element("li", "System identifier " + cluster.systemIdentifier());
        }
        html.close().close();
    }

    /** As the newest backup has it; the major version alone if there is none. */
    private String version(int major) {
        return content.all().records().stream()
                .filter(record -> record.source() != null)
                .reduce((older, newer) -> newer)
                .map(BackupRecord::source)
                .map(source -> new ServerVersion(source.version()).toString())
                .orElse(String.valueOf(major));
    }

    private void verdict(HtmlWriter html) throws IOException {
        Verdict verdict = Verdict.of(content, intervals);
        html.open("section", "class", "verdict " + verdict.standing().name().toLowerCase(Locale.ROOT));
        html.open("p", "class", "standing");
        html.element("span", verdict.standing().sign(), "class", "sign", "aria-hidden", "true");
        html.text(" " + verdict.standing().words()).close();
        html.element("h2", verdict.headline());
        html.element("p", verdict.detail());
        if (!verdict.attention().isEmpty()) {
            html.open("ul", "class", "attention");
            for (String line : verdict.attention()) {
                html.element("li", line);
            }
            html.close();
        }
        html.close();
    }

    private void recovery(HtmlWriter html) throws IOException {
        html.open("section", "class", "card drawn");
        html.element("h2", "What can be recovered");
        html.element(
                "p",
                "Each lane is a timeline, and a filled stretch is time of which every point can be recovered. All times are"
                        + " UTC.",
                "class",
                "lead");
        if (lanes.size() > TimelineDrawing.LANES_MAX) {
            left(html, TimelineDrawing.LANES_MAX, lanes.size(), "timelines are drawn");
        }
        if (content.points().size() == ReportContent.POINTS_MAX) {
            html.element(
                    "p",
                    "At most " + Wording.number(ReportContent.POINTS_MAX)
                            + " restore points are drawn, the newest ones.",
                    "class",
                    "limit");
        }
        List<ListedBackup> drawn =
                listed.stream().filter(backup -> backup.id().isBackup()).toList();
        TimelineDrawing drawing = new TimelineDrawing(
                lanes, drawn, content.points(), TimelineDrawing.span(lanes, drawn, content.writtenAt()));
        for (DrawingWidth width : DrawingWidth.values()) {
            drawing.write(html, width);
        }
        new Legend(listed, lanes, content).ofRecovery(html);
        if (!intervals.isEmpty()) {
            html.open("details");
            html.element("summary", "The same in numbers");
            intervals(html);
            html.close();
        }
        html.close();
    }

    private void intervals(HtmlWriter html) throws IOException {
        int from = Math.max(0, intervals.size() - INTERVALS_MAX);
        if (from > 0) {
            left(html, INTERVALS_MAX, intervals.size(), "stretches are listed");
        }
        html.open("table", "class", "intervals").open("thead").open("tr");
        for (String title : List.of("Timeline", "Any point from", "to", "Up to LSN", "Backups", "Then")) {
            html.element("th", title, "scope", "col");
        }
        html.close().close().open("tbody");
        for (RecoveryInterval interval : intervals.subList(from, intervals.size())) {
            html.open("tr");
            html.element("th", interval.timeline().toString(), "scope", "row");
            html.element("td", Wording.time(interval.fromTime()), "data-title", "Any point from");
            html.element("td", Wording.time(interval.toStoredAt()), "data-title", "to");
            html.element("td", interval.to().toString(), "data-title", "Up to LSN", "class", "lsn");
            html.element("td", Wording.number(interval.backups().size()), "data-title", "Backups", "class", "number");
            html.element("td", then(interval), "data-title", "Then");
            html.close();
        }
        html.close().close();
    }

    private static String then(RecoveryInterval interval) {
        return switch (interval.then()) {
            case END -> "nothing more was archived yet";
            case EXPIRED -> "given up by retention";
            case GAP -> "WAL is missing";
        };
    }

    private void sizes(HtmlWriter html) throws IOException {
        html.open("section", "class", "card drawn");
        html.element("h2", "Stored size");
        List<ListedBackup> all = content.everything();
        SizeDrawing drawing = new SizeDrawing(all, TimelineDrawing.span(List.of(), all, content.writtenAt()));
        for (DrawingWidth width : DrawingWidth.values()) {
            drawing.write(html, width);
        }
        new Legend(listed, lanes, content).ofSizes(html);
        html.close();
    }

    private void backups(HtmlWriter html) throws IOException {
        html.open("section", "class", "card");
        html.element("h2", "Backups");
        if (listed.size() > BackupRows.ROWS_MAX) {
            left(html, BackupRows.ROWS_MAX, listed.size(), "backups are listed");
        }
        new BackupRows(listed, content.writtenAt()).write(html);
        html.close();
    }

    /** Says what the page leaves out. */
    private static void left(HtmlWriter html, int shown, int all, String what) throws IOException {
        html.element(
                "p",
                "The newest " + Wording.number(shown) + " of " + Wording.number(all) + " " + what
                        + "; pgagent show tells of all.",
                "class",
                "limit");
    }

    private void footer(HtmlWriter html) throws IOException {
        html.element(
                "footer",
                "Written on " + Wording.time(content.writtenAt()) + " UTC by pgagent " + content.writtenBy()
                        + ", from what the repository had then.");
    }
}
