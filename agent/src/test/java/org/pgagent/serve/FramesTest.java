package org.pgagent.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgagent.serve.Frames.MalformedFrameException;

class FramesTest {
    private static final AgentRequest REQUEST = new AgentRequest(
            AgentRequest.Verb.WAL_FETCH,
            List.of("00000001000000000000000A", "/data/pg wal/R\u00c9COVERY\nXLOG"),
            List.of("--bucket", "b", "--standby"),
            List.of("PGAGENT_CLUSTER=x=y"));

    private static AgentRequest read(byte[] bytes) throws IOException {
        return AgentRequest.read(new ByteArrayInputStream(bytes));
    }

    @Test
    void a_request_comes_back_as_it_was() throws IOException {
        assertThat(read(REQUEST.toFrame())).isEqualTo(REQUEST);
    }

    @Test
    void a_request_begins_as_the_protocol_says() {
        byte[] frame = AgentRequest.plain(AgentRequest.Verb.STATUS).toFrame();

        assertThat(frame).containsExactly(0, 0, 0, 8, 1, 3, 0, 0, 0, 0, 0, 0);
    }

    @Test
    void an_answer_comes_back_as_it_was() throws IOException {
        for (AgentAnswer answer : List.of(
                new AgentAnswer.Working(),
                new AgentAnswer.Leaving(),
                new AgentAnswer.Done(0, ""),
                new AgentAnswer.Done(143, "pgagent: error: \u00fc\nhint: none\n"))) {
            assertThat(AgentAnswer.read(new ByteArrayInputStream(answer.toFrame())))
                    .isEqualTo(answer);
        }
    }

    @Test
    void a_long_message_is_cut_off_and_still_arrives() throws IOException {
        AgentAnswer answer = new AgentAnswer.Done(1, "\u20ac".repeat(100_000));

        assertThat(AgentAnswer.read(new ByteArrayInputStream(answer.toFrame())))
                .isInstanceOfSatisfying(
                        AgentAnswer.Done.class,
                        done -> assertThat(done.message())
                                .startsWith("\u20ac\u20ac")
                                .hasSizeGreaterThan(10_000));
    }

    @Test
    void a_request_that_ends_too_early_is_none() {
        byte[] frame = REQUEST.toFrame();
        for (int length = 0; length < frame.length; length++) {
            byte[] cut = Arrays.copyOf(frame, length);
            assertThatThrownBy(() -> read(cut)).isInstanceOf(EOFException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Frames.BYTES_MAX + 1, Integer.MAX_VALUE, Integer.MIN_VALUE})
    void a_length_that_no_frame_has_is_refused(int length) {
        byte[] bytes = ByteBuffer.allocate(8).putInt(length).array();

        assertThatThrownBy(() -> read(bytes)).isInstanceOf(MalformedFrameException.class);
    }

    @Test
    void whatever_is_changed_in_a_request_it_is_read_or_refused() throws IOException {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        byte[] frame = REQUEST.toFrame();
        int understood = 0;
        for (int round = 0; round < 200_000; round++) {
            byte[] changed = frame.clone();
            for (int i = random.nextInt(4); i >= 0; i--) {
                changed[4 + random.nextInt(changed.length - 4)] = (byte) random.nextInt();
            }
            try {
                read(changed);
                understood++;
            } catch (MalformedFrameException e) {
                // refused, as it should be
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + ", round " + round, e);
            }
        }
        assertThat(understood).isPositive();
    }
}
