package org.pgagent.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgagent.repository.BackupState.CORRUPT;
import static org.pgagent.repository.BackupState.OK;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.pgagent.catalog.ValidationOutcome.Verdict;
import org.pgagent.repository.Validation.Depth;

/** For how long, and how far, a proof is trusted. */
final class TrustedBackupsTest extends ValidationTestCase {
    @BeforeEach
    void three_backups() throws IOException {
        three();
    }

    @Test
    void what_was_found_whole_not_long_ago_is_left_out_and_said() throws IOException {
        ValidationChoice weekly = only(Depth.QUICK);
        validate(weekly);
        clock.advance(Duration.ofDays(6));
        assertThat(validate(weekly).with(Verdict.TRUSTED)).containsExactly(OTHER, CHILD, FULL);
        assertThat(validate(only(Depth.DEEP)).with(Verdict.WHOLE)).containsExactly(OTHER, CHILD, FULL);
        clock.advance(Duration.ofDays(6));
        assertThat(validate(weekly).with(Verdict.TRUSTED)).containsExactly(OTHER, CHILD, FULL);
        validate(all(Depth.QUICK)); // takes nothing from the deeper proof
        assertThat(validate(only(Depth.DEEP)).with(Verdict.TRUSTED)).hasSize(3);
        clock.advance(Duration.ofDays(1));
        assertThat(validate(only(Depth.DEEP)).with(Verdict.WHOLE)).hasSize(3);
    }

    @Test
    void a_pack_that_is_missing_is_found_however_new_the_proof() throws IOException {
        validate(only(Depth.QUICK));
        store.delete(List.of(KEYS.pack(SHARED)));

        ValidationReport report = validate(only(Depth.QUICK));

        requireStates(CORRUPT, CORRUPT, OK);
        assertThat(report.with(Verdict.TRUSTED)).containsExactly(OTHER);
    }

    @Test
    void a_trusted_backup_that_lacks_a_pack_is_not_read_for_it() throws IOException {
        validate(all(Depth.DEEP));
        store.delete(List.of(KEYS.pack(SHARED)));

        ValidationReport report = validate(only(Depth.DEEP));

        requireStates(CORRUPT, CORRUPT, OK);
        assertThat(proof(CHILD).depth()).isEqualTo(Depth.QUICK);
        assertThat(proof(CHILD).bytesRead()).isLessThan(10_000);
        assertThat(report.with(Verdict.TRUSTED)).containsExactly(OTHER);
    }
}
