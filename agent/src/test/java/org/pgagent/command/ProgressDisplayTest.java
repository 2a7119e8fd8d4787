package org.pgagent.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.pgagent.config.ProgressStyle;
import org.pgagent.kit.CapturedLog;
import org.pgagent.kit.ManualClock;

final class ProgressDisplayTest {
    private static final long MIB = 1 << 20;

    private final ManualClock clock = new ManualClock();
    private final CapturedLog log = CapturedLog.of(ProgressInLog.class);

    @AfterEach
    void hearNoMore() {
        log.close();
    }

    @Test
    void a_quick_transfer_has_no_lines() {
        try (ProgressInLog progress = new ProgressInLog("backup", clock)) {
            progress.totalKnown(100 * MIB, 10);
            for (int i = 0; i < 100; i++) {
                clock.advance(Duration.ofMillis(90));
                progress.advanced(MIB);
            }
        }
        assertThat(log.lines()).isEmpty();
    }

    @Test
    void a_transfer_of_minutes_has_a_line_for_each_tenth() {
        try (ProgressInLog progress = new ProgressInLog("backup", clock)) {
            progress.totalKnown(1000 * MIB, 10);
            for (int i = 0; i < 1000; i++) {
                clock.advance(Duration.ofMillis(200));
                progress.advanced(MIB);
                if (i % 100 == 99) {
                    progress.fileDone();
                }
            }
        }
        assertThat(log.lines()).hasSize(9);
        assertThat(log.lines().get(4))
                .isEqualTo("INFO backup progress percent=50 done='500 MiB' of='1000 MiB' files=4 of_files=10"
                        + " rate='5.00 MiB/s' left=1m40s");
    }

    @Test
    void a_transfer_of_a_day_has_a_line_each_minute_at_most() {
        try (ProgressInLog progress = new ProgressInLog("backup", clock)) {
            progress.totalKnown(86_400 * MIB, 10);
            for (int i = 0; i < 86_400; i++) {
                clock.advance(Duration.ofSeconds(1));
                progress.advanced(MIB);
            }
        }
        assertThat(log.lines()).hasSizeBetween(1_400, 1_500);
    }

    @Test
    void what_grew_never_comes_to_more_than_99_percent() {
        try (ProgressInLog progress = new ProgressInLog("backup", clock)) {
            progress.totalKnown(MIB, 1);
            clock.advance(Duration.ofSeconds(60));
            progress.advanced(5 * MIB);
        }
        assertThat(log.lines())
                .singleElement()
                .asString()
                .contains("percent=99")
                .contains("left=0s");
    }

    @Test
    void a_bar_of_what_was_estimated_too_high_is_full_when_all_is_done() {
        ByteArrayOutputStream terminal = new ByteArrayOutputStream();
        Console console = new Console(System.out, new PrintStream(terminal, true, UTF_8), true);

        try (ProgressDisplay progress = ProgressDisplay.open(ProgressStyle.BAR, console, "backup")) {
            progress.totalKnown(11 * MIB, 2);
            progress.advanced(10 * MIB);
            progress.complete();
        }

        String drawn = terminal.toString(UTF_8);
        assertThat(drawn.substring(drawn.lastIndexOf("backup")))
                .startsWith("backup 100%")
                .doesNotContain("?");
    }

    @Test
    void a_bar_is_drawn_on_a_terminal_and_ends_its_line() {
        ByteArrayOutputStream terminal = new ByteArrayOutputStream();
        Console console = new Console(System.out, new PrintStream(terminal, true, UTF_8), true);

        try (ProgressDisplay progress = ProgressDisplay.open(ProgressStyle.AUTO, console, "backup")) {
            progress.totalKnown(10 * MIB, 2);
            progress.advanced(10 * MIB);
            progress.fileDone();
        }

        assertThat(terminal.toString(UTF_8))
                .contains("backup 100%")
                .contains("10/10 MiB")
                .endsWith("\n");
        assertThat(terminal.toString(UTF_8).split("[\r\n]")).allMatch(line -> line.length() < 80);
    }

    @Test
    void elsewhere_there_is_no_bar() {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        Console console = new Console(System.out, new PrintStream(file, true, UTF_8), false);

        try (ProgressDisplay progress = ProgressDisplay.open(ProgressStyle.AUTO, console, "backup")) {
            progress.totalKnown(10 * MIB, 2);
            progress.advanced(10 * MIB);
        }

        assertThat(file.toString(UTF_8)).isEmpty();
    }
}
