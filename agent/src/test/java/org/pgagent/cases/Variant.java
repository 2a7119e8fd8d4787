package org.pgagent.cases;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.pgagent.kit.PostgresBinaries;
import org.pgagent.kit.PostgresSetup;

/**
 * What a cluster of the cases is like. Not every version with everything else, but every version, checksums on and off, and
 * each segment size with an old and a new version.
 */
record Variant(int major, Checksums checksums, int walSegmentMiB, Set<Oddity> oddities) {
    enum Checksums {
        ON,
        OFF
    }

    /** What some clusters have and most have not. */
    enum Oddity {
        /** The group may read the data directory. */
        GROUP_ACCESS,
        /** pg_wal is a link to a directory elsewhere. */
        LINKED_WAL,
        /** The first 4 GiB of WAL end soon after the backup. */
        AT_FOUR_GIBIBYTES
    }

    private static final List<Variant> ALL = List.of(
            new Variant(13, Checksums.OFF, 16, Set.of(Oddity.GROUP_ACCESS)),
            new Variant(14, Checksums.ON, 1, Set.of(Oddity.LINKED_WAL)),
            new Variant(15, Checksums.ON, 64, Set.of(Oddity.AT_FOUR_GIBIBYTES)),
            new Variant(16, Checksums.OFF, 1, Set.of()),
            new Variant(17, Checksums.ON, 16, Set.of(Oddity.LINKED_WAL)),
            new Variant(18, Checksums.OFF, 64, Set.of(Oddity.GROUP_ACCESS)));

    /** One for each version that tests run on. */
    static Stream<Variant> all() {
        return ALL.stream().filter(variant -> PostgresBinaries.majors().contains(variant.major));
    }

    /** Each with checksums the other way, and nothing odd. */
    static Stream<Variant> complements() {
        return all().map(variant -> new Variant(
                variant.major, variant.checksums == Checksums.ON ? Checksums.OFF : Checksums.ON, 1, Set.of()));
    }

    PostgresSetup setup() {
        PostgresSetup setup = PostgresSetup.ofVersion(major).withWalSegmentMiB(walSegmentMiB);
        if (checksums == Checksums.OFF) {
            setup = setup.withoutDataChecksums();
        }
        return has(Oddity.GROUP_ACCESS) ? setup.withInitdbArgument("--allow-group-access") : setup;
    }

    boolean has(Oddity oddity) {
        return oddities.contains(oddity);
    }

    @Override
    public String toString() {
        return "PostgreSQL " + major + ", checksums " + checksums + ", segments of " + walSegmentMiB + " MiB";
    }
}
