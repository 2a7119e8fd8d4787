package org.pgagent.command;

import java.io.PrintStream;
import java.util.concurrent.atomic.AtomicLong;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A bar on a terminal, redrawn twice a second by a thread of the library. */
final class ProgressOnTerminal implements ProgressDisplay {
    private static final int WIDTH = 79;
    private static final int REDRAW_MILLIS = 500;

    /** What the library has for the speed in the first second. */
    private static final String UNKNOWN_SPEED = "? MiB/s";

    private final PrintStream terminal;
    private final ProgressBar bar;
    private final AtomicLong filesDone = new AtomicLong();
    private volatile long filesTotal;

    ProgressOnTerminal(PrintStream terminal, String task) {
        this.terminal = terminal;
        bar = new ProgressBarBuilder()
                .setTaskName(task)
                .setConsumer(new DelegatingProgressBarConsumer(
                        drawn ->
                                terminal.print("\r" + drawn.replace(UNKNOWN_SPEED, " ".repeat(UNKNOWN_SPEED.length()))),
                        WIDTH))
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(REDRAW_MILLIS)
                .setUnit(" MiB", 1 << 20)
                .setInitialMax(-1)
                .showSpeed()
                .build();
    }

    @Override
    public void totalKnown(long bytes, long files) {
        filesTotal = files;
        bar.maxHint(bytes);
    }

    @Override
    public void advanced(long bytes) {
        bar.stepBy(bytes);
    }

    @Override
    public void fileDone() {
        long done = filesDone.incrementAndGet();
        bar.setExtraMessage(" " + done + (filesTotal > 0 ? "/" + filesTotal : "") + " files");
    }

    @Override
    public void complete() {
        bar.maxHint(bar.getCurrent());
        bar.setExtraMessage(" " + filesDone.get() + " files");
    }

    @Override
    public void close() {
        bar.close();
        terminal.println();
    }
}
