package org.pgagent.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.pgagent.error.ErrorKind;
import org.pgagent.kit.CapturedLog;
import org.pgagent.postgres.session.Tablespace;

class TablespaceCheckTest {
    private static final Tablespace FAST = new Tablespace(16385, "/srv/fast");
    private static final Tablespace SLOW = new Tablespace(16386, "/srv/slow");

    @Test
    void one_that_the_server_had_all_the_time_must_be_copied() {
        TablespaceCheck check = new TablespaceCheck(List.of(FAST, SLOW), Set.of(16385L));
        assertThatThrownBy(() -> check.atEnd(List.of(FAST, SLOW)))
                .hasMessageContaining("tablespace 16386")
                .hasMessageContaining("/srv/slow")
                .extracting("kind")
                .isEqualTo(ErrorKind.LOCAL_IO);
    }

    @Test
    void one_that_was_dropped_meanwhile_need_not_be() {
        TablespaceCheck check = new TablespaceCheck(List.of(FAST, SLOW), Set.of(16385L));
        assertThatCode(() -> check.atEnd(List.of(FAST))).doesNotThrowAnyException();
    }

    @Test
    void one_that_was_created_meanwhile_need_not_be() {
        TablespaceCheck check = new TablespaceCheck(List.of(FAST), Set.of(16385L));
        try (CapturedLog log = CapturedLog.of(TablespaceCheck.class)) {
            assertThatCode(() -> check.atEnd(List.of(FAST, SLOW))).doesNotThrowAnyException();
            assertThat(log.lines()).singleElement().asString().contains("created during the backup", "[/srv/slow]");
        }
    }
}
