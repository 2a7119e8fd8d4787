package org.pgagent.backup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.WalSegmentSize;

class ArchiverViewTest {
    private static final WalSegment LAST = new WalSegment(Timeline.FIRST, 10, new WalSegmentSize(1 << 20));
    private static final String NOTE = "000000010000000000000009.00000028.backup";

    private String lastArchived = "";
    private int finished;
    private long nanos;

    private final ArchiverView view = new ArchiverView(
            new ArchiverView.Primary() {
                @Override
                public String lastArchived() {
                    return lastArchived;
                }

                @Override
                public void finishSegment() {
                    finished++;
                    lastArchived = LAST.next().fileName();
                }
            },
            new WaitingTime() {
                @Override
                public long nanos() {
                    return nanos;
                }

                @Override
                public void pause(Duration duration) {
                    nanos += duration.toNanos();
                }
            });

    @Test
    void what_comes_after_a_segment_shows_that_it_was_archived() throws IOException {
        assertThat(view.hasArchived(LAST)).isFalse();
        lastArchived = "000000010000000000000009";
        assertThat(view.hasArchived(LAST)).isFalse();
        lastArchived = LAST.fileName();
        assertThat(view.hasArchived(LAST)).isTrue();
        lastArchived = NOTE;
        assertThat(view.hasArchived(LAST)).as("it was seen").isTrue();
        assertThat(finished).isZero();
    }

    @Test
    void a_note_that_was_archived_after_the_last_segment_does_not_hide_it_for_ever() throws IOException {
        lastArchived = NOTE;
        for (int second = 0; second < 3; second++) {
            assertThat(view.hasArchived(LAST)).isFalse();
            assertThat(finished).isZero();
            nanos += Duration.ofSeconds(1).toNanos();
        }
        assertThat(view.hasArchived(LAST)).isFalse();
        assertThat(finished).isEqualTo(1);
        assertThat(view.hasArchived(LAST)).isTrue();
    }

    @Test
    void only_one_segment_is_finished_for_it() throws IOException {
        lastArchived = NOTE;
        for (int second = 0; second < 20; second++) {
            view.hasArchived(LAST);
            lastArchived = NOTE;
            nanos += Duration.ofSeconds(1).toNanos();
        }
        assertThat(finished).isEqualTo(1);
    }
}
