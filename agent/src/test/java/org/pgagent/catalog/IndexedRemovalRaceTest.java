package org.pgagent.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Set;
import java.util.TreeSet;
import org.pgagent.postgres.Timeline;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupState;
import org.pgagent.storage.ObjectKey;

/** The same with so many records that they are read from the index, which is older than what happens. */
final class IndexedRemovalRaceTest extends BackupRemovalRaceTest {
    private static final int DAMAGED = 6;
    private static final String DAMAGED_DAY = "20261031";

    @Override
    void usual() throws IOException {
        super.usual();
        for (int hour = 0; hour < DAMAGED; hour++) {
            BackupId id = new BackupId(DAMAGED_DAY + "T0" + hour + "0000Z-F");
            store(complete(running(id, null), new Timeline(1), 0).withState(BackupState.CORRUPT, "found so"));
        }
        records().refreshIndex();
        assertThat(store.head(new ObjectKey("main/records.jsonl.gz"))).isPresent();
    }

    @Override
    Set<String> keys() throws IOException {
        Set<String> keys = new TreeSet<>(super.keys());
        keys.removeIf(key -> key.startsWith(DAMAGED_DAY));
        return keys;
    }
}
