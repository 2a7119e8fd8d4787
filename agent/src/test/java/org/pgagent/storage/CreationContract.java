package org.pgagent.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What {@link ObjectStore} promises to writers that create the same object at the same time. */
public abstract class CreationContract extends ListingContract {
    @Test
    void of_many_creators_at_once_one_wins() throws Exception {
        for (int round = 0; round < 5; round++) {
            ObjectKey key = new ObjectKey("main/round-" + round);

            List<Optional<String>> winners = together(() -> {
                String me = Thread.currentThread().getName();
                return written(key, me, WriteCondition.ifAbsent());
            });

            assertThat(winners.stream().flatMap(Optional::stream))
                    .singleElement()
                    .isEqualTo(readText(key));
        }
    }
}
