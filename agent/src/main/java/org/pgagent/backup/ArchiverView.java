package org.pgagent.backup;

import java.io.IOException;
import java.time.Duration;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.session.ArchiverStatus;

/**
 * What a primary has archived, as its statistics tell from afar: the name of the last file alone. It archives the oldest first,
 * but for the note about a backup ({@code .backup}), which is written after the backup's last segment was finished and bears the
 * name of its first: archived after the last segment, it hides that one until another segment is archived. For one thread.
 */
final class ArchiverView {
    /** Usually the note comes before, or is followed by something soon. */
    private static final Duration HIDDEN_MAX = Duration.ofSeconds(2);

    private final Primary primary;
    private final WaitingTime time;
    private String last = "";
    private long hiddenSince;
    private boolean shown;

    /** What is asked of the primary. */
    interface Primary {
        /** The name of the file that was archived last; empty if there is none. */
        String lastArchived() throws IOException;

        /** Has the current segment finished and archived, whatever is in it. */
        void finishSegment() throws IOException;
    }

    ArchiverView(Primary primary, WaitingTime time) {
        this.primary = primary;
        this.time = time;
    }

    /** The name in the statistics. */
    static String lastArchived(ArchiverStatus status) {
        return status.lastArchived().map(ArchiverStatus.Event::fileName).orElse("");
    }

    /** Whether a segment was archived; what has been once need not be asked again. */
    boolean hasArchived(WalSegment segment) throws IOException {
        if (!covers(segment)) {
            boolean hidden = last.endsWith(".backup");
            last = primary.lastArchived();
            if (!hidden) {
                hiddenSince = time.nanos();
            }
            show(segment);
        }
        return covers(segment);
    }

    private boolean covers(WalSegment segment) {
        int length = segment.fileName().length();
        return last.length() >= length && last.substring(0, length).compareTo(segment.fileName()) >= 0;
    }

    private void show(WalSegment segment) throws IOException {
        boolean hidden = last.endsWith(".backup") && !covers(segment);
        if (hidden && !shown && time.nanos() - hiddenSince > HIDDEN_MAX.toNanos()) {
            shown = true;
            primary.finishSegment();
        }
    }
}
