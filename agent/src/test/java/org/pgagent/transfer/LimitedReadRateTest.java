package org.pgagent.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

final class LimitedReadRateTest {
    private static final long MIB = 1 << 20;

    private final VirtualTime time = new VirtualTime();

    /** Time that passes only while somebody waits. */
    private static final class VirtualTime implements PassingTime {
        private long nanos = 123;
        private long longestPause;

        @Override
        public long nanos() {
            return nanos;
        }

        @Override
        public void pause(Duration duration) {
            nanos += duration.toNanos();
            longestPause = Math.max(longestPause, duration.toNanos());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "65536, 1048576",
        "1048576, 1048576",
        "52428800, 1048576",
        "52428800, 8192",
        "1073741824, 1048576",
        "100, 7",
        "1099511627776, 16777216"
    })
    void bytes_take_as_long_as_the_rate_says(long rate, int piece) throws IOException {
        LimitedReadRate limit = new LimitedReadRate(rate, time);
        long wanted = 20 * rate;
        long begun = time.nanos();
        for (long read = 0; read < wanted; read += piece) {
            limit.read(piece);
        }
        double seconds = (time.nanos() - begun) / 1e9;

        assertThat(seconds).isBetween(19.8, 20.2 + (double) piece / rate);
    }

    @Test
    void a_slow_reader_never_waits_and_saves_up_no_more_than_a_tenth_of_a_second() throws IOException {
        LimitedReadRate limit = new LimitedReadRate(10 * MIB, time);
        for (int i = 0; i < 100; i++) {
            limit.read(MIB);
            time.pause(Duration.ofMillis(101));
        }
        time.longestPause = 0;
        time.nanos += Duration.ofHours(1).toNanos();
        limit.read(MIB);
        assertThat(time.longestPause).isZero();
        limit.read(MIB);
        assertThat(time.longestPause).isBetween(1L, Duration.ofMillis(101).toNanos());
    }

    @Test
    void waits_are_short_even_for_much() throws IOException {
        new LimitedReadRate(65536, time).read(16 * MIB);

        assertThat(time.nanos()).isGreaterThan(Duration.ofSeconds(250).toNanos());
        assertThat(time.longestPause).isLessThan(Duration.ofMillis(101).toNanos());
    }

    @Test
    void who_waits_is_let_go_when_all_ends() throws Exception {
        CountDownLatch waiting = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        LimitedReadRate limit = new LimitedReadRate(65536, new PassingTime() {
            @Override
            public long nanos() {
                return 0;
            }

            @Override
            public void pause(Duration duration) throws PgAgentException {
                waiting.countDown();
                try {
                    ended.await();
                } catch (InterruptedException e) {
                    throw new PgAgentException(ErrorKind.INTERRUPTED, "the test was interrupted", "", e);
                }
            }
        });
        FutureTask<Void> reading = new FutureTask<>(() -> {
            limit.read(MIB);
            return null;
        });
        new Thread(reading).start();
        waiting.await();
        limit.end();
        ended.countDown();

        assertThatThrownBy(() -> reading.get(10, TimeUnit.SECONDS)).hasMessageContaining("given up");
        assertThatThrownBy(() -> limit.read(1)).isInstanceOf(PgAgentException.class);
    }
}
