package org.pgagent.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.pgagent.repository.BackupId;

final class RemovalViewTest {
    private static final BackupId FULL = new BackupId("20261122T055500Z-F");
    private static final BackupId NEXT = new BackupId("20261122T055600Z-I");
    private static final BackupId COMPACTION = new BackupId("20261122T055700Z-C");

    @Test
    void a_compaction_is_no_backup() {
        assertThat(RemovalView.counted(List.of())).isEqualTo("0 backups");
        assertThat(RemovalView.counted(List.of(FULL))).isEqualTo("1 backup");
        assertThat(RemovalView.counted(List.of(FULL, NEXT, COMPACTION))).isEqualTo("2 backups and 1 compaction");
        assertThat(RemovalView.counted(List.of(COMPACTION))).isEqualTo("1 compaction");
    }
}
