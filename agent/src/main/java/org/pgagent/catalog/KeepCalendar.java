package org.pgagent.catalog;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.time.temporal.IsoFields;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * How many hours, days, weeks, months and years keep a backup each: of every one of the newest so many in which there is a
 * backup, the newest backup stays. In UTC; weeks begin on Monday. Immutable.
 */
public record KeepCalendar(Map<Period, Integer> counts) {
    private static final int COUNT_MAX = 100_000;

    public static final KeepCalendar NONE = new KeepCalendar(Map.of());

    /** What a backup is the newest one of. */
    public enum Period {
        /** Each backup by itself. */
        LAST {
            @Override
            Object of(ZonedDateTime time) {
                return time.toInstant();
            }
        },
        HOURLY {
            @Override
            Object of(ZonedDateTime time) {
                return time.truncatedTo(ChronoUnit.HOURS);
            }
        },
        DAILY {
            @Override
            Object of(ZonedDateTime time) {
                return time.toLocalDate();
            }
        },
        WEEKLY {
            @Override
            Object of(ZonedDateTime time) {
                LocalDate day = time.toLocalDate();
                return day.get(IsoFields.WEEK_BASED_YEAR) * 100 + day.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR);
            }
        },
        MONTHLY {
            @Override
            Object of(ZonedDateTime time) {
                return time.toLocalDate().withDayOfMonth(1);
            }
        },
        YEARLY {
            @Override
            Object of(ZonedDateTime time) {
                return time.getYear();
            }
        };

        abstract Object of(ZonedDateTime time);

        /** The period that a moment belongs to; equal for all moments of one period. */
        Object containing(Instant moment) {
            return of(moment.atZone(ZoneOffset.UTC));
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public KeepCalendar {
        for (int count : counts.values()) {
            if (count < 1 || count > COUNT_MAX) {
                throw new IllegalArgumentException("not a number from 1 to " + COUNT_MAX + ": " + count);
            }
        }
        counts = Map.copyOf(counts);
    }

    /**
     * Reads such as {@code daily=7,weekly=4,monthly=12,yearly=3}.
     *
     * @throws IllegalArgumentException with a good example if the text is malformed
     */
    public static KeepCalendar parse(String text) {
        Map<Period, Integer> counts = new EnumMap<>(Period.class);
        for (String part : text.split(",", -1)) {
            String[] sides = part.strip().split("=", -1);
            if (sides.length != 2 || !sides[1].matches("[0-9]{1,6}")) {
                throw malformed(text);
            }
            if (counts.put(period(sides[0], text), Integer.valueOf(sides[1])) != null) {
                throw new IllegalArgumentException(sides[0] + " is there twice: '" + text + "'");
            }
        }
        return new KeepCalendar(counts);
    }

    private static Period period(String name, String text) {
        for (Period period : Period.values()) {
            if (period.toString().equals(name)) {
                return period;
            }
        }
        throw malformed(text);
    }

    private static IllegalArgumentException malformed(String text) {
        return new IllegalArgumentException("not a calendar: '" + text
                + "' (a good one: daily=7,weekly=4,monthly=12,yearly=3; there are also last and hourly)");
    }

    public boolean isEmpty() {
        return counts.isEmpty();
    }

    @Override
    public String toString() {
        return new EnumMap<>(counts.isEmpty() ? Map.of(Period.LAST, 0) : counts)
                .entrySet().stream()
                        .filter(entry -> entry.getValue() > 0)
                        .map(entry -> entry.getKey() + "=" + entry.getValue())
                        .collect(Collectors.joining(","));
    }
}
