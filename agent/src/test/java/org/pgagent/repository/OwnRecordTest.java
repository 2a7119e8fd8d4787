package org.pgagent.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.Await;
import org.pgagent.kit.FaultyObjectStore;
import org.pgagent.kit.ManualClock;
import org.pgagent.kit.MemoryObjectStore;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.StoreRequest;

final class OwnRecordTest {
    private static final BackupId ID = new BackupId("20261122T055500Z-F");
    private static final Duration OFTEN = Duration.ofMillis(5);
    private static final Duration NEVER = Duration.ofHours(1);
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final ObjectStore store = new MemoryObjectStore();
    private final BackupRecords records = records(store);
    private final ManualClock clock = new ManualClock();

    private static BackupRecords records(ObjectStore store) {
        return new BackupRecords(store, new ClusterKeys(new ClusterName("main")));
    }

    private OwnRecord create(BackupRecords through, Duration renewEvery) throws IOException {
        BackupRecord begun =
                BackupRecord.running(ID, BackupKind.FULL, new BackupRecord.Writer("db1", 77, "test"), null);
        return OwnRecord.create(through, begun, clock, renewEvery);
    }

    private BackupRecord stored() throws IOException {
        return records.find(ID).orElseThrow();
    }

    private void giveUp() throws IOException {
        BackupRecords.Versioned there = records.read(ID).orElseThrow();
        records.replace(there, there.record().asOf(Instant.MAX));
    }

    @Test
    void a_running_backup_says_again_and_again_that_it_lives() throws IOException {
        try (OwnRecord own = create(records, OFTEN)) {
            for (int i = 0; i < 3; i++) {
                clock.advance(OwnRecord.TERM.dividedBy(2));
                Instant until = clock.instant().plus(OwnRecord.TERM);
                Await.until("renewed", LIMIT, () -> until.equals(stored().aliveUntil()));
                assertThat(stored().asOf(clock.instant()).state()).isEqualTo(BackupState.RUNNING);
            }
            own.requireOwn();
            assertThat(own.replace(own.record().withState(BackupState.DONE, null))
                            .aliveUntil())
                    .isNull();
        }
        assertThat(stored().state()).isEqualTo(BackupState.DONE);
        assertThat(stored().aliveUntil()).isNull();
    }

    @Test
    void the_end_says_why() throws IOException {
        try (OwnRecord own = create(records, NEVER)) {
            own.fail(new IOException("the disk is full"));
        }
        assertThat(stored().state()).isEqualTo(BackupState.ERROR);
        assertThat(stored().error()).isEqualTo("the disk is full");
    }

    private OwnRecord complete() throws IOException {
        OwnRecord own = create(records, NEVER);
        own.replace(own.record().withState(BackupState.DONE, null));
        return own;
    }

    private Validation quick() {
        return new Validation(clock.instant(), Validation.Depth.QUICK, "test", 0, null);
    }

    private void others(UnaryOperator<BackupRecord> change) throws IOException {
        BackupRecords.Versioned there = records.read(ID).orElseThrow();
        records.replace(there, change.apply(there.record()));
    }

    /** A backup that is complete is everybody's: another validation, a pin. */
    @Test
    void a_complete_one_is_ok_whoever_says_so_and_keeps_what_others_have_changed() throws IOException {
        try (OwnRecord own = complete()) {
            others(done -> done.withPin(new Pin(null, "keep")));
            assertThat(own.validated(quick()).state()).isEqualTo(BackupState.OK);
            assertThat(stored().pin().note()).isEqualTo("keep");
            assertThat(stored().validation()).isEqualTo(quick());
        }
    }

    @Test
    void a_complete_one_that_somebody_has_validated_stays_as_it_was_found() throws IOException {
        try (OwnRecord own = complete()) {
            Validation deep = new Validation(clock.instant(), Validation.Depth.DEEP, "other", 7, clock.instant());
            others(done -> done.validated(deep, null));
            assertThat(own.validated(quick()).validation()).isEqualTo(deep);
        }
    }

    @Test
    void what_others_have_found_or_do_is_never_overwritten() throws IOException {
        Validation deep = new Validation(Instant.EPOCH, Validation.Depth.DEEP, "other", 7, null);
        Map<UnaryOperator<BackupRecord>, ErrorKind> changes = Map.of(
                done -> done.validated(deep, "a pack is gone"),
                ErrorKind.CORRUPTED,
                done -> done.deleting("nonce", Instant.MAX),
                ErrorKind.OBJECT_CHANGED);
        for (Map.Entry<UnaryOperator<BackupRecord>, ErrorKind> change : changes.entrySet()) {
            store.delete(List.of(new ClusterKeys(new ClusterName("main")).backupRecord(ID)));
            try (OwnRecord own = complete()) {
                others(change.getKey());
                BackupRecord there = stored();
                assertThatThrownBy(() -> own.validated(quick())).isInstanceOfSatisfying(PgAgentException.class, e -> {
                    assertThat(e.kind()).isEqualTo(change.getValue());
                    own.fail(e);
                });
                assertThat(stored()).isEqualTo(there);
            }
        }
    }

    @Test
    void a_suspicion_is_said_whatever_others_say_that_is_less() throws IOException {
        Validation deep = Validation.of(clock.instant(), Validation.Depth.DEEP, "test");
        List<UnaryOperator<BackupRecord>> changes = List.of(
                done -> done.withPin(new Pin(null, "keep")),
                done -> done.validated(quick(), null),
                done -> done.validated(quick().withOnlyPacksMissing(), "a pack is gone"));
        for (UnaryOperator<BackupRecord> change : changes) {
            store.delete(List.of(new ClusterKeys(new ClusterName("main")).backupRecord(ID)));
            try (OwnRecord own = complete()) {
                others(change);
                BackupRecord there = stored();
                own.suspected(deep, "the parent is damaged");
                assertThat(stored()).isEqualTo(there.validated(deep, "the parent is damaged"));
                assertThat(stored().comparable()).isFalse();
            }
        }
    }

