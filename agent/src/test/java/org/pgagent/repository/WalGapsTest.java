package org.pgagent.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.MemoryObjectStore;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.SegmentRange;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.WriteCondition;

final class WalGapsTest {
    private static final WalSegmentSize SIZE = WalSegmentSize.DEFAULT;
    private static final ClusterKeys KEYS = new ClusterKeys(new ClusterName("main"));
    private static final TimelineHistory FIRST = TimelineHistory.withoutAncestors(Timeline.FIRST);
    private static final TimelineHistory SECOND = new TimelineHistory(
            new Timeline(2),
            List.of(new TimelineHistory.Entry(Timeline.FIRST, segment(1, 0x10A).start(), "")));

    private final MemoryObjectStore store = new MemoryObjectStore();
    private final WalGaps gaps = new WalGaps(store, KEYS);

    private static WalSegment segment(long timeline, long number) {
        return new WalSegment(new Timeline(timeline), number, SIZE);
    }

    private static SegmentRange range(long timeline, long first, long last) {
        return new SegmentRange(segment(timeline, first), segment(timeline, last));
    }

    private void note(SegmentRange gap, String host) throws IOException {
        gaps.record(gap, WalGap.of(gap, Instant.parse("2026-11-25T06:00:00Z"), host));
    }

    private void put(String key, String content) throws IOException {
        store.put(
                new ObjectKey(key), ByteBuffer.wrap(content.getBytes(StandardCharsets.UTF_8)), WriteCondition.always());
    }

    @Test
    void a_note_looks_as_the_format_says_and_the_first_one_stays() throws IOException {
        note(range(1, 0xFE, 0x101), "one.example");
        note(range(1, 0xFE, 0x101), "two.example");

        String key = "main/wal/gaps/0000000100000000000000FE-000000010000000100000001.json";
        assertThat(new String(store.getSmall(new ObjectKey(key), 1 << 16).bytes(), StandardCharsets.UTF_8))
                .isEqualTo("""
                {
                  "format" : 1,
                  "timeline" : 1,
                  "first" : "0000000100000000000000FE",
                  "last" : "000000010000000100000001",
                  "found_at" : "2026-11-25T06:00:00Z",
                  "found_by" : "one.example"
                }
                """);
        assertThat(gaps.recorded(SIZE)).containsExactly(range(1, 0xFE, 0x101));
    }

    @Test
    void other_objects_are_no_notes() throws IOException {
        put("main/wal/gaps/readme.txt", "x");
        put("main/wal/gaps/000000010000000000000003.json", "x");
        put("main/wal/gaps/000000010000000000000004-000000010000000000000003.json", "x");
        put("main/wal/gaps/000000010000000000000003-000000020000000000000004.json", "x");
        put("main/wal/gaps/0000000100000000000FFFFF-0000000100000000000FFFFF.json", "x");

        assertThat(gaps.recorded(SIZE)).isEmpty();
        assertThat(gaps.openSince(Lsn.ZERO, FIRST, SIZE)).isEmpty();
    }

    @Test
    void a_note_that_cannot_be_read_still_counts_by_its_name() throws IOException {
        put("main/wal/gaps/000000010000000000000003-000000010000000000000004.json", "{");

        assertThat(gaps.openSince(Lsn.ZERO, FIRST, SIZE)).containsExactly(range(1, 3, 4));
        assertThatThrownBy(() -> gaps.find(range(1, 3, 4)))
                .extracting(e -> ((PgAgentException) e).kind())
                .isEqualTo(ErrorKind.CORRUPTED);
        assertThat(gaps.find(range(1, 3, 3))).isEmpty();
    }

    @Test
    void open_is_what_a_replay_would_ask_for_and_not_find() throws IOException {
        note(range(1, 3, 4), "a"); // before
        note(range(1, 0x80, 0x83), "a");
        note(range(1, 0x82, 0x85), "a"); // found again, grown
        note(range(1, 0x108, 0x10C), "a"); // beyond the switch in 10A
        note(range(2, 0x10A, 0x10B), "a");
        note(range(3, 0x90, 0x91), "a"); // on another branch
        put(KEYS.walFile(segment(1, 0x83).fileName()).value(), "x".repeat(WalObjectHeader.BYTES + 1));

        Lsn from = segment(1, 0x81).start().plus(40);

        assertThat(gaps.openSince(from, SECOND, SIZE))
                .containsExactly(
                        range(1, 0x81, 0x82), range(1, 0x84, 0x85), range(1, 0x108, 0x109), range(2, 0x10A, 0x10B));
        assertThat(gaps.openSince(from, FIRST, SIZE))
                .containsExactly(range(1, 0x81, 0x82), range(1, 0x84, 0x85), range(1, 0x108, 0x10C));
        assertThat(gaps.openSince(segment(1, 0x200).start(), SECOND, SIZE)).isEmpty();
    }
}
