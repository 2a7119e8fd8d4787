package org.pgagent.cases;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.pgagent.kit.FaultyWire;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.ResidentProgram.Outcome;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.repository.BackupId;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.WriteCondition;

/** Recoveries that do not come to a good end by themselves: what is said beforehand, and what the server does. */
final class RecoveryTroubleIT {
    private static final String NAME = "trouble";

    private static final Repository REPOSITORY = Repository.shared();
    private static PostgresCluster cluster;
    private static BackupId backup;
    private static String afterFirst;
    private static String afterSecond;

    /** A backup, and two segments after it with a row in each. */
    @BeforeAll
    static void start() {
        cluster = REPOSITORY
                .archiving(PostgresSetup.ofVersion(13).withWalSegmentMiB(1).withSetting("autovacuum", "off"), NAME)
                .start();
        cluster.sql("CREATE TABLE t (i int)");
        backup = REPOSITORY.backup(cluster, NAME).id();
        cluster.sql("INSERT INTO t VALUES (1)");
        afterFirst = cluster.archiveWal();
        cluster.sql("INSERT INTO t VALUES (2)");
        afterSecond = cluster.archiveWal();
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    private static List<List<String>> rows(PostgresCluster recovered) {
        return recovered.sql("SELECT i FROM t ORDER BY i");
    }

    private static ObjectKey keyOf(String segment) {
        return Repository.keys(NAME).walFile(segment);
    }

    /** Takes an object away for as long as something runs. */
    private static void without(String segment, Runnable meanwhile) throws IOException {
        ObjectKey key = keyOf(segment);
        byte[] content = REPOSITORY.store().getSmall(key, 1 << 24).bytes();
        REPOSITORY.store().delete(List.of(key));
        try {
            meanwhile.run();
        } finally {
            REPOSITORY.store().put(key, ByteBuffer.wrap(content), WriteCondition.ifAbsent());
        }
    }

    /** Case 6. */
    @Test
    void a_restore_point_that_never_was_stops_the_server_with_the_reason() {
        try (RestoredCluster restored = REPOSITORY.restore(NAME, "--target-name", "never made")) {
            assertThat(restored.cluster().startUntilFailure())
                    .contains("recovery ended before configured recovery target was reached");
            assertThat(restored.dataDirectory().resolve("recovery.signal")).exists();
        }
    }

    /** Case 8. */
    @Test
    void a_time_after_the_last_commit_is_warned_of_with_what_the_server_will_say() {
        String soon = cluster.value("SELECT to_char(now() AT TIME ZONE 'UTC' + interval '5 minutes',"
                + " 'YYYY-MM-DD HH24:MI:SS') || '+00'");

        try (RestoredCluster restored = REPOSITORY.restore(NAME, "--target-time", soon)) {
            assertThat(restored.outcome().out())
                    .contains("Warning")
                    .contains("'recovery ended before configured recovery target was reached'");
            assertThat(restored.cluster().startUntilFailure())
                    .contains("recovery ended before configured recovery target was reached");
        }
    }

    /** Case 8. */
    @Test
    void a_time_long_after_the_last_segment_is_refused() {
        Outcome outcome = REPOSITORY.restoreInto(
                cluster.socketDirectory().resolve("never"), NAME, "--target-time", "2199-01-01 00:00:00+00");

        assertThat(outcome.status()).isEqualTo(51);
        assertThat(outcome.err()).contains("lies after what can be reached").contains("hint: ");
        assertThat(cluster.socketDirectory().resolve("never")).doesNotExist();
    }

    /** Case 20: a store that answers with errors is no end of the archive. */
    @Test
    void a_store_in_trouble_stops_the_server_which_goes_on_later() {
        try (FaultyWire wire = FaultyWire.to(REPOSITORY.server().endpoint());
                RestoredCluster restored =
                        REPOSITORY.restore(NAME, "--endpoint", wire.endpoint().toString(), "--retries", "0")) {
            PostgresCluster recovering = restored.cluster();
            for (FaultyWire.Fault fault : List.of(
                    FaultyWire.error("503 Slow Down", "SlowDown", ""),
                    FaultyWire.error("500 Internal Server Error", "InternalError", ""),
                    new FaultyWire.Fault.CutAnswer(100, FaultyWire.Ending.RESET),
                    new FaultyWire.Fault.LostAnswer())) {
                wire.breakNext("^GET .*/" + afterSecond, fault);

                assertThat(recovering.startUntilFailure()).as(fault.toString()).contains("could not restore file");
                wire.requireAllHit();
            }
            assertThat(rows(restored.recover())).isEqualTo(List.of(List.of("1"), List.of("2")));
        }
    }

    /** Case 20: neither is one that does not answer at all. */
    @Test
    void a_silent_store_stops_the_server_in_time() {
        try (FaultyWire wire = FaultyWire.to(REPOSITORY.server().endpoint());
                RestoredCluster restored = REPOSITORY.restore(
                        NAME, "--endpoint", wire.endpoint().toString(), "--retries", "0", "--request-timeout", "2s")) {
            wire.breakNext("^GET .*/" + afterFirst, new FaultyWire.Fault.Silence());

            assertThat(restored.cluster().startUntilFailure()).contains("could not restore file");
            assertThat(rows(restored.recover())).isEqualTo(List.of(List.of("1"), List.of("2")));
        }
    }

    /** Case 21. */
    @Test
    void a_segment_missing_after_the_backup_ends_what_can_be_reached_and_is_told() throws IOException {
        without(afterFirst, () -> {
            try (RestoredCluster restored = REPOSITORY.restore(NAME)) {
                assertThat(restored.outcome().out())
                        .contains("Warning")
                        .contains("there is a gap in the archive: segment " + afterFirst + " is missing");
                assertThat(rows(restored.recover())).isEmpty();
            }
        });
        try (RestoredCluster restored = REPOSITORY.restore(NAME)) {
            assertThat(restored.outcome().out()).doesNotContain("gap");
            assertThat(rows(restored.recover())).isEqualTo(List.of(List.of("1"), List.of("2")));
        }
    }

    /** Case 22. */
    @Test
    void a_segment_missing_within_the_backup_makes_it_useless() throws IOException {
        String needed = WalSegment.containing(
                        REPOSITORY.stored(NAME, backup).record().start().timeline(),
                        REPOSITORY.stored(NAME, backup).record().start().lsn(),
                        new WalSegmentSize(1 << 20))
                .fileName();

        without(needed, () -> {
            Outcome outcome = REPOSITORY.restoreInto(cluster.socketDirectory().resolve("never"), NAME);

            assertThat(outcome.status()).isEqualTo(22);
            assertThat(outcome.err())
                    .contains("lacks the WAL segment " + needed)
                    .contains("hint: ");
            assertThat(cluster.socketDirectory().resolve("never")).doesNotExist();
            assertThat(detail()).containsPattern("Status +OK").containsPattern("WAL missing +" + needed);
        });
        assertThat(detail()).doesNotContain("missing");
    }

    private static String detail() {
        Outcome show = REPOSITORY.run("show", "--cluster", NAME, backup.value());
        assertThat(show.status()).as(show.output()).isZero();
        return show.out();
    }
}
