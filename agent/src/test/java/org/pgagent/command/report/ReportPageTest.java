package org.pgagent.command.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.xpath.XPath;
import javax.xml.xpath.XPathExpressionException;
import javax.xml.xpath.XPathFactory;
import org.junit.jupiter.api.Test;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.Lsn;
import org.pgagent.repository.Annotations;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupKind;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.BackupState;
import org.pgagent.repository.Pin;
import org.pgagent.repository.ProvenRestore;
import org.pgagent.repository.RestoreDrills;
import org.pgagent.repository.Validation;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

final class ReportPageTest {
    private static String print(ReportContent content) throws IOException {
        StringWriter out = new StringWriter();
        new ReportPage(content).write(out);
        return out.toString();
    }

    /** The JDK's parser of XML reads it; the doctype names nothing that it could fetch. */
    private static Document parse(String page) throws IOException {
        try {
            DocumentBuilder builder =
                    DocumentBuilderFactory.newDefaultInstance().newDocumentBuilder();
            builder.setErrorHandler(null);
            return builder.parse(new InputSource(new StringReader(page)));
        } catch (ParserConfigurationException | SAXException e) {
            throw new AssertionError("not well-formed", e);
        }
    }

    private static String find(Document page, String path) {
        try {
            XPath xpath = XPathFactory.newDefaultInstance().newXPath();
            return xpath.evaluate(path, page);
        } catch (XPathExpressionException e) {
            throw new AssertionError(path, e);
        }
    }

    private static ReportContent with(BackupRecord... backups) {
        return SampleContent.of(List.of(backups), List.of(), List.of(), List.of());
    }

    private static BackupRecord backup(int daysAgo) {
        return SampleContent.backup(SampleContent.NOW.minus(Duration.ofDays(daysAgo)), 1, 7);
    }

    @Test
    void what_people_wrote_is_text_in_every_place() throws IOException {
        String hostile = "]]>\"'><script>alert(1)</script>&lt;\u0001\uD800";
        String clean = hostile.replaceAll("[\\x01\\uD800]", "\uFFFD");
        BackupRecord record = backup(3)
                .withWishes(new Annotations(Map.of("note", hostile.replaceAll("[\\x01\\uD800]", ""))), List.of(hostile))
                .withPin(new Pin(null, hostile));
        BackupRecord failed = backup(2).withState(BackupState.ERROR, hostile);
        ReportContent content = with(record, failed);

        Document page = parse(print(new ReportContent(
                hostile,
                hostile,
                SampleContent.NOW,
                hostile,
                content.all(),
                content.listed(),
                content.archive(),
                List.of())));

        assertThat(find(page, "count(//script)")).isEqualTo("0");
        assertThat(find(page, "//h1")).isEqualTo(clean);
        assertThat(find(page, "//title")).isEqualTo("Backups of " + clean);
        assertThat(find(page, "//span[@class='note error']")).isEqualTo(clean);
        assertThat(find(page, "//span[@class='note excluded']")).isEqualTo("without " + clean);
        assertThat(find(page, "//td[@data-title='Pinned']/span")).isEqualTo(clean);
    }

    @Test
    void a_browser_is_forbidden_to_fetch_or_run_anything() throws IOException {
        String page = print(with(backup(1)));

        assertThat(find(parse(page), "//meta[@http-equiv='Content-Security-Policy']/@content"))
                .matches(
                        "default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]{44}'; base-uri 'none'; form-action 'none'");
        assertThat(page).doesNotContainIgnoringCase("<script").doesNotContain("style=", "href=", "src=", "@import");
        assertThat(page.replaceAll("xmlns=\"[^\"]*\"", "").replaceAll("url\\(#", ""))
                .doesNotContain("://w", "url(");
    }

