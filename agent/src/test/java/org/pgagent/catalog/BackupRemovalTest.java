package org.pgagent.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.pgagent.error.ErrorKind;
import org.pgagent.kit.FaultyObjectStore;
import org.pgagent.postgres.Timeline;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.BackupState;
import org.pgagent.repository.PackId;
import org.pgagent.storage.StoreRequest;
import org.pgagent.storage.WriteCondition;

final class BackupRemovalTest extends RemovalTestCase {
    @Test
    void what_nobody_needs_goes_and_the_rest_stays() throws IOException {
        usual();
        RemovalPlan plan = removal().planDelete(choose(FULL));
        assertThat(plan.freedBytes()).isEqualTo(PACK_BYTES + MANIFEST_BYTES);
        assertThat(plan.keptBytes()).isEqualTo(PACK_BYTES);
        assertThat(plan.neededBy()).containsExactly(CHILD);
        assertThat(plan.remaining()).extracting(BackupRecord::id).containsExactly(CHILD, OTHER);
        assertThat(state(FULL)).isEqualTo(BackupState.OK);

        RemovalPlan done = removal().delete(plan, BackupRemoval.TheLast.MAY_GO);
        assertThat(done.freedBytes()).isEqualTo(plan.freedBytes());
        assertThat(done.keptBytes()).isEqualTo(plan.keptBytes());
        assertThat(keys())
                .containsExactly(
                        FULL + ".json",
                        FULL + "/data/0.pack",
                        CHILD + ".json",
                        CHILD + "/data/0.pack",
                        CHILD + "/manifest.json.gz",
                        OTHER + ".json",
                        OTHER + "/data/0.pack",
                        OTHER + "/manifest.json.gz");
        BackupRecord deleted = records().find(FULL).orElseThrow();
        assertThat(deleted.state()).isEqualTo(BackupState.DELETED);
        assertThat(deleted.packs()).extracting(BackupRecord.Pack::number).containsExactly(0);
        requireWhole();
    }

    @Test
    void what_had_to_stay_goes_when_the_last_one_that_needs_it_does() throws IOException {
        usual();
        delete(FULL);
        RemovalPlan plan = removal().planDelete(choose(CHILD));
        assertThat(plan.freedBytes()).isEqualTo(2 * PACK_BYTES + MANIFEST_BYTES);
        assertThat(plan.keptBytes()).isZero();
        assertThat(removal().delete(plan, BackupRemoval.TheLast.MAY_GO).freedBytes())
                .isEqualTo(plan.freedBytes());
        assertThat(keys())
                .containsExactly(
                        FULL + ".json",
                        CHILD + ".json",
                        OTHER + ".json",
                        OTHER + "/data/0.pack",
                        OTHER + "/manifest.json.gz");
        assertThat(purge().backups()).extracting(BackupRecord::id).containsExactly(FULL, CHILD);
        assertThat(keys()).containsExactly(OTHER + ".json", OTHER + "/data/0.pack", OTHER + "/manifest.json.gz");
    }

    @Test
    void both_at_once_leave_nothing() throws IOException {
        usual();
        RemovalPlan plan = removal().planDelete(choose(FULL, CHILD));
        assertThat(plan.keptBytes()).isZero();
        assertThat(plan.takesTheLast()).isFalse();
        assertThat(removal().planDelete(choose(FULL, CHILD, OTHER)).takesTheLast())
                .isTrue();
        removal().delete(plan, BackupRemoval.TheLast.MAY_GO);
        assertThat(keys()).noneMatch(key -> key.startsWith(FULL + "/data") || key.startsWith(CHILD + "/data"));
    }

    @Test
    void a_purge_keeps_the_record_of_a_deleted_backup_of_which_packs_are_needed() throws IOException {
        usual();
        delete(FULL);
        RemovalPlan purged = purge();
        assertThat(purged.backups()).isEmpty();
        assertThat(purged.neededBy()).containsExactly(CHILD);
        assertThat(state(FULL)).isEqualTo(BackupState.DELETED);
        requireWhole();
    }

    @Test
    void a_purge_aborts_what_killed_processes_have_under_way_of_wal() throws IOException {
        usual();
        store.startUpload(KEYS.walFile("000000010000000000000001")).uploadPart(1, ByteBuffer.allocate(10));
        store.startUpload(KEYS.walFile("000000020000000000000001")).uploadPart(1, ByteBuffer.allocate(10));
        removal().planPurge();
        assertThat(store.unfinishedUploads(KEYS.walPrefix())).hasSize(2);
        purge();
        assertThat(store.unfinishedUploads("")).isEmpty();
        requireWhole();
    }

    @Test
    void a_purge_takes_what_failed_and_killed_backups_have_left() throws IOException {
        usual();
        store(running(NEXT, CHILD).withAliveUntil(clock.instant().plusSeconds(1)));
        put(KEYS.pack(new PackId(NEXT, 0)), PACK_BYTES);
        assertThat(purge().backups()).isEmpty();

        clock.advance(Duration.ofSeconds(1));
        var upload = store.startUpload(KEYS.pack(new PackId(NEXT, 1)));
        upload.uploadPart(1, ByteBuffer.allocate(10));
        RemovalPlan plan = removal().planPurge();
        assertThat(plan.backups()).extracting(BackupRecord::id).containsExactly(NEXT);
        assertThat(plan.backups().get(0).state()).isEqualTo(BackupState.ERROR);
        assertThat(removal().purge(plan).freedBytes()).isEqualTo(PACK_BYTES);

        assertThat(keys()).noneMatch(key -> key.startsWith(NEXT.value()));
        assertThat(store.unfinishedUploads("main/")).isEmpty();
        requireWhole();
    }

