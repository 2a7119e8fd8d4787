package org.pgagent.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgagent.catalog.SampleArchive.SIZE;
import static org.pgagent.catalog.SampleArchive.childOf;
import static org.pgagent.catalog.SampleArchive.lsn;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgagent.postgres.SegmentRange;
import org.pgagent.postgres.SegmentRanges;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.WalSegment;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.ExpiredWal;

/** The inventory and the windows of random trees of timelines with random holes, compared with looking at every number. */
class RandomHistoriesTest {
    private static final int NUMBER_MAX = 40;
    private static final int SEEDS = 1000;

    private final List<TimelineHistory> histories = new ArrayList<>();
    private final Map<Timeline, Set<Long>> present = new HashMap<>();
    private final SampleArchive archive = new SampleArchive();

    static LongStream seeds() {
        return LongStream.range(0, SEEDS / 100);
    }

    @ParameterizedTest(name = "seeds from {0} times 100")
    @MethodSource("seeds")
    void gaps_and_windows_are_those_that_looking_at_every_number_gives(long hundred) throws IOException {
        Set<String> seen = new TreeSet<>();
        for (long seed = hundred * 100; seed < hundred * 100 + 100; seed++) {
            RandomHistoriesTest world = new RandomHistoriesTest();
            Random random = new Random(seed);
            world.make(random);
            WalInventory inventory = world.archive.survey();
            List<SegmentRange> gaps = inventory.gaps(List.of(), ExpiredWal.NONE);
            assertThat(gaps).as("gaps, seed " + seed).isEqualTo(world.gaps());
            for (int i = 0; i < 5; i++) {
                BackupRecord backup = world.backup(random);
                List<String> windows = new RecoveryWindows(inventory, gaps, ExpiredWal.NONE)
                        .of(backup).stream()
                                .map(window -> window.timeline() + " " + window.end() + " " + window.then())
                                .toList();
                assertThat(windows)
                        .as("windows of " + backup.start() + " to " + backup.stop() + ", seed " + seed)
                        .isEqualTo(world.windows(backup));
                seen.add(windows.size() + " windows");
                windows.forEach(window -> seen.add(window.replaceFirst(".* ", "to a window's ")));
            }
            gaps.forEach(gap -> seen.add("gaps on " + gap.timeline()));
        }
        assertThat(seen)
                .contains("0 windows", "1 windows", "2 windows", "to a window's GAP", "to a window's END", "gaps on 3");
    }

    private void make(Random random) throws IOException {
        int timelines = 1 + random.nextInt(5);
        double lost = random.nextBoolean() ? 0.05 : 0.3;
        histories.add(TimelineHistory.withoutAncestors(Timeline.FIRST));
        for (int id = 2; id <= timelines; id++) {
            TimelineHistory parent = histories.get(random.nextInt(histories.size()));
            int begin = parent.ancestors().isEmpty()
                    ? 1
                    : (int) (parent.ancestors()
                                    .get(parent.ancestors().size() - 1)
                                    .switchPoint()
                                    .value()
                            / SIZE.bytes());
            int left = begin + random.nextInt(12);
            TimelineHistory child =
                    childOf(parent, lsn(left, parent.ancestors().isEmpty() ? random.nextInt(8) : 7), id);
            histories.add(child);
            archive.history(child);
        }
        for (TimelineHistory history : histories) {
            Set<Long> numbers = new TreeSet<>();
            long begin = history.ancestors().isEmpty() ? 1 : beginOf(history);
            long end = Math.min(NUMBER_MAX, begin + random.nextInt(20));
            for (long number = begin; number < end; number++) {
                if (random.nextDouble() > lost) {
                    numbers.add(number);
                    archive.has(history.timeline().id(), number, number);
                }
            }
            present.put(history.timeline(), numbers);
        }
    }

    private static long beginOf(TimelineHistory history) {
        return history.ancestors()
                        .get(history.ancestors().size() - 1)
                        .switchPoint()
                        .value()
                / SIZE.bytes();
    }

    private BackupRecord backup(Random random) {
        TimelineHistory history = histories.get(random.nextInt(histories.size()));
        long begin = history.ancestors().isEmpty() ? 1 : beginOf(history) + 1;
        long first = begin + random.nextInt(12);
        return SampleArchive.backup(history.timeline().id(), first, first + random.nextInt(3));
    }

    private static WalSegment read(TimelineHistory history, long number) {
        WalSegment segment = new WalSegment(history.timeline(), number, SIZE);
        return segment.on(history.timelineOf(segment));
    }

    private boolean has(WalSegment segment) {
        return present.get(segment.timeline()).contains(segment.number());
    }

    /** The numbers that are found along a history, each under the name that a recovery asks for. */
    private List<Long> found(TimelineHistory history) {
        return LongStream.range(0, NUMBER_MAX)
                .filter(number -> has(read(history, number)))
                .boxed()
                .toList();
    }

    private List<SegmentRange> gaps() {
        Set<String> missing = new TreeSet<>();
        for (TimelineHistory history : histories) {
            List<Long> found = found(history);
            if (!present.get(history.timeline()).isEmpty() && !found.isEmpty()) {
                for (long number = found.get(0); number < found.get(found.size() - 1); number++) {
                    if (!has(read(history, number))) {
                        missing.add(read(history, number).fileName());
                    }
                }
            }
        }
        SegmentRanges ranges = new SegmentRanges();
        missing.forEach(name -> ranges.add(WalSegment.parse(name, SIZE)));
        return ranges.all();
    }

    /** The last segment that a recovery of a backup along a history reads; null if it does not come to that timeline. */
    private WalSegment reached(BackupRecord backup, TimelineHistory history) {
        long number = backup.start().lsn().value() / SIZE.bytes();
        if (!backup.liesOn(history) || !has(read(history, number))) {
            return null;
        }
        while (has(read(history, number + 1))) {
            number++;
        }
        boolean consistent = number >= (backup.stop().lsn().value() - 1) / SIZE.bytes();
        WalSegment last = read(history, number);
        return consistent && last.timeline().equals(history.timeline()) ? last : null;
    }

    private List<String> windows(BackupRecord backup) {
        List<String> windows = new ArrayList<>();
        for (TimelineHistory history : histories) {
            WalSegment last = reached(backup, history);
            if (last != null && histories.stream().noneMatch(other -> goesFurther(backup, other, last))) {
                boolean gap = histories.stream()
                        .filter(other -> !present.get(other.timeline()).isEmpty())
                        .filter(other -> read(other, last.number()).equals(last))
                        .anyMatch(other -> found(other).stream().anyMatch(number -> number > last.number()));
                windows.add(history.timeline() + " " + last.end() + " " + (gap ? "GAP" : "END"));
            }
        }
        return windows;
    }

    private boolean goesFurther(BackupRecord backup, TimelineHistory other, WalSegment last) {
        return !other.timeline().equals(last.timeline())
                && reached(backup, other) != null
                && read(other, last.number()).equals(last);
    }
}
