package org.pgagent.backup;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.pgagent.kit.CapturedLog;

final class DatabaseCheckTest {
    @Test
    void a_database_that_was_copied_file_by_file_meanwhile_is_told_of() {
        try (CapturedLog log = CapturedLog.of(DatabaseCheck.class)) {
            new DatabaseCheck(14, Set.of(1L, 16384L)).atEnd(Set.of(1L, 16390L));
            assertThat(log.lines()).singleElement().asString().contains("WARN", "oids=[16390]");
        }
    }

    @Test
    void nothing_is_said_of_databases_that_went_or_that_wal_describes() {
        try (CapturedLog log = CapturedLog.of(DatabaseCheck.class)) {
            new DatabaseCheck(13, Set.of(1L, 16384L)).atEnd(Set.of(1L));
            new DatabaseCheck(15, Set.of(1L)).atEnd(Set.of(1L, 16384L));
            assertThat(log.lines()).isEmpty();
        }
    }
}
