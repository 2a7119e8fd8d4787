package org.pgagent.cases;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.pgagent.kit.ResidentProgram.Outcome;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupKind;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.Pin;
import org.pgagent.repository.SampleRecord;

/** A repository of years, in a store that counts what it is asked. */
final class ManyBackupsIT {
    private static final int BACKUPS = 3_000;
    private static final int PAGE = 1_000;
    private static final Instant FIRST = Instant.parse("2025-01-01T00:00:00Z");

    private static final Repository REPOSITORY = Repository.shared();
    private static final String NAME = "many-backups";

    private static BackupRecord record(int number) {
        String id =
                BackupId.of(FIRST.plusSeconds(3600L * number), BackupKind.FULL).toString();
        Lsn start = new Lsn(0x1000000L * (number + 1));
        return SampleRecord.of(id, new Timeline(1), start, new Lsn(start.value() + 1000), WalSegmentSize.DEFAULT);
    }

    @Test
    void show_asks_for_a_page_a_thousand_backups_and_for_little_else() throws Exception {
        BackupRecords records = new BackupRecords(REPOSITORY.store(), Repository.keys(NAME));
        create(records);
        records.refreshIndex();
        records.change(record(5).id(), found -> found.withPin(new Pin(null, "audit")));

        long before = REPOSITORY.server().requestCount();
        Outcome shown = REPOSITORY.run("show", "--cluster", NAME);

        assertThat(shown.status()).as(shown.err()).isZero();
        assertThat(shown.out().lines()).hasSize(BACKUPS + 2);
        int pages = BACKUPS / PAGE;
        int indexAndTheOneThatHasChanged = 2;
        int restorePoints = 1;
        assertThat(REPOSITORY.server().requestCount() - before)
                .isEqualTo(pages + indexAndTheOneThatHasChanged + restorePoints);
    }

    private static void create(BackupRecords records) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<?>> created = new ArrayList<>();
            for (int number = 0; number < BACKUPS; number++) {
                BackupRecord record = record(number);
                created.add(threads.submit(() -> records.create(record)));
            }
            for (Future<?> one : created) {
                one.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }
}