    @Test
    void a_backup_that_runs_keeps_its_parent() throws IOException {
        usual();
        store(running(NEXT, CHILD).withAliveUntil(clock.instant().plusSeconds(1)));
        for (BackupId id : List.of(CHILD, NEXT)) {
            assertThatThrownBy(() -> removal().planDelete(choose(id)))
                    .hasMessageContaining(NEXT + " is being taken by pgagent on db1")
                    .extracting("kind")
                    .isEqualTo(ErrorKind.ALREADY_RUNNING);
        }
        delete(FULL);
        requireWhole();
        clock.advance(java.time.Duration.ofSeconds(1));
        delete(CHILD);
        assertThat(state(NEXT)).as("so that it cannot come to life again").isEqualTo(BackupState.ERROR);
    }

    @Test
    void a_backup_that_runs_keeps_what_it_resumes() throws IOException {
        usual();
        failed();
        store(running(NEXT, null).withAliveUntil(clock.instant().plusSeconds(1)).withResumes(List.of(FAILED)));
        assertThatThrownBy(() -> removal().planDelete(choose(FAILED)))
                .extracting("kind")
                .isEqualTo(ErrorKind.ALREADY_RUNNING);
        assertThat(purge().backups()).isEmpty();
        assertThat(keys()).contains(FAILED + "/data/0.pack");
        clock.advance(java.time.Duration.ofSeconds(1));
        assertThat(purge().backups()).extracting(BackupRecord::id).containsExactly(FAILED, NEXT);
    }

    @Test
    void a_name_that_is_no_backup_is_refused() throws IOException {
        usual();
        assertThatThrownBy(() -> removal().planDelete(choose(NEXT)))
                .hasMessageContaining("there is no backup " + NEXT + " of 'main'")
                .extracting("kind")
                .isEqualTo(ErrorKind.NO_BACKUP);
    }

    @Test
    void nothing_goes_while_the_needs_of_one_cannot_be_read() throws IOException {
        usual();
        store.put(
                KEYS.backupRecord(CHILD),
                ByteBuffer.wrap("junk".getBytes(StandardCharsets.UTF_8)),
                WriteCondition.always());
        assertThatThrownBy(() -> removal().planDelete(choose(FULL)))
                .hasMessageContaining(CHILD.value())
                .extracting("kind")
                .isEqualTo(ErrorKind.CORRUPTED);
    }

    @Test
    void one_that_has_changed_since_the_plan_is_refused_and_all_stay() throws IOException {
        usual();
        RemovalPlan plan = removal().planDelete(choose(FULL, CHILD));
        BackupRecords.Versioned child = records().read(CHILD).orElseThrow();
        records().replace(child, child.record().withState(BackupState.CORRUPT, "found so"));
        assertThatThrownBy(() -> removal().delete(plan, BackupRemoval.TheLast.MAY_GO))
                .extracting("kind")
                .isEqualTo(ErrorKind.OBJECT_CHANGED);
        assertThat(state(FULL)).isEqualTo(BackupState.OK);
        assertThat(keys()).hasSize(10);
    }

    @Test
    void before_a_time_the_newest_of_each_timeline_stays() throws IOException {
        BackupId second = new BackupId("20261101T120000Z-F");
        BackupId third = new BackupId("20261101T130000Z-F");
        usual();
        store(complete(running(second, null), new Timeline(2), 1));
        store(complete(running(third, null), new Timeline(2), 1));
        assertThat(before("2026-11-01T00:01:00Z")).isEmpty();
        assertThat(before("2026-11-01T12:01:01Z")).isEmpty();
        assertThat(before("2026-11-01T13:01:01Z")).containsExactly(second);
        assertThat(before("2026-11-02T00:01:01Z")).containsExactly(FULL, second);
        assertThat(before("2026-12-02T00:01:00Z")).containsExactly(FULL, second, CHILD);
    }

    private List<BackupId> before(String time) throws IOException {
        return removal().planDelete(new RemovalChoice(Set.of(), Optional.of(Instant.parse(time)))).backups().stream()
                .map(BackupRecord::id)
                .toList();
    }

    @Test
    void more_objects_than_one_request_deletes() throws IOException {
        store(complete(running(FULL, null), new Timeline(1), 1500));
        store(complete(running(OTHER, null), new Timeline(1), 1));
        delete(FULL);
        assertThat(keys()).hasSize(4);
    }

    @Test
    void many_backups_go_with_one_request_for_each_thousand_objects() throws IOException {
        for (int minute = 0; minute < 40; minute++) {
            BackupId id = new BackupId(String.format("20261101T00%02d00Z-F", minute));
            store(complete(running(id, null), new Timeline(1), 60));
        }
        store(complete(running(OTHER, null), new Timeline(1), 1));
        FaultyObjectStore counting = FaultyObjectStore.counting(store);
        BackupRemoval removal = removal(counting);
        RemovalChoice choice = new RemovalChoice(Set.of(), Optional.of(Instant.parse("2026-11-02T00:00:00Z")));

        removal.delete(removal.planDelete(choice), BackupRemoval.TheLast.STAYS);

        assertThat(keys())
                .as("39 records, the newest of before whole, and the other")
                .hasSize(39 + 62 + 3);
        assertThat(counting.calls().stream().filter(StoreRequest.DELETE::equals))
                .hasSize(3);
    }
}
