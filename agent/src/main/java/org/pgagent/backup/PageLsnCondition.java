package org.pgagent.backup;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupSource;
import org.pgagent.repository.WalArchive;

/**
 * Whether the LSNs of pages tell what has changed since a parent: only if every change of a page moved its LSN, and no LSN was
 * given twice.
 */
final class PageLsnCondition {
    private final BackupRecord parent;
    private final BackupSource source;

    PageLsnCondition(BackupRecord parent, BackupSource source) {
        this.parent = parent;
        this.source = source;
    }

    /**
     * Looks at both ends and at the WAL between them.
     *
     * @param start where the backup at hand began, on {@code history}'s timeline
     * @return why the LSNs cannot be trusted; empty if they can
     */
    Optional<String> obstacle(Lsn start, TimelineHistory history, WalArchive archive) throws IOException {
        BackupSource before = parent.source();
        if (before.dataChecksums() != source.dataChecksums()) {
            return Optional.of("data checksums were switched " + (source.dataChecksums() ? "on" : "off")
                    + " since the parent, which changes pages and not their LSN");
        }
        if (!logsHintBits(before) || !logsHintBits(source)) {
            return Optional.of("neither data checksums nor wal_log_hints "
                    + (logsHintBits(source) ? "were on when the parent was taken" : "are on")
                    + ", so pages change without their LSN");
        }
        if (!source.serverStartedAt().equals(before.serverStartedAt())) {
            return Optional.of("the server was started anew since the parent, or is another one, so data checksums or"
                    + " wal_log_hints may have been off for a while");
        }
        if (before.walSegmentSize() != source.walSegmentSize()) {
            return Optional.of("the size of WAL segments was changed since the parent");
        }
        if (before.dataChecksums() && parent.totals().badPages() > 0) {
            return Optional.of("the parent has bad pages, which may have been mended since without another LSN");
        }
        if (!start.isAfter(parent.stop().lsn())) {
            return Optional.of(notAfter(start, parent, source));
        }
        WalSegmentSize size = new WalSegmentSize(source.walSegmentSize());
        // The segment of the start itself belongs to this backup, which waits for it at its end.
        List<WalSegment> between =
                history.segments(parent.start().lsn(), parent.start().timeline(), start, size).stream()
                        .filter(segment -> !segment.end().isAfter(start))
                        .toList();
        return archive.firstMissing(between)
                .map(missing -> "the archive has no WAL segment " + missing + " between the parent and this backup");
    }

    /** Why a backup does not begin after its parent's end. */
    static String notAfter(Lsn start, BackupRecord parent, BackupSource source) {
        Lsn end = parent.stop().lsn();
        return source.standby()
                ? "the backup begins at " + start + ", not after the parent's end at " + end
                        + ", as where a standby has made no restartpoint since"
                : "the server's WAL ends at " + start + ", and the parent's at " + end + ", so LSNs were given twice";
    }

    private static boolean logsHintBits(BackupSource cluster) {
        return cluster.dataChecksums() || cluster.walLogHints();
    }
}
