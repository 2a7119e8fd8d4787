package org.pgagent.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgagent.repository.BackupState.CORRUPT;
import static org.pgagent.repository.BackupState.ERROR;

import java.io.IOException;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.pgagent.kit.FaultyObjectStore;
import org.pgagent.kit.FaultyObjectStore.Fault;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.Validation.Depth;

/** What a failed backup has stored and a complete one has taken, and that is found damaged: no other backup may take it, too. */
final class DamagedLeftoversTest extends ValidationTestCase {
    @BeforeEach
    void the_child_has_taken_what_a_failed_one_has_stored() throws IOException {
        three();
        changeFull(record -> running(FULL, null).withState(ERROR, "a test let it fail"));
    }

    private void changeFull(UnaryOperator<BackupRecord> change) throws IOException {
        BackupRecords.Versioned there = records().read(FULL).orElseThrow();
        records().replace(there, change.apply(there.record()));
    }

    @Test
    void wherever_a_validation_is_killed_nobody_sees_the_damage_before_that_is_said() throws IOException {
        int calls = 0;
        for (int call = 0; call <= calls; call++) {
            the_child_has_taken_what_a_failed_one_has_stored();
            assertThat(record(FULL).resumable()).isTrue();
            flip(KEYS.pack(SHARED), 10);
            FaultyObjectStore faulty = FaultyObjectStore.failing(store, call, Fault.KILLED);
            try {
                validate(faulty, all(Depth.DEEP));
            } catch (IOException e) {
                assertThat(e).hasMessageContaining("a test");
            }
            if (state(CHILD) == CORRUPT) {
                assertThat(record(FULL).resumable()).as("killed at " + call).isFalse();
            }
            calls = Math.max(calls, faulty.calls().size());
        }
        assertThat(record(FULL).damagedAt()).isEqualTo(clock.instant());
        assertThat(record(FULL).state()).isEqualTo(ERROR);
    }

    /** It uses the failed one's packs already. */
    @Test
    void also_one_that_a_removal_has_put_back_for_a_backup_that_runs_is_told_of() throws IOException {
        changeFull(record -> record.touched("nonce"));
        flip(KEYS.pack(SHARED), 10);

        validate(all(Depth.DEEP));

        assertThat(record(FULL).damagedAt()).isEqualTo(clock.instant());
        assertThat(record(FULL).nonce()).isEqualTo("nonce");
    }

    @Test
    void a_failed_one_whose_record_cannot_be_read_hides_no_damage() throws IOException {
        overwrite(KEYS.backupRecord(FULL), new byte[] {'{'});
        flip(KEYS.pack(SHARED), 10);

        validate(all(Depth.DEEP));

        assertThat(state(CHILD)).isEqualTo(CORRUPT);
    }

    /** Whoever goes on with the others lists what is there. */
    @Test
    void a_missing_pack_says_nothing_of_the_others() throws IOException {
        store.delete(List.of(KEYS.pack(SHARED)));

        validate(all(Depth.QUICK));

        assertThat(state(CHILD)).isEqualTo(CORRUPT);
        assertThat(record(FULL).resumable()).isTrue();
    }
}
