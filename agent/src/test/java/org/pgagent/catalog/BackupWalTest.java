package org.pgagent.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgagent.catalog.SampleArchive.lsn;
import static org.pgagent.catalog.SampleArchive.segment;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.WalRange;
import org.pgagent.repository.BackupRecord;

class BackupWalTest {
    private final SampleArchive archive = new SampleArchive();

    private BackupWal wal() {
        return new BackupWal(archive.archive());
    }

    /** Of a standby that has followed from timeline 1 to timeline 2 in the middle of segment 5. */
    private static BackupRecord overTwoTimelines() {
        BackupRecord record = SampleArchive.backup(1, 3, 6);
        BackupRecord.Stop stop = record.stop();
        return record.withBounds(
                record.start(),
                new BackupRecord.Stop(
                        stop.time(),
                        new Timeline(2),
                        stop.lsn(),
                        List.of(
                                new WalRange(new Timeline(1), record.start().lsn(), lsn(5, 3)),
                                new WalRange(new Timeline(2), lsn(5, 3), stop.lsn())),
                        null,
                        stop.finishedAt()));
    }

    @Test
    void names_the_first_segment_that_is_missing() throws IOException {
        archive.has(1, 3, 4).has(1, 6, 6);

        assertThat(wal().firstMissing(SampleArchive.backup(1, 3, 6))).contains(segment(1, 5));
        assertThat(wal().firstMissing(SampleArchive.backup(1, 3, 4))).isEmpty();
    }

    @Test
    void the_segment_of_a_switch_is_needed_under_the_newer_timelines_name_only() throws IOException {
        archive.has(1, 3, 4).has(2, 5, 6);
        assertThat(wal().firstMissing(overTwoTimelines())).isEmpty();

        SampleArchive old = new SampleArchive().has(1, 3, 5).has(2, 6, 6);
        assertThat(new BackupWal(old.archive()).firstMissing(overTwoTimelines()))
                .contains(segment(2, 5));
    }
}