    @Test
    void every_state_is_told_in_words() throws IOException {
        BackupRecord damaged = backup(5)
                .validated(
                        new Validation(SampleContent.NOW, Validation.Depth.DEEP, "0.1.0", 1, null), "a pack is gone");
        BackupRecord running = backup(1).withState(BackupState.RUNNING, null);
        BackupRecord failed = backup(2).withState(BackupState.ERROR, "the server was stopped");
        BackupRecord deleted = backup(9).deleted(List.of());
        BackupRecords.Unreadable unreadable = new BackupRecords.Unreadable(
                new BackupId("20261101T000000Z-F"), new PgAgentException(ErrorKind.CORRUPTED, "no record", "Look."));
        BackupRecord compaction = BackupRecord.running(
                new BackupId("20261128T000000Z-C"), BackupKind.COMPACTION, running.writer(), running.source());
        ReportContent content = with(deleted, damaged, backup(4), failed, running, compaction);
        BackupRecords.Listed all = new BackupRecords.Listed(content.all().records(), List.of(unreadable));

        Document page = parse(print(new ReportContent(
                "s3://backups", "main", SampleContent.NOW, "0.1.0", all, all, content.archive(), List.of())));

        for (String state : List.of("CORRUPT", "OK", "ERROR", "RUNNING", "DELETED", "UNREADABLE")) {
            assertThat(find(page, "//td[@data-title='State']/span[contains(., '" + state + "')]"))
                    .as(state)
                    .isNotEmpty();
        }
        assertThat(find(page, "//section[1]"))
                .contains(
                        "No point can be restored.",
                        "1 backup was found damaged",
                        "1 backup was found with a damaged record");
        assertThat(find(page, "count(//tbody/tr)")).isEqualTo("7");
        assertThat(find(page, "//tr[contains(., '20261128T000000Z-C')]")).contains("compaction");
    }

    @Test
    void the_last_restore_that_a_drill_has_proven_is_told_with_its_time() throws IOException {
        BackupRecord proven = RestoreDrills.of(
                backup(5),
                new ProvenRestore(
                        SampleContent.NOW.minus(Duration.ofDays(2)),
                        "drills",
                        "0.1.0",
                        "end of WAL",
                        Lsn.parse("0/5000000"),
                        null,
                        1000,
                        100,
                        40_000,
                        12_000,
                        3000,
                        List.of("3 databases")));

        String tiles = find(parse(print(with(proven, backup(1)))), "//dl");

        assertThat(tiles)
                .contains("2026-11-27 12:00")
                .contains(proven.id() + " was restored in a drill and could be used after 52s; looked at: 3 databases.")
                .doesNotContain("None yet");
    }

    @Test
    void the_last_time_that_a_backup_was_read_back_is_told() throws IOException {
        BackupRecord readBack = backup(5)
                .validated(
                        new Validation(
                                SampleContent.NOW.minus(Duration.ofDays(1)),
                                Validation.Depth.QUICK,
                                "0.1.0",
                                1,
                                SampleContent.NOW.minus(Duration.ofDays(3))),
                        null);

        String tiles = find(parse(print(with(readBack, backup(1)))), "//dl");

        assertThat(tiles)
                .contains("No restore has been proven yet")
                .contains("Every byte of " + readBack.id() + " was last read back on 2026-11-26 12:00");
    }

    @Test
    void an_empty_repository_is_told_what_to_do() throws IOException {
        BackupRecords.Listed none = new BackupRecords.Listed(List.of(), List.of());

        Document page = parse(print(new ReportContent(
                "s3://backups", "main", SampleContent.NOW, "0.1.0", none, none, Optional.empty(), List.of())));

        assertThat(find(page, "//section[1]")).contains("nothing to restore yet", "pgagent backup");
        assertThat(find(page, "count(//svg)")).isEqualTo("0");
    }

    @Test
    void ten_thousand_backups_make_no_more_marks_than_can_be_seen() throws IOException {
        String text = print(SampleContent.crowded(10_000));
        Document page = parse(text);

        assertThat(text.length()).as("characters").isLessThan(2_000_000);
        assertThat(find(page, "count(//table[@class='backups']/tbody/tr)")).isEqualTo("1000");
        assertThat(text)
                .contains("The newest 1,000 of 10,000 backups are listed")
                .contains("The newest 200 of 10,000 stretches are listed")
                .contains("At most 1,000 restore points are drawn");
        assertThat(Double.valueOf(find(page, "count(//*[@class='drawing wide'])")))
                .isEqualTo(2);
        assertThat(Double.valueOf(find(page, "count(//*[@class='drawing wide']//*)")))
                .isBetween(300.0, 2500.0);
    }
}
