package org.pgagent.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgagent.catalog.RetentionOracle.number;
import static org.pgagent.catalog.SampleArchive.SIZE;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.WalSegment;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupKind;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupState;
import org.pgagent.repository.PackId;

/**
 * Thousands of random repositories under random policies: what a policy promises is found out point by point before and after,
 * and nothing stays that nothing asks for.
 */
class RetentionOracleTest {
    private static final int SEEDS = 2000;
    private static final int SEEDS_A_TEST = 200;
    private static final List<KeepCalendar.Period> PERIODS = List.of(KeepCalendar.Period.values());

    private RetentionWorld world;
    private RetentionPolicy policy;
    private RetentionOracle before;
    private RetentionOracle after;
    private Expiry.Outcome outcome;
    private Map<Timeline, Instant> lastStored;
    private Instant now;

    static LongStream seeds() {
        return LongStream.range(0, SEEDS / SEEDS_A_TEST);
    }

    @ParameterizedTest(name = "seeds from {0} times 200")
    @MethodSource("seeds")
    void what_is_promised_stays_and_nothing_else(long block) throws IOException {
        Set<String> seen = new TreeSet<>();
        for (long seed = block * SEEDS_A_TEST; seed < (block + 1) * SEEDS_A_TEST; seed++) {
            try {
                check(seed, seen);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + ", policy " + policy, e);
            }
        }
        assertThat(seen).contains("backups expired", "WAL expired", "WAL held", "an island", "a timeline gone");
    }

    private void check(long seed, Set<String> seen) throws IOException {
        world = new RetentionWorld(seed);
        policy = policy(new Random(seed ^ 0x5DEECE66DL));
        before = new RetentionOracle(world);
        lastStored = before.lastStored(world);
        Expiry expiry = world.expiry(world.store);
        Expiry.Outcome planned = expiry.plan(policy, SIZE);
        outcome = expiry.run(policy, SIZE);
        after = new RetentionOracle(world);
        now = min(world.clock.instant(), latest(lastStored.values()));

        assertThat(outcome.backups().backups())
                .extracting(BackupRecord::id)
                .containsExactlyElementsOf(planned.backups().backups().stream()
                        .map(BackupRecord::id)
                        .toList());
        assertThat(outcome.walFiles()).isEqualTo(planned.walFiles());
        requirePromised();
        requireNothingElse();
        requirePacks();
        tell(seen);
    }

    private static Instant latest(Iterable<Instant> times) {
        Instant latest = Instant.MIN;
        for (Instant time : times) {
            latest = time.isAfter(latest) ? time : latest;
        }
        return latest.equals(Instant.MIN) ? Instant.MAX : latest;
    }

    private static Instant min(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }

    private static RetentionPolicy policy(Random random) {
        Map<KeepCalendar.Period, Integer> calendar = new EnumMap<>(KeepCalendar.Period.class);
        if (random.nextInt(3) == 0) {
            for (int i = 1 + random.nextInt(2); i > 0; i--) {
                calendar.put(PERIODS.get(random.nextInt(PERIODS.size())), 1 + random.nextInt(3));
            }
        }
        boolean full = random.nextInt(3) == 0;
        boolean days = random.nextInt(2) == 0;
        return new RetentionPolicy(
                full ? OptionalInt.of(1 + random.nextInt(4)) : OptionalInt.empty(),
                days ? Optional.of(Duration.ofDays(1 + random.nextInt(15))) : Optional.empty(),
                random.nextInt(4) == 0 ? Optional.of(Duration.ofDays(1 + random.nextInt(15))) : Optional.empty(),
                new KeepCalendar(calendar));
    }

    /** Since when backups are kept for every point; empty if there is no such rule. */
    private Optional<Instant> windowBegin() {
        if (policy.window().isEmpty() && policy.fullBackups().isEmpty()) {
            return Optional.empty();
        }
        List<Instant> begins = new ArrayList<>();
        policy.window().ifPresent(window -> begins.add(now.minus(window)));
        policy.fullBackups().ifPresent(count -> {
            List<BackupRecord> full = sound(before.restorable()).stream()
                    .filter(backup -> backup.kind() == BackupKind.FULL)
                    .toList();
            begins.add(
                    full.size() < count
                            ? Instant.MIN
                            : full.get(count - 1).stop().time());
        });
        return begins.stream().min(Instant::compareTo);
    }

    /** Newest first. */
    private List<BackupRecord> sound(List<BackupRecord> backups) {
        return RetentionOracle.newestFirst(
                backups.stream().filter(before::isSound).toList());
    }

    private void requirePromised() {
        Optional<Instant> begin = windowBegin();
        Instant walBegin = policy.walWindow().map(now::minus).orElse(Instant.MIN);
        if (begin.isPresent()) {
            Instant since = begin.get().isBefore(walBegin) ? walBegin : begin.get();
            requireStillReached(before.reached(before.restorable()), after.reached(after.restorable()), since);
            requireStillReached(
                    before.reached(sound(before.restorable())), after.reached(sound(after.restorable())), since);
        }
        for (BackupRecord backup : after.restorable()) {
            if (before.isUsable(backup)) {
                assertThat(after.isUsable(backup))
                        .as("own WAL of %s", backup.id())
                        .isTrue();
            }
            if (isKeptByRule(backup) && !backup.stop().time().isBefore(walBegin) && begin.isEmpty()) {
                assertThat(after.reachedFrom(backup)).isEqualTo(before.reachedFrom(backup));
            }
        }
        List<BackupRecord> sound = sound(before.restorable());
        if (!sound.isEmpty()) {
            requireKept(sound.get(0));
            assertThat(after.reachedFrom(sound.get(0))).isEqualTo(before.reachedFrom(sound.get(0)));
        }
        policy.fullBackups()
                .ifPresent(count -> sound.stream()
                        .filter(backup -> backup.kind() == BackupKind.FULL)
                        .limit(count)
                        .forEach(this::requireKept));
        policy.calendar()
                .counts()
                .forEach((period, count) ->
                        newestOfEach(period, sound).stream().limit(count).forEach(this::requireKept));
        before.backups.values().stream()
                .filter(backup -> backup.isComplete() && isPinned(backup))
                .forEach(this::requireKept);
    }

    private boolean isPinned(BackupRecord backup) {
        return backup.pin() != null
                && (backup.pin().until() == null || backup.pin().until().isAfter(now));
    }

    private boolean isKeptByRule(BackupRecord backup) {
        KeptFor reason = outcome.keptFor().get(backup.id());
        return reason != KeptFor.PIN && reason != KeptFor.BUILT_ON;
    }

    private void requireStillReached(Set<String> reachedBefore, Set<String> reachedAfter, Instant since) {
        assertThat(reachedBefore)
                .filteredOn(segment -> !before.wal.get(segment).isBefore(since))
                .as("points since %s", since)
                .allMatch(reachedAfter::contains, "is reached afterwards");
    }

    private void requireKept(BackupRecord backup) {
        assertThat(after.backups.get(backup.id()).isComplete())
                .as("%s stays", backup.id())
                .isTrue();
    }

    private static Object periodOf(KeepCalendar.Period period, BackupRecord backup) {
        String day = backup.stop().time().toString();
        return switch (period) {
            case LAST -> day;
            case HOURLY -> day.substring(0, 13);
            case DAILY -> day.substring(0, 10);
            case MONTHLY -> day.substring(0, 7);
            case YEARLY -> day.substring(0, 4);
            case WEEKLY ->
                // 1970-01-05 was the first Monday of the epoch.
                Math.floorDiv(
                        backup.stop()
                                        .time()
                                        .atZone(ZoneOffset.UTC)
                                        .toLocalDate()
                                        .toEpochDay()
                                - 4,
                        7L);
        };
    }

    private static List<BackupRecord> newestOfEach(KeepCalendar.Period period, List<BackupRecord> newestFirst) {
        Map<Object, BackupRecord> newest = new HashMap<>();
        List<BackupRecord> all = new ArrayList<>();
        for (BackupRecord backup : newestFirst) {
            if (newest.putIfAbsent(periodOf(period, backup), backup) == null) {
                all.add(backup);
            }
        }
        return all;
    }

    private void requireNothingElse() {
        List<BackupRecord> sound = sound(before.restorable());
        if (sound.isEmpty()) {
            assertThat(after.walFiles).isEqualTo(before.walFiles);
            assertThat(outcome.backups().backups()).isEmpty();
            return;
        }
        Set<BackupId> asked = policy.expiresBackups() ? asked(sound) : before.backups.keySet();
        assertThat(asked)
                .containsAll(after.backups.values().stream()
                        .filter(BackupRecord::isComplete)
                        .map(BackupRecord::id)
                        .toList());
        if (outcome.walHeldBy().isPresent()) {
            assertThat(after.walFiles).isEqualTo(before.walFiles);
        } else {
            requireNoOtherWal(sound.get(0));
        }
    }

    /** The backups for which there is a rule. */
    private Set<BackupId> asked(List<BackupRecord> sound) {
        Set<BackupId> asked = new HashSet<>();
        Instant begin =
                min(windowBegin().orElse(Instant.MAX), sound.get(0).stop().time());
        bases(before.complete(), begin).forEach(backup -> asked.add(backup.id()));
        for (BackupRecord backup : before.backups.values()) {
            boolean builtOn = before.backups.values().stream()
                    .anyMatch(other -> other.state() == BackupState.RUNNING && other.buildsOn(backup.id()));
            if (backup.stop() != null && (!backup.stop().time().isBefore(begin) || isPinned(backup) || builtOn)) {
                asked.add(backup.id());
            }
        }
        policy.calendar().counts().forEach((period, count) -> {
            List<BackupRecord> newest =
                    newestOfEach(period, sound).stream().limit(count).toList();
            newest.forEach(backup -> asked.add(backup.id()));
            Instant oldest = newest.get(newest.size() - 1).stop().time();
            RetentionOracle.newestFirst(before.complete()).stream()
                    .filter(backup -> !before.isSound(backup))
                    .filter(backup -> newest.size() < count
                            || !backup.stop().time().isBefore(oldest)
                            || periodOf(period, backup).equals(periodOf(period, newest.get(newest.size() - 1))))
                    .forEach(backup -> asked.add(backup.id()));
        });
        return asked;
    }

    private List<BackupRecord> bases(List<BackupRecord> candidates, Instant begin) {
        List<BackupRecord> bases = new ArrayList<>();
        for (TimelineHistory history : world.histories.values()) {
            if (!isYoung(history.timeline(), begin)) {
                continue;
            }
            List<BackupRecord> onTheWay = candidates.stream()
                    .filter(backup -> !backup.stop().time().isAfter(begin) && RetentionOracle.liesOn(backup, history))
                    .sorted((one, other) ->
                            other.stop().lsn().compareTo(one.stop().lsn()))
                    .toList();
            onTheWay.stream().filter(before::isUsable).limit(1).forEach(bases::add);
            onTheWay.stream()
                    .limit(1)
                    .filter(backup -> backup.state() == BackupState.CORRUPT)
                    .forEach(bases::add);
            onTheWay.stream().filter(before::isSound).limit(1).forEach(bases::add);
        }
        return bases;
    }

    /** Every file that is left belongs to a segment that a backup needs, or to a timeline that is not old enough. */
    private void requireNoOtherWal(BackupRecord newest) {
        List<BackupRecord> rule =
                after.restorable().stream().filter(this::isKeptByRule).toList();
        Instant begin = min(
                newest.stop().time(),
                policy.walWindow()
                        .map(now::minus)
                        .or(this::windowBegin)
                        .orElseGet(() -> rule.stream()
                                .map(backup -> backup.stop().time())
                                .min(Instant::compareTo)
                                .orElse(Instant.MAX)));
        List<BackupRecord> points = new ArrayList<>(bases(after.complete(), begin));
        rule.stream().filter(backup -> !backup.stop().time().isBefore(begin)).forEach(points::add);
        after.backups.values().stream()
                .filter(backup -> backup.state() == BackupState.RUNNING && backup.start() != null)
                .forEach(points::add);
        for (String file : after.walFiles) {
            WalSegment segment = WalSegment.parse(file.substring(0, 24), SIZE);
            boolean needed = points.stream().anyMatch(backup -> wants(backup, segment))
                    || after.backups.values().stream().anyMatch(backup -> backup.isComplete() && isOwn(backup, segment))
                    || isYoung(segment.timeline(), begin);
            assertThat(needed).as("%s is needed, points since %s", file, begin).isTrue();
        }
    }

    /** As the manual of this project and PostgreSQL's have it. */
    private boolean wants(BackupRecord backup, WalSegment segment) {
        if (segment.timeline().equals(backup.start().timeline())) {
            return segment.number() >= number(backup.start().lsn());
        }
        TimelineHistory history = world.histories.get(segment.timeline());
        boolean comes = backup.stop() == null
                ? history.switchPoint(backup.start().timeline())
                        .filter(left -> left.isAfter(backup.start().lsn()))
                        .isPresent()
                : RetentionOracle.liesOn(backup, history);
        return comes && segment.number() >= RetentionWorld.firstOf(history);
    }

    private static boolean isOwn(BackupRecord backup, WalSegment segment) {
        return segment.timeline().equals(backup.start().timeline())
                && segment.number() >= number(backup.start().lsn())
                && segment.number() <= number(backup.stop().lsn());
    }

    private boolean isYoung(Timeline timeline, Instant begin) {
        Instant last = lastStored.get(timeline);
        return last != null && !last.plus(Duration.ofDays(1)).isBefore(min(begin, now));
    }

    private void requirePacks() throws IOException {
        for (BackupRecord backup : after.restorable()) {
            assertThat(world.store.head(RetentionWorld.KEYS.manifest(backup.id())))
                    .isPresent();
            assertThat(world.store.head(RetentionWorld.KEYS.pack(new PackId(backup.id(), 0))))
                    .isPresent();
            backup.neededPacks()
                    .forEach(pack -> assertThat(world.store.head(RetentionWorld.KEYS.pack(pack)))
                            .isPresent());
        }
    }

    private void tell(Set<String> seen) {
        if (!outcome.backups().backups().isEmpty()) {
            seen.add("backups expired");
        }
        if (outcome.walFiles() > 0) {
            seen.add("WAL expired");
        }
        if (outcome.walHeldBy().isPresent()) {
            seen.add("WAL held");
        }
        long prior = -2;
        String timeline = "";
        for (String name : after.wal.keySet()) {
            WalSegment segment = WalSegment.parse(name, SIZE);
            if (timeline.equals(name.substring(0, 8)) && segment.number() > prior + 1) {
                seen.add("an island");
            }
            timeline = name.substring(0, 8);
            prior = segment.number();
        }
        Set<String> timelines = new TreeSet<>();
        before.walFiles.forEach(name -> timelines.add(name.substring(0, 8)));
        after.walFiles.forEach(name -> timelines.remove(name.substring(0, 8)));
        if (!timelines.isEmpty()) {
            seen.add("a timeline gone");
        }
    }
}
