package org.pgagent.cases;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.pgagent.kit.PostgresBinaries;

/**
 * Case 40: cycles of changes, a backup and an expiry of a window, with failovers between them, each killed at any request or met by
 * faults of the store by chance: a backup that is listed restores, one by chance now and then and all of them at the end, every point
 * of the map of recoveries is reached, and none before it is offered. The system property {@code pgagent.cycles} says how many,
 * {@code pgagent.seed} repeats them.
 */
final class RetentionCyclesIT {
    private static final int CYCLES = Integer.getInteger("pgagent.cycles", 16);
    private static final long SEED = Long.getLong("pgagent.seed", System.nanoTime());
    private static final int VERIFIED_EACH = 4;

    @Test
    void whatever_is_killed_all_that_is_listed_comes_back() throws IOException {
        System.out.println("pgagent.seed=" + SEED + " pgagent.cycles=" + CYCLES);
        Random random = new Random(SEED);
        int major = PostgresBinaries.majors()
                .get(random.nextInt(PostgresBinaries.majors().size()));
        try (RetentionCycles cycles = new RetentionCycles(random, major)) {
            for (int cycle = 1; cycle <= CYCLES; cycle++) {
                cycles.change();
                if (random.nextInt(6) == 0 || cycle == CYCLES / 2) {
                    cycles.failOver();
                }
                cycles.backUp();
                cycles.expire();
                if (cycle % VERIFIED_EACH == 0) {
                    cycles.requireWhatIsListed();
                }
            }
            cycles.requireEveryBackup();
            System.out.println("PostgreSQL " + major + ": " + cycles.done());
            assertThat(cycles.done().keySet())
                    .contains("failed over", "point reached")
                    .anyMatch(what -> what.startsWith("expired"));
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError("-Dpgagent.cycles=" + CYCLES + " -Dpgagent.seed=" + SEED, e);
        }
    }
}
