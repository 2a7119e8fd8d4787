package org.pgagent.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgagent.catalog.SampleArchive.childOf;
import static org.pgagent.catalog.SampleArchive.lsn;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.repository.BackupRecord;

/** Expiries where nobody knows where a timeline comes from. */
final class LostHistoryTest extends RetentionTestCase {
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_timeline_whose_history_file_is_lost_comes_from_where_its_child_says(boolean hasHistory) throws IOException {
        BackupRecord base = backup(1, 2, 3);
        wal(1, 4, 9);
        TimelineHistory second = childOf(FIRST, lsn(9, 2), 2);
        if (hasHistory) {
            history(second);
        }
        wal(2, 9, 20);
        backup(2, 21, 22);
        wal(2, 23, 30);
        history(childOf(second, lsn(30, 2), 3));
        wal(3, 30, 35);
        expire(keepSince(2, 15));

        assertThat(isThere(base)).isTrue();
        assertThat(isThere(1, 3)).isTrue();
        assertThat(isThere(2, 9)).isTrue();
        assertThat(isThere(2, 20)).isTrue();
    }

    @Test
    void a_timeline_of_which_only_the_history_is_there_keeps_the_way_to_it() throws IOException {
        BackupRecord before = backup(1, 2, 3);
        wal(1, 4, 14);
        BackupRecord lostTail = backup(1, 15, 16);
        history(childOf(FIRST, lsn(10, 2), 2));
        expire(keepFull(1));

        assertThat(isThere(before)).isTrue();
        assertThat(isThere(lostTail)).isTrue();
        assertThat(isThere(1, 2)).isTrue();
    }

    /** It was deleted, or written while nothing was archived; healing may bring it back. */
    @Test
    void without_its_history_a_timeline_holds_everything_until_it_has_a_backup_of_its_own_from_before_the_window()
            throws IOException {
        BackupRecord base = backup(1, 2, 3);
        wal(1, 4, 9);
        clock.advance(Duration.ofDays(3));
        wal(2, 9, 20);
        backup(2, 21, 22);
        wal(2, 23, 30);

        assertThat(expire(keepSince(2, 15)).heldBy())
                .hasValueSatisfying(why -> assertThat(why).contains("timeline 2"));

        assertThat(isThere(base)).isTrue();
        assertThat(isThere(1, 4)).isTrue();
        assertThat(isThere(2, 9)).isTrue();
    }
}
