package org.pgagent.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.pgagent.repository.LeaseScene.KEYS;
import static org.pgagent.repository.LeaseScene.ONE;
import static org.pgagent.repository.LeaseScene.THREE;
import static org.pgagent.repository.LeaseScene.TWO;
import static org.pgagent.repository.LeaseScene.history;
import static org.pgagent.repository.LeaseScene.identity;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.FaultyObjectStore;
import org.pgagent.kit.MemoryObjectStore;
import org.pgagent.postgres.Timeline;
import org.pgagent.storage.StoreRequest;
import org.pgagent.storage.WriteCondition;
import org.pgagent.wal.SampleWal;

final class WriterLeaseTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final FaultyObjectStore store = FaultyObjectStore.counting(new MemoryObjectStore());
    private final LeaseScene scene = new LeaseScene(store);
    private final WriterLease first = scene.node("first");
    private final WriterLease second = scene.node("second");

    private void refused(WriterLease node, Timeline own, String reason) {
        assertThatThrownBy(() -> node.require(own))
                .hasMessageContaining(reason)
                .extracting("kind")
                .isEqualTo(ErrorKind.FENCED);
    }

    private void letTermPass() {
        scene.clock().advance(Lease.TERM);
    }

    private int requests() {
        return store.calls().size();
    }

    @Test
    void the_first_node_takes_the_lease() throws IOException {
        first.require(ONE);

        Lease lease = scene.lease().orElseThrow();
        assertThat(lease.epoch()).isEqualTo(1);
        assertThat(lease.owner()).isEqualTo(identity("first"));
        assertThat(lease.timeline()).isEqualTo(ONE);
        assertThat(lease.renewedAt()).isEqualTo(scene.clock().instant());
        assertThat(lease.expiresAt()).isEqualTo(scene.clock().instant().plus(Duration.ofMinutes(10)));
    }

    @Test
    void the_refusal_says_who_has_the_right_and_what_to_do() throws IOException {
        first.require(ONE);

        PgAgentException e = catchThrowableOfType(PgAgentException.class, () -> second.require(ONE));

        assertThat(e.kind()).isEqualTo(ErrorKind.FENCED);
        assertThat(e)
                .hasMessageContaining("host-of-first")
                .hasMessageContaining("/srv/first")
                .hasMessageContaining("epoch 1, timeline 1")
                .hasMessageContaining("last heard of at 2026-11-22T05:55:00Z")
                .hasMessageContaining("its lease runs until 2026-11-22T06:05:00Z");
        assertThat(e.hint()).contains("pgagent adopt -D /srv/second").contains("--cluster");
    }

    @Test
    void a_look_tells_who_has_the_right_and_takes_nothing() throws IOException {
        assertThat(second.look(ONE)).isEmpty();
        assertThat(scene.lease()).isEmpty();

        first.require(ONE);
        Lease lease = scene.lease().orElseThrow();
        assertThat(first.look(ONE)).contains(lease);
        assertThatThrownBy(() -> second.look(ONE)).hasMessageContaining("another node has the right to archive");

        letTermPass();
        assertThat(first.look(ONE)).contains(lease);
        assertThat(scene.lease()).contains(lease);
    }

    /** As behind a mount point when nothing is mounted there any more. */
    @Test
    void a_repository_that_was_there_and_is_empty_is_not_begun_anew() throws IOException {
        first.require(ONE);
        store.delete(List.of(KEYS.lease()));
        scene.clock().advance(Duration.ofSeconds(5));

        assertThatThrownBy(() -> first.require(ONE))
                .hasMessageContaining("is empty, which it was not before")
                .extracting("kind")
                .isEqualTo(ErrorKind.STORE_MISSING);
        assertThat(scene.lease()).isEmpty();

        store.put(KEYS.description(), ByteBuffer.wrap(new byte[] {'{', '}'}), WriteCondition.always());
        first.require(ONE);
        assertThat(scene.lease()).isPresent();
    }

    @Test
    void the_store_is_asked_every_five_seconds_at_most() throws IOException {
        first.require(ONE);
        int taken = requests();
        scene.clock().advance(Duration.ofMillis(4999));
        first.require(ONE);
        assertThat(requests()).isEqualTo(taken);
        scene.clock().advance(Duration.ofMillis(1));
        first.require(ONE);
        assertThat(requests()).isEqualTo(taken + 1);
    }

    /** By another process, as {@code pgagent adopt} is one. */
    @Test
    void an_adoption_counts_at_the_next_try() throws IOException {
        first.require(ONE);
        refused(second, ONE, "another node");
        scene.node("second").adopt(ONE);
        second.require(ONE);
    }

    @Test
    void an_answer_from_before_the_clock_went_back_does_not_count() throws IOException {
        first.require(ONE);
        second.adopt(ONE);
        scene.clock().advance(Duration.ofDays(-1));
        refused(first, ONE, "another node");
    }

    @Test
    void a_node_that_lost_the_lease_is_refused_within_five_seconds() throws IOException {
        first.require(ONE);
        second.adopt(ONE);
        scene.clock().advance(WriterLease.LOOK_EVERY);
        refused(first, ONE, "host-of-second");
    }

    @Test
    void the_owner_renews_when_a_third_of_the_term_has_passed() throws IOException {
        first.require(ONE);
        Lease before = scene.lease().orElseThrow();
        scene.clock().advance(Lease.TERM.dividedBy(3).minus(SECOND));
        first.require(ONE);
        assertThat(scene.lease()).contains(before);
        scene.clock().advance(WriterLease.LOOK_EVERY);
        first.require(ONE);
        Lease after = scene.lease().orElseThrow();
        assertThat(after.renewedAt()).isEqualTo(scene.clock().instant());
        assertThat(after.epoch()).isEqualTo(1);
        assertThat(after.nonce()).isNotEqualTo(before.nonce());
    }

    @Test
    void a_new_timeline_of_the_owner_is_written_down_at_once() throws IOException {
        first.require(ONE);
        first.require(TWO);
        assertThat(scene.lease().orElseThrow().timeline()).isEqualTo(TWO);
        assertThat(scene.lease().orElseThrow().epoch()).isEqualTo(1);
    }

    @Test
    void an_idle_owner_keeps_its_right_however_long() throws IOException {
        first.require(ONE);
        scene.clock().advance(Duration.ofDays(400));
        first.require(ONE);
        assertThat(scene.lease().orElseThrow().epoch()).isEqualTo(1);
    }

    @Test
    void two_processes_of_one_data_directory_share_the_lease() throws IOException {
        WriterLease again = scene.node("first");
        first.require(ONE);
        for (int i = 0; i < 20; i++) {
            scene.clock().advance(Duration.ofMinutes(2));
            again.require(ONE);
            first.require(ONE);
        }
        assertThat(scene.lease().orElseThrow().epoch()).isEqualTo(1);
    }

    @Test
    void after_a_failover_without_loss_the_new_node_takes_over_when_the_old_one_has_been_silent() throws IOException {
        first.require(ONE);
        scene.archive(ONE, 4);
        WriterLease promoted = scene.node("promoted", history(TWO, ONE, "0/5000060"));
        refused(promoted, TWO, "its lease runs until");
        letTermPass();

        promoted.require(TWO);

        Lease lease = scene.lease().orElseThrow();
        assertThat(lease.epoch()).isEqualTo(2);
        assertThat(lease.owner().id()).isEqualTo("promoted");
        assertThat(lease.timeline()).isEqualTo(TWO);
        refused(scene.node("first"), ONE, "host-of-promoted");
    }

    @Test
    void a_timeline_that_began_where_the_last_segment_ends_goes_on_from_there() throws IOException {
        first.require(ONE);
        scene.archive(ONE, 4);
        letTermPass();
        scene.node("promoted", history(TWO, ONE, "0/5000000")).require(TWO);
    }

    @Test
    void nothing_archived_is_nothing_lost() throws IOException {
        first.require(ONE);
        letTermPass();
        scene.node("promoted", history(TWO, ONE, "0/5000060")).require(TWO);
    }

    @Test
    void a_failover_may_have_passed_over_timelines_that_were_never_archived() throws IOException {
        first.require(ONE);
        scene.archive(ONE, 4);
        letTermPass();
        var entries = new java.util.ArrayList<>(history(TWO, ONE, "0/5000060").ancestors());
        entries.addAll(history(THREE, TWO, "0/6000060").ancestors());
        scene.node("promoted", new org.pgagent.postgres.TimelineHistory(THREE, entries))
                .require(THREE);
    }

    @ParameterizedTest
    @ValueSource(longs = {5, 6, 300})
    void a_node_without_all_that_is_archived_takes_nothing_over(long archived) throws IOException {
        first.require(ONE);
        scene.archive(ONE, 4);
        scene.archive(ONE, archived);
        letTermPass();
        refused(scene.node("behind", history(TWO, ONE, "0/5000060")), TWO, "left it before, at 0/5000060");
        assertThat(scene.lease().orElseThrow().owner().id()).isEqualTo("first");
    }

    @Test
    void a_copy_on_the_same_timeline_takes_nothing_over() throws IOException {
        first.require(ONE);
        scene.clock().advance(Duration.ofDays(400));
        refused(second, ONE, "nobody can tell which is meant to go on");
    }

    @Test
    void a_node_on_an_older_or_a_foreign_timeline_takes_nothing_over() throws IOException {
        first.require(TWO);
        letTermPass();
        refused(second, ONE, "not known to descend");
        refused(scene.node("other", history(THREE, ONE, "0/5000060")), THREE, "not known to descend");
        refused(scene.node("without-history"), THREE, "not known to descend");
    }

    @Test
    void a_history_that_is_only_in_the_archive_counts() throws IOException {
        first.require(ONE);
        letTermPass();
        SampleWal.storeHistory(new WalObjects(store, KEYS), TWO, "1\t0/5000060\tno recovery target specified\n");
        second.require(TWO);
    }

    @Test
    void adoption_takes_the_right_whoever_has_it() throws IOException {
        first.require(TWO);

        WriterLease.Adoption adoption = second.adopt(ONE);

        assertThat(adoption.before().orElseThrow().owner().id()).isEqualTo("first");
        assertThat(adoption.now().epoch()).isEqualTo(2);
        assertThat(adoption.isNothingNew()).isFalse();
        assertThat(scene.lease()).contains(adoption.now());
        second.require(ONE);
    }

    @Test
    void adoption_by_the_owner_changes_no_epoch() throws IOException {
        first.require(ONE);
        scene.clock().advance(SECOND);
        WriterLease.Adoption adoption = first.adopt(ONE);
        assertThat(adoption.isNothingNew()).isTrue();
        assertThat(scene.lease().orElseThrow().epoch()).isEqualTo(1);
    }

    @Test
    void adoption_of_a_free_name_is_the_first_epoch() throws IOException {
        assertThat(first.adopt(ONE).before()).isEmpty();
        assertThat(scene.lease().orElseThrow().epoch()).isEqualTo(1);
    }

    @Test
    void a_refused_node_may_archive_as_soon_as_it_has_adopted() throws IOException {
        first.require(ONE);
        refused(second, ONE, "another node");
        second.adopt(ONE);
        int adopted = requests();
        second.require(ONE);
        assertThat(requests()).isEqualTo(adopted);
    }

    @Test
    void a_plan_of_an_adoption_writes_nothing() throws IOException {
        first.require(ONE);
        Lease before = scene.lease().orElseThrow();
        WriterLease.Adoption plan = second.planAdoption(TWO);
        assertThat(plan.before()).contains(before);
        assertThat(plan.now().epoch()).isEqualTo(2);
        assertThat(scene.lease()).contains(before);
    }

    @Test
    void the_node_that_an_adoption_passed_over_does_not_get_the_right_back_by_waiting() throws IOException {
        WriterLease promoted = scene.node("promoted", history(TWO, ONE, "0/5000060"));
        promoted.require(TWO);
        first.adopt(ONE);
        scene.clock().advance(WriterLease.LOOK_EVERY);
        first.require(ONE);
        letTermPass();
        refused(promoted, TWO, "taken from this node by 'pgagent adopt'");
        first.require(ONE);
        letTermPass();
        refused(promoted, TWO, "taken from this node by 'pgagent adopt'");
    }

    @Test
    void a_renewal_in_the_same_moment_does_not_stop_an_adoption() throws IOException {
        first.require(ONE);
        assertThat(adoptionOvertakenBy(() -> {
                            scene.clock().advance(Duration.ofMinutes(5));
                            first.require(ONE);
                        })
                        .now()
                        .epoch())
                .isEqualTo(2);
    }

    @Test
    void an_adoption_says_who_was_quicker() throws IOException {
        first.require(ONE);
        assertThatThrownBy(() -> adoptionOvertakenBy(() -> scene.node("third").adopt(ONE)))
                .hasMessageContaining("host-of-third")
                .hasMessageContaining("epoch 2")
                .extracting("kind")
                .isEqualTo(ErrorKind.OBJECT_CHANGED);
        assertThat(scene.lease().orElseThrow().owner().id()).isEqualTo("third");
    }

    /** What happens between the look and the write of an adoption by the second node. */
    @FunctionalInterface
    private interface Meanwhile {
        void run() throws IOException;
    }

    private WriterLease.Adoption adoptionOvertakenBy(Meanwhile meanwhile) throws IOException {
        BeforeFirstPut between = new BeforeFirstPut(store, meanwhile::run);
        return scene.node("second", between, List.of()).adopt(ONE);
    }

    @Test
    void what_is_no_lease_is_said_to_be_none() throws IOException {
        for (String junk : List.of("", "{", "{}", "{\"format\":1,\"epoch\":0}", "null")) {
            store.put(KEYS.lease(), ByteBuffer.wrap(junk.getBytes(StandardCharsets.US_ASCII)), WriteCondition.always());
            assertThatThrownBy(() -> scene.node("first").require(ONE))
                    .as(junk)
                    .hasMessageContaining("lease.json")
                    .extracting("kind")
                    .isEqualTo(ErrorKind.CORRUPTED);
        }
    }

    @Test
    void a_lease_of_a_later_format_is_left_alone() throws IOException {
        first.require(ONE);
        String later = new String(RepositoryJson.print(scene.lease().orElseThrow()), StandardCharsets.UTF_8)
                .replace("\"format\" : 1", "\"format\" : 2");
        store.put(KEYS.lease(), ByteBuffer.wrap(later.getBytes(StandardCharsets.UTF_8)), WriteCondition.always());
        assertThatThrownBy(() -> second.adopt(ONE)).extracting("kind").isEqualTo(ErrorKind.INCOMPATIBLE);
    }

    @Test
    void an_error_of_the_store_is_not_taken_for_an_answer() throws IOException {
        FaultyObjectStore failing =
                FaultyObjectStore.failing(store, StoreRequest.GET, 0, FaultyObjectStore.Fault.FAILED_BEFORE);
        WriterLease node = scene.node("first", failing, List.of());
        assertThatThrownBy(() -> node.require(ONE)).extracting("kind").isEqualTo(ErrorKind.STORE_FAILED);
        assertThatCode(() -> node.require(ONE)).doesNotThrowAnyException();
    }
}
