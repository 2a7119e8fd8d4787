package org.pgagent.restore;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.time.temporal.ChronoField;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.Lsn;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.RestorePoint;

/** Where replay stops (the manual's chapter "Write Ahead Log", section "Recovery Target"). */
public sealed interface RecoveryTarget {
    /** Whether replay stops just after the target or just before it. */
    enum Edge {
        INCLUSIVE,
        EXCLUSIVE;

        String setting() {
            return this == INCLUSIVE ? "on" : "off";
        }
    }

    /** Whether a recovery from a backup that is consistent at {@code stop} can come to this target. */
    default boolean comesAfter(BackupRecord.Stop stop) {
        return true;
    }

    /** PostgreSQL's setting for this target and its value; empty for the end of WAL, which is no setting. */
    Optional<Setting> setting();

    /** Only times, LSNs and transaction ids know a difference; the others say inclusive, PostgreSQL's default. */
    default Edge edge() {
        return Edge.INCLUSIVE;
    }

    /** For people, such as {@code time 2026-11-22 05:55:00+00}. */
    default String describe() {
        return setting().orElseThrow().name().substring("recovery_target_".length()) + " "
                + setting().orElseThrow().value() + (edge() == Edge.EXCLUSIVE ? ", exclusive" : "");
    }

    /** A setting of PostgreSQL. */
    record Setting(String name, String value) {}

    /** All the WAL that the archive has. */
    record EndOfWal() implements RecoveryTarget {
        @Override
        public Optional<Setting> setting() {
            return Optional.empty();
        }

        @Override
        public String describe() {
            return "end of WAL";
        }
    }

    /** As soon as the cluster is consistent: the end of the base backup. */
    record Immediate() implements RecoveryTarget {
        @Override
        public Optional<Setting> setting() {
            return Optional.of(new Setting("recovery_target", "immediate"));
        }

        @Override
        public String describe() {
            return "the end of the backup";
        }
    }

    /** The last commit until a time, to the microsecond. */
    record AtTime(Instant time, Edge edge) implements RecoveryTarget {
        private static final DateTimeFormatter PRINTED = new DateTimeFormatterBuilder()
                .appendPattern("uuuu-MM-dd HH:mm:ss")
                .appendFraction(ChronoField.MICRO_OF_SECOND, 0, 6, true)
                .appendLiteral("+00")
                .toFormatter()
                .withZone(ZoneOffset.UTC);

        private static final DateTimeFormatter READ = new DateTimeFormatterBuilder()
                .parseCaseInsensitive()
                .append(DateTimeFormatter.ISO_LOCAL_DATE)
                .appendPattern("['T'][ ]")
                .appendPattern("HH:mm[:ss]")
                .appendFraction(ChronoField.MICRO_OF_SECOND, 0, 6, true)
                .appendPattern("[ ]")
                .appendPattern("[XXX][XX][X]")
                .toFormatter()
                .withResolverStyle(ResolverStyle.STRICT);

        public AtTime {
            if (!time.truncatedTo(ChronoUnit.MICROS).equals(time)) {
                throw new IllegalArgumentException("PostgreSQL counts microseconds, and no finer: " + time);
            }
        }

        /** Reads a date and time with an offset from UTC. */
        public static AtTime parse(String text, Edge edge) {
            try {
                return new AtTime(READ.parse(text.strip(), Instant::from), edge);
            } catch (DateTimeException e) {
                throw new IllegalArgumentException(
                        "not a time with an offset from UTC: '" + text
                                + "' (good ones: 2026-11-22 05:55:00+00, 2026-11-22T06:55:00.5+01:00)",
                        e);
            }
        }

        @Override
        public boolean comesAfter(BackupRecord.Stop stop) {
            return time.isAfter(stop.time());
        }

        @Override
        public Optional<Setting> setting() {
            return Optional.of(new Setting("recovery_target_time", PRINTED.format(time)));
        }
    }

    /** A record of the WAL. */
    record AtLsn(Lsn lsn, Edge edge) implements RecoveryTarget {
        @Override
        public boolean comesAfter(BackupRecord.Stop stop) {
            return !lsn.isBefore(stop.lsn());
        }

        @Override
        public Optional<Setting> setting() {
            return Optional.of(new Setting("recovery_target_lsn", lsn.toString()));
        }
    }

    /** The end of a transaction; {@code xid} is unsigned, with or without the epoch in its upper half. */
    record AtXid(long xid, Edge edge) implements RecoveryTarget {
        private static final long FIRST_NORMAL_XID = 3;

        public AtXid {
            if ((xid & 0xFFFF_FFFFL) < FIRST_NORMAL_XID) {
                throw new IllegalArgumentException(
                        "not the id of a transaction: " + Long.toUnsignedString(xid) + " (a good one: 735)");
            }
        }

        public static AtXid parse(String text, Edge edge) {
            try {
                return new AtXid(Long.parseUnsignedLong(text), edge);
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("not the id of a transaction: '" + text + "' (a good one: 735)", e);
            }
        }

        /**
         * Whether the transaction began after the backup. One that began before may have ended after it all the same, but
         * nobody knows.
         */
        @Override
        public boolean comesAfter(BackupRecord.Stop stop) {
            if (stop.xid() == null) {
                return true;
            }
            boolean withoutEpoch = xid >>> 32 == 0;
            return withoutEpoch ? (int) xid - stop.xid().intValue() >= 0 : Long.compareUnsigned(xid, stop.xid()) >= 0;
        }

        @Override
        public Optional<Setting> setting() {
            return Optional.of(new Setting("recovery_target_xid", Long.toUnsignedString(xid)));
        }
    }

    /**
     * A restore point, made with {@code pg_create_restore_point}.
     *
     * @param known where it lies, if the repository says so; empty of a point that nobody has told it of
     */
    record AtName(String name, Optional<RestorePoint> known) implements RecoveryTarget {
        private static final int NAME_MAX_BYTES = 63;

        public AtName {
            int length = name.getBytes(StandardCharsets.UTF_8).length;
            if (length == 0 || length > NAME_MAX_BYTES || name.chars().anyMatch(Character::isISOControl)) {
                throw new IllegalArgumentException("not the name of a restore point: '" + name
                        + "' (1 to 63 bytes; a good one: before-release-7)");
            }
        }

        public AtName(String name) {
            this(name, Optional.empty());
        }

        @Override
        public boolean comesAfter(BackupRecord.Stop stop) {
            return known.isEmpty() || !known.get().lsn().isBefore(stop.lsn());
        }

        @Override
        public String describe() {
            return "name " + name
                    + known.map(point -> " (" + point.lsn() + ", " + point.time() + ")")
                            .orElse("");
        }

        @Override
        public Optional<Setting> setting() {
            return Optional.of(new Setting("recovery_target_name", name));
        }
    }

    /** The one target among those that were asked for; none means the end of WAL. */
    static RecoveryTarget only(List<RecoveryTarget> asked) throws PgAgentException {
        if (asked.size() > 1) {
            throw new PgAgentException(
                    ErrorKind.USAGE,
                    "there are " + asked.size() + " recovery targets: "
                            + asked.stream().map(RecoveryTarget::describe).collect(Collectors.joining("; ")),
                    "PostgreSQL stops at one: give only one of the --target options (besides the timeline and the action).");
        }
        return asked.isEmpty() ? new EndOfWal() : asked.get(0);
    }
}