    @Test
    void a_suspicion_is_not_said_over_a_finding_or_a_deletion() throws IOException {
        Validation deep = Validation.of(Instant.EPOCH, Validation.Depth.DEEP, "other");
        List<UnaryOperator<BackupRecord>> changes = List.of(
                done -> done.validated(deep, "a chunk is damaged"), done -> done.deleting("nonce", Instant.MAX));
        for (UnaryOperator<BackupRecord> change : changes) {
            store.delete(List.of(new ClusterKeys(new ClusterName("main")).backupRecord(ID)));
            try (OwnRecord own = complete()) {
                others(change);
                BackupRecord there = stored();
                own.suspected(Validation.of(clock.instant(), Validation.Depth.DEEP, "test"), "the parent is damaged");
                assertThat(stored()).isEqualTo(there);
            }
        }
    }

    @Test
    void one_that_was_not_heard_of_in_time_is_abandoned() throws IOException {
        create(records, NEVER).close();
        Instant end = clock.instant().plus(OwnRecord.TERM);
        assertThat(stored().asOf(end.minusNanos(1)).state()).isEqualTo(BackupState.RUNNING);
        BackupRecord dead = stored().asOf(end);
        assertThat(dead.state()).isEqualTo(BackupState.ERROR);
        assertThat(dead.error()).contains("abandoned").contains("db1").contains("77");
    }

    @Test
    void one_that_was_given_up_by_somebody_else_notices_and_leaves_the_record_alone() throws IOException {
        try (OwnRecord own = create(records, OFTEN)) {
            giveUp();
            Await.until("noticed", LIMIT, () -> isLost(own));
            requireLeftAlone(own);
        }
    }

    @Test
    void one_that_was_given_up_cannot_be_completed() throws IOException {
        try (OwnRecord own = create(records, NEVER)) {
            giveUp();
            own.requireOwn(); // nobody has looked yet
            requireLeftAlone(own);
        }
    }

    /** Others may build on it already. */
    @Test
    void a_complete_backup_is_never_one_of_error() throws IOException {
        for (FaultyObjectStore.Fault fault :
                List.of(FaultyObjectStore.Fault.FAILED_AFTER, FaultyObjectStore.Fault.FAILED_BEFORE)) {
            store.delete(List.of(new ClusterKeys(new ClusterName("main")).backupRecord(ID)));
            FaultyObjectStore faulty = FaultyObjectStore.failing(store, StoreRequest.PUT, 1, fault);
            try (OwnRecord own = create(records(faulty), NEVER)) {
                BackupRecord done = own.record().withState(BackupState.DONE, null);
                assertThatThrownBy(() -> own.replace(done)).isInstanceOf(IOException.class);
                own.fail(new IOException("no answer"));
            }
            assertThat(stored().state())
                    .isEqualTo(fault == FaultyObjectStore.Fault.FAILED_AFTER ? BackupState.DONE : BackupState.ERROR);
        }
    }

    @Test
    void a_complete_backup_is_corrupt_only_if_that_is_proved() throws IOException {
        try (OwnRecord own = create(records, NEVER)) {
            own.replace(own.record().withState(BackupState.DONE, null));
            own.fail(new PgAgentException(ErrorKind.STORE_FAILED, "no answer", "wait"));
            assertThat(stored().state()).isEqualTo(BackupState.DONE);
            own.fail(new PgAgentException(ErrorKind.CORRUPTED, "a pack is missing", "look"));
            assertThat(stored().state()).isEqualTo(BackupState.CORRUPT);
        }
    }

    private void requireLeftAlone(OwnRecord own) throws IOException {
        BackupRecord done = own.record().withState(BackupState.DONE, null);
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> own.replace(done))
                    .hasMessageContaining("given up by another")
                    .extracting("kind")
                    .isEqualTo(ErrorKind.OBJECT_CHANGED);
        }
        own.fail(new IOException("something else"));
        assertThat(stored().state()).isEqualTo(BackupState.ERROR);
        assertThat(stored().error()).contains("abandoned");
    }

    private static boolean isLost(OwnRecord own) {
        try {
            own.requireOwn();
            return false;
        } catch (PgAgentException e) {
            return true;
        }
    }

    /** The write took place, and the store did not say so: that is not somebody else's. */
    @Test
    void a_write_without_an_answer_is_known_again() throws IOException {
        for (FaultyObjectStore.Fault fault :
                List.of(FaultyObjectStore.Fault.FAILED_AFTER, FaultyObjectStore.Fault.FAILED_BEFORE)) {
            store.delete(List.of(new ClusterKeys(new ClusterName("main")).backupRecord(ID)));
            FaultyObjectStore faulty = FaultyObjectStore.failing(store, StoreRequest.PUT, 1, fault);
            try (OwnRecord own = create(records(faulty), NEVER)) {
                BackupRecord running = own.record().withParent(BackupRecord.Parent.of(ID));
                assertThatThrownBy(() -> own.replace(running))
                        .extracting("kind")
                        .isEqualTo(ErrorKind.STORE_FAILED);
                own.requireOwn();

                own.replace(own.record().withState(BackupState.DONE, null));
                assertThat(stored().state()).isEqualTo(BackupState.DONE);
            }
        }
    }
}
