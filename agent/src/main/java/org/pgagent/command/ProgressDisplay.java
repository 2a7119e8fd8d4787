package org.pgagent.command;

import java.time.Clock;
import org.pgagent.config.ProgressStyle;
import org.pgagent.transfer.TransferProgress;

/** Shows an operator how far a transfer has come, until it is closed. Thread-safe. */
interface ProgressDisplay extends TransferProgress, AutoCloseable {
    /** Says that all is done, whatever the estimate was. */
    void complete();

    /** Leaves the terminal on a line of its own. */
    @Override
    void close();

    /** Begins to show in this style; the console's terminal decides if the style leaves it open. */
    static ProgressDisplay open(ProgressStyle style, Console console, String task) {
        return switch (style) {
            case AUTO -> console.terminal() ? new ProgressOnTerminal(console.err(), task) : lines(task);
            case BAR -> new ProgressOnTerminal(console.err(), task);
            case PLAIN -> lines(task);
            case NONE -> new Nothing();
        };
    }

    private static ProgressDisplay lines(String task) {
        return new ProgressInLog(task, Clock.systemUTC());
    }

    /** Shows nothing. */
    final class Nothing implements ProgressDisplay {
        @Override
        public void totalKnown(long bytes, long files) {}

        @Override
        public void advanced(long bytes) {}

        @Override
        public void fileDone() {}

        @Override
        public void complete() {}

        @Override
        public void close() {}
    }
}
