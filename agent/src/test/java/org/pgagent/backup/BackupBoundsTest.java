package org.pgagent.backup;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgagent.error.ErrorKind;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.Timeline;

class BackupBoundsTest {
    private static final Timeline FIRST = new Timeline(1);
    private static final Lsn START = Lsn.parse("0/3000028");
    private static final Lsn CHECKPOINT = Lsn.parse("0/3000060");
    private static final Lsn LATEST = Lsn.parse("0/5000000");

    private static String label(String start, String checkpoint, int timeline) {
        return """
                START WAL LOCATION: %s (file 0000000%d0000000000000003)
                CHECKPOINT LOCATION: %s
                BACKUP METHOD: streamed
                BACKUP FROM: primary
                START TIME: 2026-11-23 05:00:00 UTC
                LABEL: nightly
                START TIMELINE: %d
                """.formatted(start, timeline, checkpoint, timeline);
    }

    @Test
    void takes_the_label_of_this_backup() {
        String label = label(START.toString(), CHECKPOINT.toString(), 1);
        assertThatCode(() -> BackupBounds.requireLabel(label, START, FIRST, LATEST))
                .doesNotThrowAnyException();
        assertThatCode(() -> BackupBounds.requireLabel(label, START, FIRST, CHECKPOINT))
                .doesNotThrowAnyException();
    }

    private static Stream<Arguments> labelsOfOtherBackups() {
        return Stream.of(
                Arguments.of("0/3000030", "0/3000060", 1),
                Arguments.of("0/3000028", "0/3000060", 2),
                Arguments.of("0/3000028", "0/2000060", 1),
                Arguments.of("0/3000028", "0/5000008", 1));
    }

    @ParameterizedTest
    @MethodSource("labelsOfOtherBackups")
    void refuses_the_label_of_another_backup(String start, String checkpoint, int timeline) {
        assertThatThrownBy(() -> BackupBounds.requireLabel(label(start, checkpoint, timeline), START, FIRST, LATEST))
                .hasMessageContaining("another backup's")
                .hasMessageContaining(start)
                .hasMessageContaining(checkpoint)
                .extracting("kind")
                .isEqualTo(ErrorKind.SQL_FAILED);
    }

    @Test
    void refuses_what_is_no_label() {
        assertThatThrownBy(() -> BackupBounds.requireLabel("", START, FIRST, LATEST))
                .extracting("kind")
                .isEqualTo(ErrorKind.INCOMPATIBLE);
    }
}
