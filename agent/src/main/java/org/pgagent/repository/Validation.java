package org.pgagent.repository;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * That a backup was looked at, and found to be what the state in its record says.
 *
 * @param at when that began
 * @param bytesRead from the store
 * @param deepAt when it was last found to be whole with every byte read; null if it never was
 * @param onlyPacksMissing true if nothing is known to be damaged but for packs that are not there; null otherwise
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Validation(
        Instant at, Depth depth, String pgagentVersion, long bytesRead, Instant deepAt, Boolean onlyPacksMissing) {
    /** How closely a backup is looked at. */
    public enum Depth {
        /** Its objects are there with their sizes, its manifest is what was stored, its WAL is complete. */
        QUICK,
        /** Every byte is read back. */
        DEEP;

        /** Whether whoever looks like this sees all that another one sees. */
        public boolean covers(Depth other) {
            return compareTo(other) >= 0;
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Of a backup that is whole, or damaged in whatever way. */
    public Validation(Instant at, Depth depth, String pgagentVersion, long bytesRead, Instant deepAt) {
        this(at, depth, pgagentVersion, bytesRead, deepAt, null);
    }

    /** For which no content was read. */
    public static Validation of(Instant at, Depth depth, String pgagentVersion) {
        return new Validation(at, depth, pgagentVersion, 0, null);
    }

    /** That nothing is known to be damaged but for packs that are not there. */
    public Validation withOnlyPacksMissing() {
        return new Validation(at, depth, pgagentVersion, bytesRead, null, true);
    }

    /** When the backup was last found to be whole at such a depth, if it was. */
    Optional<Instant> provenAt(Depth wanted) {
        return depth.covers(wanted) ? Optional.of(at) : Optional.ofNullable(deepAt);
    }
}
