package org.pgagent.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.Timeline;
import org.pgagent.restore.RecoveryTarget.AtName;
import org.pgagent.restore.RecoveryTarget.AtTime;
import org.pgagent.restore.RecoveryTarget.AtXid;
import org.pgagent.restore.RecoveryTarget.Edge;
import org.pgagent.restore.RecoveryTarget.Setting;

final class RecoveryTargetTest {
    @ParameterizedTest
    @CsvSource({
        "2026-11-22 05:55:00+00, 2026-11-22 05:55:00+00",
        "2026-11-22T05:55:00Z, 2026-11-22 05:55:00+00",
        "2026-11-22 05:55Z, 2026-11-22 05:55:00+00",
        "2026-11-22 06:55:00.123456+01, 2026-11-22 05:55:00.123456+00",
        "2026-11-22 00:25:00.5 -05:30, 2026-11-22 05:55:00.5+00",
        "2026-11-22T11:25:00+0530, 2026-11-22 05:55:00+00",
    })
    void a_time_is_written_in_utc_with_its_offset(String text, String value) {
        assertThat(AtTime.parse(text, Edge.INCLUSIVE).setting()).contains(new Setting("recovery_target_time", value));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2026-11-22 05:55:00",
                "2026-02-30 05:55:00+00",
                "yesterday",
                "2026-11-22 05:55:00.1234567+00",
                "05:55:00+00",
                "2026-11-22 25:00:00+00"
            })
    void a_time_that_is_ambiguous_or_none_is_refused_with_a_good_one(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AtTime.parse(text, Edge.INCLUSIVE))
                .withMessageContaining(text)
                .withMessageContaining("2026-11-22 05:55:00+00");
    }

    @Test
    void postgresql_knows_no_nanoseconds() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new AtTime(Instant.parse("2026-11-22T05:55:00.000000001Z"), Edge.INCLUSIVE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "2", "-5", "4294967297", "7f", "99999999999999999999"})
    void what_is_no_transaction_is_refused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> AtXid.parse(text, Edge.INCLUSIVE));
    }

    @Test
    void transactions_are_compared_with_and_without_their_epoch() throws Exception {
        var stop = new SampleBackup("20261122T055500Z-F", 15)
                .nextXid(0x1_0000_0100L)
                .stop();

        assertThat(AtXid.parse("4294967551", Edge.INCLUSIVE).comesAfter(stop)).isFalse();
        assertThat(AtXid.parse("4294967552", Edge.INCLUSIVE).comesAfter(stop)).isTrue();
        assertThat(AtXid.parse("255", Edge.INCLUSIVE).comesAfter(stop)).isFalse();
        assertThat(AtXid.parse("256", Edge.INCLUSIVE).comesAfter(stop)).isTrue();
        assertThat(AtXid.parse("4294967295", Edge.INCLUSIVE).comesAfter(stop)).isFalse();
    }

    @Test
    void a_name_has_at_most_63_bytes() {
        assertThat(new AtName("é".repeat(31)).setting()).isPresent();
        assertThatIllegalArgumentException().isThrownBy(() -> new AtName("é".repeat(32)));
        assertThatIllegalArgumentException().isThrownBy(() -> new AtName(""));
        assertThatIllegalArgumentException().isThrownBy(() -> new AtName("a\nb"));
    }

    @Test
    void one_target_is_one_and_none_is_the_end_of_wal() throws PgAgentException {
        AtName name = new AtName("before");

        assertThat(RecoveryTarget.only(List.of(name))).isEqualTo(name);
        assertThat(RecoveryTarget.only(List.of()).setting()).isEqualTo(Optional.empty());
    }

    @Test
    void a_target_says_what_it_is() {
        assertThat(new AtName("rp").describe()).isEqualTo("name rp");
        assertThat(new RecoveryTarget.AtLsn(Lsn.parse("1/A"), Edge.EXCLUSIVE).describe())
                .isEqualTo("lsn 1/A, exclusive");
        assertThat(new RecoveryTarget.EndOfWal().describe()).isEqualTo("end of WAL");
    }

    @Test
    void a_target_timeline_is_read_as_postgresql_reads_it() {
        assertThat(TargetTimeline.parse("0xA")).isEqualTo(new TargetTimeline.Numbered(new Timeline(10)));
        assertThat(TargetTimeline.parse("latest")).hasToString("latest");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TargetTimeline.parse("newest"))
                .withMessageContaining("current, latest, 3, 0xA");
    }
}
