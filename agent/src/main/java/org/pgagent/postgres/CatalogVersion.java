package org.pgagent.postgres;

import java.util.List;
import java.util.Optional;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

/**
 * The version of PostgreSQL's system catalogs, one for each supported major version (catversion.h).
 *
 * @param major PostgreSQL's major version
 * @param number the catalog version, a date and a digit such as 202209061
 */
public record CatalogVersion(int major, int number) {
    public static final int MAJOR_MIN = 13;
    public static final int MAJOR_MAX = 18;

    private static final List<CatalogVersion> SUPPORTED = List.of(
            new CatalogVersion(13, 202007201),
            new CatalogVersion(14, 202107181),
            new CatalogVersion(15, 202209061),
            new CatalogVersion(16, 202307071),
            new CatalogVersion(17, 202406281),
            new CatalogVersion(18, 202506291));

    /**
     * The catalog version of a major version.
     *
     * @throws PgAgentException of kind INCOMPATIBLE if pgagent does not support it
     */
    public static CatalogVersion ofMajor(int major) throws PgAgentException {
        return SUPPORTED.stream()
                .filter(version -> version.major == major)
                .findFirst()
                .orElseThrow(() -> new PgAgentException(
                        ErrorKind.INCOMPATIBLE,
                        "PostgreSQL " + major + " is not supported",
                        "pgagent works with PostgreSQL " + MAJOR_MIN + " to " + MAJOR_MAX + "."));
    }

    /** The supported version with that catalog version number. */
    static Optional<CatalogVersion> ofNumber(int number) {
        return SUPPORTED.stream().filter(version -> version.number == number).findFirst();
    }

    /** The directory that a cluster of this version has in each tablespace, such as {@code PG_15_202209061}. */
    public String tablespaceDirectory() {
        return "PG_" + major + "_" + number;
    }
}
