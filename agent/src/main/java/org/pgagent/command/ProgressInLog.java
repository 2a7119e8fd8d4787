package org.pgagent.command;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.LongAdder;
import org.pgagent.config.ByteSize;
import org.pgagent.config.DurationText;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lines in the log: one for each further tenth, or each minute, and never two within ten seconds; so a transfer of a day
 * has some 1,500 lines and one of seconds has none.
 */
final class ProgressInLog implements ProgressDisplay {
    private static final Logger LOG = LoggerFactory.getLogger(ProgressInLog.class);

    private static final Duration PAUSE_MIN = Duration.ofSeconds(10);
    private static final Duration PAUSE_MAX = Duration.ofMinutes(1);
    private static final int PERCENT_STEP = 10;

    private final String task;
    private final Clock clock;
    private final Instant startedAt;
    private final LongAdder bytesDone = new LongAdder();
    private final LongAdder filesDone = new LongAdder();
    private volatile long bytesTotal;
    private volatile long filesTotal;

    private volatile long quietUntilMillis;
    private Instant lineAt;
    private long percentAtLine;

    ProgressInLog(String task, Clock clock) {
        this.task = task;
        this.clock = clock;
        this.startedAt = clock.instant();
        this.lineAt = startedAt;
        this.quietUntilMillis = startedAt.plus(PAUSE_MIN).toEpochMilli();
    }

    @Override
    public void totalKnown(long bytes, long files) {
        bytesTotal = bytes;
        filesTotal = files;
    }

    @Override
    public void advanced(long bytes) {
        bytesDone.add(bytes);
        if (clock.millis() >= quietUntilMillis) {
            considerLine();
        }
    }

    @Override
    public void fileDone() {
        filesDone.increment();
    }

    private synchronized void considerLine() {
        Instant now = clock.instant();
        long percent = percent();
        boolean stepped = percent / PERCENT_STEP > percentAtLine / PERCENT_STEP;
        boolean silentForLong = Duration.between(lineAt, now).compareTo(PAUSE_MAX) >= 0;
        if (now.toEpochMilli() < quietUntilMillis || !(stepped || silentForLong)) {
            return;
        }
        lineAt = now;
        percentAtLine = percent;
        quietUntilMillis = now.plus(PAUSE_MIN).toEpochMilli();
        print(Duration.between(startedAt, now), percent);
    }

    private long percent() {
        // What grows during the transfer may make it more than was foreseen.
        return bytesTotal == 0 ? 0 : Math.min(99, (long) (100.0 * bytesDone.sum() / bytesTotal));
    }

    private void print(Duration elapsed, long percent) {
        long done = bytesDone.sum();
        long perSecond = done * 1000 / Math.max(1, elapsed.toMillis());
        if (bytesTotal == 0) {
            LOG.info(
                    "{} progress done='{}' files={} rate='{}/s'",
                    task,
                    new ByteSize(done).rounded(),
                    filesDone.sum(),
                    new ByteSize(perSecond).rounded());
            return;
        }
        long left = Math.max(0, bytesTotal - done);
        LOG.info(
                "{} progress percent={} done='{}' of='{}' files={} of_files={} rate='{}/s' left={}",
                task,
                percent,
                new ByteSize(done).rounded(),
                new ByteSize(bytesTotal).rounded(),
                filesDone.sum(),
                filesTotal,
                new ByteSize(perSecond).rounded(),
                DurationText.rounded(Duration.ofSeconds(left / Math.max(1, perSecond))));
    }

    @Override
    public void complete() {}

    @Override
    public void close() {}
}
