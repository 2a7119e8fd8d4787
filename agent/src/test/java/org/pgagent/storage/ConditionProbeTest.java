package org.pgagent.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.FaultyObjectStore;
import org.pgagent.kit.MemoryObjectStore;

final class ConditionProbeTest {
    private final MemoryObjectStore memory = new MemoryObjectStore();

    private static ConditionProbe probe(ObjectStore store) {
        return new ConditionProbe(store, "", new Random(1));
    }

    private void assertNothingLeft() {
        assertThat(memory.list("", ListDepth.ALL, Optional.empty()).objects()).isEmpty();
        assertThat(memory.unfinishedUploads("")).isEmpty();
    }

    @Test
    void recognises_a_store_that_ignores_conditions() throws IOException {
        assertThat(probe(new ConditionIgnoringStore(memory)).run()).isEqualTo(ConditionSupport.IGNORED);
        assertNothingLeft();
    }

    @Test
    void recognises_a_store_that_refuses_conditions() throws IOException {
        FaultyObjectStore refusing = FaultyObjectStore.failing(memory, 0, FaultyObjectStore.Fault.DENIED);

        assertThat(probe(refusing).run()).isEqualTo(ConditionSupport.IGNORED);
        assertNothingLeft();
    }

    @Test
    void with_head_compare_put_a_store_looks_as_if_it_honoured_conditions() throws IOException {
        ObjectStore store = new HeadComparePutObjectStore(new ConditionIgnoringStore(memory));

        assertThat(probe(store).run()).isEqualTo(ConditionSupport.HONOURED);
        assertNothingLeft();
    }

    @Test
    void cleans_up_and_passes_on_what_went_wrong() throws IOException {
        int calls = countCalls();
        for (int call = 0; call < calls - 1; call++) {
            FaultyObjectStore failing = FaultyObjectStore.failing(memory, call, FaultyObjectStore.Fault.FAILED_AFTER);

            assertThatExceptionOfType(PgAgentException.class)
                    .isThrownBy(() -> probe(failing).run())
                    .satisfies(e -> assertThat(e.kind()).isEqualTo(ErrorKind.STORE_FAILED));
            failing.requireHit();
            assertThat(memory.list("", ListDepth.ALL, Optional.empty()).objects())
                    .isEmpty();
        }
    }

    private int countCalls() throws IOException {
        FaultyObjectStore counting = FaultyObjectStore.counting(memory);
        probe(counting).run();
        return counting.calls().size();
    }
}
