package org.pgagent.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.pgagent.catalog.ChunkedBackups.files;
import static org.pgagent.repository.BackupState.CORRUPT;
import static org.pgagent.repository.BackupState.OK;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.pgagent.error.Cancellation;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.PackId;
import org.pgagent.repository.Validation.Depth;

/** A compaction that meets damage. */
final class DamagedCompactionTest extends ValidationTestCase {
    private Compaction.Result compact() throws IOException {
        return new Compaction(store, KEYS, removal(), new Compaction.Around(clock, new Cancellation())).run(95, WRITER);
    }

    @Test
    void one_damaged_chunk_stops_it_only_until_a_deep_validation_has_said_whose_that_is() throws IOException {
        three();
        backups.store(store, NEXT, OTHER, files(1, 3));
        delete(FULL);
        delete(OTHER);
        flip(KEYS.pack(SHARED), 10);
        assertThatExceptionOfType(PgAgentException.class)
                .isThrownBy(this::compact)
                .matches(e -> e.kind() == ErrorKind.CORRUPTED)
                .withMessageContaining(KEYS.pack(SHARED).value())
                .matches(e -> e.hint().contains("validate --deep"));
        assertThat(state(CHILD)).isEqualTo(OK);

        validate(all(Depth.DEEP));
        Compaction.Result result = compact();

        assertThat(state(CHILD)).isEqualTo(CORRUPT);
        assertThat(result.rewritten()).containsExactly(NEXT);
        assertThat(store.head(KEYS.pack(new PackId(OTHER, 0)))).isEmpty();
        flip(KEYS.pack(SHARED), 10);
        assertThat(backups.requireEveryByte(store, "afterwards")).isEqualTo(2);
    }

    /** Another pack in its place, which is whole by itself: no validation could tell the operator more of its index. */
    @Test
    void a_pack_that_does_not_know_what_is_needed_of_it_keeps_nobody_from_compacting_the_others() throws IOException {
        three();
        BackupId another = new BackupId("20261120T000000Z-F");
        backups.store(store, another, null, files(0, 10));
        backups.store(store, NEXT, another, files(8, 10));
        byte[] before = bytes(KEYS.pack(SHARED));
        byte[] other = bytes(KEYS.pack(new PackId(another, 0)));
        delete(FULL);
        delete(another);
        overwrite(KEYS.pack(SHARED), other);

        Compaction.Result result = compact();

        assertThat(result.rewritten()).containsExactly(NEXT);
        overwrite(KEYS.pack(SHARED), before);
        assertThat(backups.requireEveryByte(store, "afterwards")).isEqualTo(3);
    }
}
