package org.pgagent.cases;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgagent.kit.PostgresBinaries;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.Workload;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.ChangedBy;

/** Servers that summarize their WAL at times. */
final class SummarizingIT {
    private static final Repository REPOSITORY = Repository.shared();
    private static final int SUMMARIES_SINCE = 17;

    static List<Integer> summarizing() {
        return PostgresBinaries.majors().stream()
                .filter(major -> major >= SUMMARIES_SINCE)
                .toList();
    }

    private static void summarize(PostgresCluster cluster, String onOrOff) {
        cluster.sql("ALTER SYSTEM SET summarize_wal = " + onOrOff);
        cluster.reload();
    }

    @ParameterizedTest
    @MethodSource("summarizing")
    void summaries_that_were_off_for_a_while_are_used_only_where_they_have_no_gap(int major) {
        String name = "attimes" + major;
        PostgresSetup setup = PostgresSetup.ofVersion(major)
                .withWalSegmentMiB(1)
                .withSetting("autovacuum", "off")
                .withSetting("min_wal_size", "2MB")
                .withSetting("summarize_wal", "on");
        try (PostgresCluster cluster = REPOSITORY.archiving(setup, name).start()) {
            BackupChain chain = new BackupChain(cluster, name);
            Workload workload = new Workload(cluster, 0.5);
            workload.create(1000);
            chain.takeFull();

            workload.churn();
            summarize(cluster, "off");
            workload.churn();
            BackupRecord off = chain.takeIncremental(ChangedBy.LSN);
            assertThat(off.parent().reasons().toString()).contains("summaries: summarize_wal is off");

            // The server has kept the WAL since that backup, and makes up for it.
            workload.churn();
            summarize(cluster, "on");
            workload.addOrders(300);
            BackupRecord on = chain.takeIncremental(ChangedBy.SUMMARIES);

            summarize(cluster, "off");
            workload.churn();
            loseWal(cluster, on);
            summarize(cluster, "on");
            workload.churn();
            BackupRecord gap = chain.takeIncremental(ChangedBy.LSN);
            assertThat(gap.parent().reasons().toString()).contains("summaries: there is no WAL summary of ");

            workload.addOrders(300);
            chain.takeIncremental(ChangedBy.SUMMARIES);
            chain.requireRestorableFrom(1);
        }
    }

    /** Waits until the server has removed what nobody has summarized. */
    private static void loseWal(PostgresCluster cluster, BackupRecord since) {
        WalSegment first = WalSegment.containing(
                since.start().timeline(),
                since.start().lsn(),
                new WalSegmentSize(since.source().walSegmentSize()));
        for (int i = 0; i < 2; i++) {
            cluster.archiveWal();
            cluster.sql("CHECKPOINT");
        }
        cluster.awaitTrue("SELECT count(*) = 0 FROM pg_ls_waldir() WHERE name = '" + first.fileName() + "'");
    }
}
