package org.pgagent.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.pgagent.kit.Await;
import org.pgagent.kit.PostgresCluster;

/**
 * Whoever has a part in archiving is killed at random moments under pgbench and commits of more WAL. What PostgreSQL took for archived is in the bucket,
 * and what it has acknowledged to a client comes back. The system property {@code pgagent.kills} says how many kills,
 * {@code pgagent.seed} repeats a run's order of them.
 */
final class AgentKillsIT {
    private static final Distribution DISTRIBUTION = Distribution.built();
    private static final int KILLS = Integer.getInteger("pgagent.kills", 10);
    private static final long SEED = Long.getLong("pgagent.seed", System.nanoTime());
    private static final Duration AGENT_MAX = Duration.ofMinutes(1);
    private static final int COMMITS_BETWEEN_MAX = 20;
    /** The archiver starts every ten seconds at most, and only then there is a program, and an agent if that was ended. */
    private static final Duration THERE_MAX = Duration.ofMinutes(3);

    private enum Victim {
        AGENT,
        KEEPER,
        PROGRAM,
        SERVER,
        STORE
    }

    private final Random random = new Random(SEED);
    private final Deque<Victim> turns = new ArrayDeque<>();
    private final Map<Victim, Integer> killed = new EnumMap<>(Victim.class);

    @Test
    void nothing_is_lost_whoever_is_killed() throws IOException {
        System.out.println("pgagent.seed=" + SEED + " pgagent.kills=" + KILLS);
        try (StoreProcess store = StoreProcess.start();
                ArchivingServer server = ArchivingServer.start(DISTRIBUTION, store.environment("kills"))) {
            Set<Integer> acknowledged;
            int transactions;
            try (CommitLoad load = CommitLoad.start(server.cluster());
                    PgbenchLoad pgbench = PgbenchLoad.start(server.cluster())) {
                server.backUp();
                for (int i = 0; i < KILLS; i++) {
                    killNext(server, store, load);
                }
                acknowledged = load.end();
                transactions = pgbench.end();
            }
            int segments = server.requireEverythingArchived();
            System.out.println("killed " + killed + "; compared " + segments + " segments; acknowledged "
                    + acknowledged.size() + " commits beside " + transactions + " transactions of pgbench");
            Await.until(
                    "one agent is left",
                    AGENT_MAX,
                    () -> ResidentAgent.allOf(server.dataDirectory()).size() == 1);
            try (RestoredServer restored = RestoredServer.of(server)) {
                restored.recover();
                assertThat(committed(restored.cluster())).containsAll(acknowledged);
                assertThat(PgbenchLoad.transactionsIn(restored.cluster())).isEqualTo(transactions);
            }
        }
    }

    private static Set<Integer> committed(PostgresCluster cluster) {
        return cluster.sql("SELECT id FROM commits").stream()
                .map(row -> Integer.valueOf(row.get(0)))
                .collect(Collectors.toCollection(HashSet::new));
    }

    /** Kills the one whose turn it is, at a moment that the seed chooses. */
    private void killNext(ArchivingServer server, StoreProcess store, CommitLoad load) {
        load.awaitCommits(random.nextInt(COMMITS_BETWEEN_MAX));
        if (turns.isEmpty()) {
            server.awaitOneMoreArchived();
            List<Victim> all = new ArrayList<>(List.of(Victim.values()));
            Collections.shuffle(all, random);
            turns.addAll(all);
        }
        Victim victim = turns.removeFirst();
        Path data = server.dataDirectory();
        switch (victim) {
            case AGENT -> killWhenThere(victim, () -> ResidentAgent.of(data).map(ResidentAgent::process));
            case KEEPER -> killWhenThere(victim, () -> ResidentAgent.of(data).flatMap(ResidentAgent::keeper));
            case PROGRAM -> killWhenThere(victim, () -> ResidentAgent.programUnder(data));
            case SERVER -> {
                server.cluster().kill();
                server.cluster().start();
            }
            case STORE -> {
                store.kill();
                load.awaitCommits(random.nextInt(COMMITS_BETWEEN_MAX));
                store.restart();
            }
        }
        killed.merge(victim, 1, Integer::sum);
    }

    private static void killWhenThere(Victim victim, Supplier<Optional<ProcessHandle>> process) {
        Await.until(
                "a living " + victim,
                THERE_MAX,
                () -> process.get().filter(ProcessHandle::destroyForcibly).isPresent());
    }
}
