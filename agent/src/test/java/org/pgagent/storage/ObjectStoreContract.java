package org.pgagent.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** All that the javadoc of {@link ObjectStore} promises, asked of every implementation. */
public abstract class ObjectStoreContract extends CreationContract {
    @Test
    void no_update_is_lost() throws Exception {
        int increments = 10;
        putText(KEY.value(), "0");

        together(() -> {
            int done = 0;
            while (done < increments) {
                ObjectContent before = store().getSmall(KEY, 10);
                int next = Integer.parseInt(new String(before.bytes(), UTF_8)) + 1;
                if (written(KEY, Integer.toString(next), WriteCondition.ifUnchanged(before.etag()))
                        .isPresent()) {
                    done++;
                }
            }
            return done;
        });

        assertThat(readText(KEY)).isEqualTo(Integer.toString(WRITERS * increments));
    }
}
