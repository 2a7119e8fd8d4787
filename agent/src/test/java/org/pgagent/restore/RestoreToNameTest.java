package org.pgagent.restore;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.Timeline;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.RestorePoint;
import org.pgagent.repository.RestorePoints;

/** Restores to a restore point, which the repository knows or not. */
@Timeout(60)
final class RestoreToNameTest extends RefusedRestore {
    private static final RecoveryTarget BEFORE = new RecoveryTarget.AtName("before");

    private void record(String name, long timeline, String lsn) throws IOException {
        new RestorePoints(repository.store(), repository.keys())
                .record(RestorePoint.of(name, STOP, new Timeline(timeline), Lsn.parse(lsn)));
    }

    private RestorePlan plan() throws IOException {
        return repository.restore().plan(to(BEFORE));
    }

    @Test
    void a_point_before_the_newest_backup_takes_the_one_before_it() throws IOException {
        record("before", 1, "0/2000060");
        record("other", 1, "0/4000060");

        RestorePlan plan = plan();

        assertThat(plan.backup().id().value()).isEqualTo(OLD);
        assertThat(plan.warnings()).isEmpty();
        assertThat(plan.recovery().target().describe()).isEqualTo("name before (0/2000060, 2026-11-22T06:00:00Z)");
        assertThat(plan.recovery().target().setting())
                .contains(new RecoveryTarget.Setting("recovery_target_name", "before"));
    }

    @Test
    void a_point_after_the_newest_backup_takes_that_one() throws IOException {
        record("before", 1, "0/3000100");

        assertThat(plan().backup().id().value()).isEqualTo(NEW);
    }

    @Test
    void a_point_on_a_branch_that_was_left_before_it_is_reached_on_that_branch() throws IOException {
        repository.history(2, "1\t0/4000060\tno recovery target specified\n");
        repository.archive(2, 4, 5);
        record("before", 1, "0/5000060");

        RestorePlan plan = plan();

        assertThat(plan.history().timeline()).isEqualTo(new Timeline(1));
        assertThat(plan.recovery().timeline()).isEqualTo(new TargetTimeline.Numbered(new Timeline(1)));
    }

    @Test
    void a_point_that_nobody_has_told_of_is_tried_with_a_warning() throws IOException {
        RestorePlan plan = plan();

        assertThat(plan.backup().id().value()).isEqualTo(NEW);
        assertThat(plan.warnings()).singleElement().asString().contains("no record of a restore point 'before'");
    }

    @Test
    void two_points_of_a_name_are_refused_with_the_place_to_give_instead() throws IOException {
        record("before", 1, "0/2000060");
        record("before", 1, "0/4000060");

        PgAgentException refusal = refusal(to(BEFORE));

        assertThat(refusal.kind()).isEqualTo(ErrorKind.RECOVERY_TARGET);
        assertThat(refusal).hasMessageContaining("0/2000060").hasMessageContaining("0/4000060");
        assertThat(refusal.hint()).contains("--target-lsn 0/2000060 --target-exclusive");
    }

    @Test
    void a_point_after_the_end_of_the_archive_or_before_the_backup_that_was_asked_for_is_refused() throws IOException {
        record("before", 1, "0/7000060");
        assertThat(refusal(to(BEFORE)))
                .hasMessageContaining("before (0/7000060")
                .hasMessageContaining("lies after what can be reached");

        record("old", 1, "0/2000060");
        PgAgentException refusal = refusal(new RestoreRequest(
                Optional.of(new BackupId(NEW)),
                SampleRepository.into(target),
                SampleRepository.recoverTo(new RecoveryTarget.AtName("old"))));
        assertThat(refusal.kind()).isEqualTo(ErrorKind.RECOVERY_TARGET);
        assertThat(refusal).hasMessageContaining("name old (0/2000060").hasMessageContaining(NEW);
    }
}
