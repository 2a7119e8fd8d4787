package org.pgagent.command.report;

import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAdjusters;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Where a time lies in a drawing, in UTC.
 *
 * @param left where {@code from} lies
 * @param right where {@code to} lies
 */
record TimeAxis(Instant from, Instant to, double left, double right) {
    private static final Duration SPAN_MIN = Duration.ofHours(1);
    private static final double UNITS_A_TICK = 84;

    TimeAxis {
        if (!from.isBefore(to) || left >= right) {
            throw new IllegalArgumentException("not an axis: " + from + " to " + to + ", " + left + " to " + right);
        }
    }

    /** One that has all of a span, and of a short one more than that. */
    static TimeAxis of(Span span, double left, double right) {
        Instant latestBegin = span.to().minus(SPAN_MIN);
        return new TimeAxis(span.from().isBefore(latestBegin) ? span.from() : latestBegin, span.to(), left, right);
    }

    /** A moment that is told at the axis. */
    record Tick(double x, String label) {}

    /** One after which a tick follows. */
    private record Step(ChronoUnit unit, int amount, String label) {
        private Duration about() {
            return unit.getDuration().multipliedBy(amount);
        }

        private ZonedDateTime first(ZonedDateTime from) {
            ZonedDateTime day = from.truncatedTo(ChronoUnit.DAYS);
            return switch (unit) {
                case YEARS -> day.withDayOfYear(1).withYear(day.getYear() / amount * amount);
                case MONTHS -> day.withDayOfMonth(1).withMonth((day.getMonthValue() - 1) / amount * amount + 1);
                case WEEKS -> day.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY));
                default -> day;
            };
        }

        private String label(ZonedDateTime time) {
            boolean midnight = time.toLocalTime().toSecondOfDay() == 0;
            String pattern = label.startsWith("H") && midnight ? "d MMM" : label;
            return DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).format(time);
        }
    }

    private static final List<Step> STEPS = List.of(
            new Step(ChronoUnit.MINUTES, 10, "HH:mm"),
            new Step(ChronoUnit.MINUTES, 30, "HH:mm"),
            new Step(ChronoUnit.HOURS, 1, "HH:mm"),
            new Step(ChronoUnit.HOURS, 3, "HH:mm"),
            new Step(ChronoUnit.HOURS, 6, "HH:mm"),
            new Step(ChronoUnit.HOURS, 12, "HH:mm"),
            new Step(ChronoUnit.DAYS, 1, "d MMM"),
            new Step(ChronoUnit.DAYS, 2, "d MMM"),
            new Step(ChronoUnit.WEEKS, 1, "d MMM"),
            new Step(ChronoUnit.WEEKS, 2, "d MMM"),
            new Step(ChronoUnit.MONTHS, 1, "MMM uuuu"),
            new Step(ChronoUnit.MONTHS, 3, "MMM uuuu"),
            new Step(ChronoUnit.MONTHS, 6, "MMM uuuu"),
            new Step(ChronoUnit.YEARS, 1, "uuuu"),
            new Step(ChronoUnit.YEARS, 2, "uuuu"),
            new Step(ChronoUnit.YEARS, 5, "uuuu"),
            new Step(ChronoUnit.YEARS, 20, "uuuu"));

    /** Where a time lies; one that is outside lies at the end. */
    double x(Instant time) {
        double part = (double) Duration.between(from, time).toMillis()
                / Duration.between(from, to).toMillis();
        return left + Math.max(0, Math.min(1, part)) * (right - left);
    }

    /** In which of columns of such a width a time lies, counted from the left. */
    int column(Instant time, double width) {
        return (int) Math.min((x(time) - left) / width, Math.ceil((right - left) / width) - 1);
    }

    /**
     * Puts things together that do not lie as far from each other, so that nothing that is drawn for them lies over something else:
     * by the place of the first one of each.
     */
    <T> NavigableMap<Double, List<T>> apart(List<T> things, Function<T, Instant> time, double distance) {
        NavigableMap<Double, List<T>> places = new TreeMap<>();
        for (T thing : things.stream().sorted(Comparator.comparing(time)).toList()) {
            double x = x(time.apply(thing));
            boolean apart = places.isEmpty() || x - places.lastKey() >= distance;
            places.computeIfAbsent(apart ? x : places.lastKey(), any -> new ArrayList<>())
                    .add(thing);
        }
        return places;
    }

    /** Round times, as many as there is room for. */
    List<Tick> ticks() {
        double ticksMax = (right - left) / UNITS_A_TICK;
        Duration least = Duration.ofMillis((long) (Duration.between(from, to).toMillis() / ticksMax));
        Step step = STEPS.stream()
                .filter(candidate -> candidate.about().compareTo(least) >= 0)
                .findFirst()
                .orElse(STEPS.get(STEPS.size() - 1));
        List<Tick> ticks = new ArrayList<>();
        ZonedDateTime time = step.first(from.atZone(ZoneOffset.UTC));
        while (!time.toInstant().isAfter(to)) {
            if (!time.toInstant().isBefore(from)) {
                ticks.add(new Tick(x(time.toInstant()), step.label(time)));
            }
            time = time.plus(step.amount(), step.unit());
        }
        return ticks;
    }
}
