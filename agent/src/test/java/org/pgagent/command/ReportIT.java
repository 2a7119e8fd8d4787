package org.pgagent.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgagent.CapturedProgram;
import org.pgagent.CapturedProgram.Outcome;
import org.pgagent.command.report.ReportPage;
import org.pgagent.command.report.SampleContent;
import org.pgagent.kit.HeadlessBrowser;
import org.pgagent.kit.HeadlessBrowser.Scheme;
import org.pgagent.kit.HeadlessBrowser.Window;
import org.pgagent.repository.Annotations;
import org.pgagent.repository.BackupKind;

/** Looks at the report in a real browser, as a person would. */
final class ReportIT {
    private static final Window DESK = new Window(1280, 900, Scheme.LIGHT);

    @TempDir
    private static Path directory;

    private static HeadlessBrowser browser;
    private static String look;
    private static Path sixWeeks;

    @BeforeAll
    static void start() throws IOException {
        browser = HeadlessBrowser.start();
        try (InputStream in = ReportIT.class.getResourceAsStream("look-at-report.js")) {
            look = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        Path bucket = Files.createDirectory(directory.resolve("six-weeks"));
        ReportScene.sixWeeks(bucket);
        sixWeeks = report(bucket);
    }

    @AfterAll
    static void end() {
        browser.close();
    }

    private static Path report(Path bucket) {
        Path page = directory.resolve(bucket.getFileName() + ".html");
        Outcome outcome = new CapturedProgram()
                .with("PGAGENT_BUCKET", "file://" + bucket)
                .run("show", "--report", page.toString());
        assertThat(outcome.status()).as(outcome.err()).isZero();
        return page;
    }

    private static Stream<Window> windows() {
        return Stream.of(1280, 1000, 800, 400, 320)
                .flatMap(width -> Stream.of(Scheme.values()).map(scheme -> new Window(width, 900, scheme)));
    }

    private static JsonNode assertGood(Path page) {
        JsonNode seen = browser.ask(look);
        assertThat(seen.get("wrong")).as(seen.toPrettyString()).isEmpty();
        assertThat(seen.get("texts").asInt()).isPositive();
        assertThat(browser.complaints()).isEmpty();
        assertThat(browser.requests()).containsExactly(page.toUri().toString());
        return seen;
    }

    @ParameterizedTest
    @MethodSource("windows")
    void is_whole_and_legible_in_every_window(Window window) throws IOException {
        browser.open(sixWeeks, window);

        JsonNode seen = assertGood(sixWeeks);
        assertThat(seen.get("drawings").asInt()).isEqualTo(2);
        assertThat(seen.get("marks").asInt()).isBetween(10, 60);
        BufferedImage picture = ImageIO.read(new ByteArrayInputStream(browser.picture()));
        assertThat(picture.getWidth()).isEqualTo(window.width());
        assertThat(brightness(picture.getRGB(2, 2)))
                .matches(light -> (light > 0.5) == (window.scheme() == Scheme.LIGHT));
        assertThat(colours(picture)).as("not blank").isGreaterThan(50);
    }

    private static double brightness(int rgb) {
        return ((rgb >> 16 & 0xFF) + (rgb >> 8 & 0xFF) + (rgb & 0xFF)) / (3.0 * 0xFF);
    }

    private static long colours(BufferedImage picture) {
        int[] pixels = picture.getRGB(0, 0, picture.getWidth(), picture.getHeight(), null, 0, picture.getWidth());
        return Arrays.stream(pixels).distinct().count();
    }

    @Test
    void draws_what_there_is() {
        browser.open(sixWeeks, DESK);

        assertThat(browser.ask("document.body.innerText").asText())
                .contains("The cluster can be restored up to", "needs a look", "1 gap in the WAL", "41 OK")
                .contains("No restore has been proven yet");
        assertThat(count("svg.wide .recoverable")).isGreaterThanOrEqualTo(3);
        assertThat(count("svg.wide .lost")).isEqualTo(1);
        assertThat(count("svg.wide .branch")).isEqualTo(1);
        assertThat(count("svg.wide .pin")).isEqualTo(1);
        assertThat(count("svg.wide .point")).isEqualTo(3);
        assertThat(count("svg.wide .mark.is-corrupt")).isEqualTo(1);
        assertThat(count("svg.wide .mark.is-running")).isEqualTo(1);
        assertThat(count("svg.wide rect.full")).isEqualTo(6);
        assertThat(browser.ask("document.querySelector('svg.wide .lost title').textContent")
                        .asText())
                .contains("4 WAL segments missing, from 0000000100005ABC000000DB");
    }

    private static int count(String selector) {
        return browser.ask("document.querySelectorAll('" + selector + "').length")
                .asInt();
    }

    /** Each of these is put into a good page, and has to be seen: otherwise the other tests would say nothing. */
    private static Stream<Arguments> faults() {
        return Stream.of(
                Arguments.of("document.body.style.minWidth = '2000px'", "the page is 2"),
                Arguments.of("document.querySelector('.lead').style.color = '#bbb'", "has a contrast of"),
                Arguments.of("document.querySelector('.tiles .more').style.marginTop = '-20px'", "lie over each other"),
                Arguments.of(
                        "document.querySelector('svg.wide .mark circle').setAttribute('cx', -90)", "is outside of"),
                Arguments.of(
                        "document.querySelector('svg.wide .tick').setAttribute('x',"
                                + " document.querySelectorAll('svg.wide .tick')[1].getAttribute('x'))",
                        "lie over each other"),
                Arguments.of("document.querySelector('svg.wide .tick').style.fontSize = '6px'", "too small to be read"),
                Arguments.of("document.querySelector('h1').style.marginLeft = '-120px'", "is cut off"));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void what_would_be_wrong_is_seen(String fault, String words) {
        browser.open(sixWeeks, DESK);
        browser.ask("void (" + fault + ")");

        assertThat(browser.ask(look).get("wrong"))
                .anySatisfy(wrong -> assertThat(wrong.asText()).contains(words));
    }

    @Test
    void shows_what_people_wrote_as_text_whatever_it_is() throws IOException {
        String hostile =
                "\"'><script>document.title='taken'</script><img src=http://127.0.0.1:9/x onerror=alert(1)>&amp;";
        Path bucket = Files.createDirectory(directory.resolve("hostile"));
        ReportScene scene = new ReportScene(bucket, 3);
        scene.describe()
                .archive(1, scene.day(0), scene.now())
                .store(scene.backup(scene.day(1), 1, BackupKind.FULL)
                        .withWishes(
                                new Annotations(Map.of("note", hostile)), List.of("log/</style>" + "x".repeat(300))));
        Path page = report(bucket);

        for (Window window : List.of(DESK, new Window(400, 900, Scheme.LIGHT))) {
            browser.open(page, window);

            assertGood(page);
            assertThat(browser.ask("document.title").asText()).isEqualTo("Backups of main");
            assertThat(count("script, img, iframe, link, object")).isZero();
            assertThat(browser.ask("document.querySelector('.note.annotation').textContent")
                            .asText())
                    .isEqualTo("note=" + hostile);
        }
    }

    @Test
    void stays_quick_with_ten_thousand_backups() throws IOException {
        Path page = directory.resolve("crowded.html");
        try (Writer out = Files.newBufferedWriter(page)) {
            new ReportPage(SampleContent.crowded(10_000)).write(out);
        }

        for (Window window : List.of(DESK, new Window(400, 900, Scheme.DARK))) {
            browser.open(page, window);

            assertGood(page);
            assertThat(browser.ask("performance.timing.loadEventEnd - performance.timing.navigationStart")
                            .asLong())
                    .as("milliseconds")
                    .isBetween(1L, 5000L);
            assertThat(count("*")).isLessThan(40_000);
        }
    }

    @Test
    void tells_what_to_do_when_there_is_nothing_yet() throws IOException {
        Path page = report(Files.createDirectory(directory.resolve("nothing")));

        browser.open(page, DESK);

        assertGood(page);
        assertThat(browser.ask("document.body.innerText").asText())
                .contains("There is nothing to restore yet.", "pgagent backup --bucket", "archive_command");
    }
}
