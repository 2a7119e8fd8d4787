package org.pgagent.repository;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.pgagent.postgres.SystemIdentifier;

/**
 * The cluster that is backed up, in its record.
 *
 * @param version the server's version number, such as 150020
 * @param recoverySettings the five settings that a standby or a recovery needs at least as high as here, and
 *     {@code wal_level}
 * @param walLogHints whether changes of hint bits were logged without data checksums, too; earlier records do not say
 * @param serverStartedAt when the postmaster was started; null in earlier records
 * @param tablespaces the tablespaces outside of {@code pg_default} and {@code pg_global}
 * @param databases the oid of each database, and the transaction that made its row in pg_database: another one if a
 *     database was dropped and made anew with the same oid
 * @param glibc the version of the C library by whose locales a database sorts; null if none does, and in earlier records
 */
public record BackupSource(
        SystemIdentifier systemIdentifier,
        int version,
        int pageSize,
        int walPageSize,
        int walSegmentSize,
        boolean dataChecksums,
        Boolean walLogHints,
        Instant serverStartedAt,
        boolean standby,
        Map<String, String> recoverySettings,
        List<Tablespace> tablespaces,
        Map<Long, Long> databases,
        String glibc) {
    public BackupSource {
        walLogHints = Boolean.TRUE.equals(walLogHints);
        databases = databases == null ? Map.of() : Map.copyOf(databases);
    }

    /**
     * A tablespace.
     *
     * @param oid its directory's name below {@code pg_tblspc}
     * @param location its absolute path on the host of the source
     */
    public record Tablespace(long oid, String location) {}
}
