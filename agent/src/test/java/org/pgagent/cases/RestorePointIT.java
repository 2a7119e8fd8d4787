package org.pgagent.cases;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.pgagent.backup.ArchiveBackup;
import org.pgagent.error.Cancellation;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.FaultyObjectStore;
import org.pgagent.kit.FaultyObjectStore.Fault;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.ResidentProgram.Outcome;
import org.pgagent.postgres.session.ConnectionSettings;
import org.pgagent.postgres.session.ServerConnection;
import org.pgagent.postgres.session.ServerFacts;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.RestorePoint;
import org.pgagent.repository.RestorePoints;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.StoreRequest;

/** Backups of type archive: restore points that can be reached, and that are told of only if they can. */
final class RestorePointIT {
    private static final String NAME = "points";
    private static final ClusterKeys KEYS = Repository.keys(NAME);

    private static final Repository REPOSITORY = Repository.shared();
    private static PostgresCluster cluster;

    @BeforeAll
    static void start() {
        cluster = REPOSITORY
                .archiving(PostgresSetup.ofVersion(16).withWalSegmentMiB(1).withSetting("autovacuum", "off"), NAME)
                .start();
        cluster.sql("CREATE TABLE t (i int)");
        Outcome early = archive("--label", "too-early");
        assertThat(early.status()).as(early.output()).isEqualTo(21);
        assertThat(early.err()).contains("no backup").contains("hint: Take one first");
        REPOSITORY.backup(cluster, NAME);
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    private static Outcome archive(String... arguments) {
        List<String> all = new ArrayList<>(List.of("--type", "archive"));
        all.addAll(List.of(arguments));
        return REPOSITORY.onServer(cluster, NAME, "backup", all.toArray(String[]::new));
    }

    private static List<String> names() throws IOException {
        List<String> names = new ArrayList<>();
        new RestorePoints(REPOSITORY.store(), KEYS).forEach(points -> points.forEach(point -> names.add(point.name())));
        return names;
    }

    @Test
    void a_point_leads_back_to_where_it_was_made_also_after_a_newer_backup() throws IOException {
        cluster.sql("CREATE TABLE released (i int)");
        cluster.sql("INSERT INTO released SELECT generate_series(1, 10)");
        Outcome dryRun = archive("--label", "before-release", "--dry-run");
        assertThat(dryRun.output()).contains("Would make the restore point 'before-release'");
        assertThat(names()).doesNotContain("before-release");

        Outcome made = archive("--label", "before-release");
        assertThat(made.status()).as(made.output()).isZero();
        assertThat(made.out())
                .contains("Restore point 'before-release' can be reached")
                .contains("pgagent restore --target-name before-release");
        cluster.sql("INSERT INTO released SELECT generate_series(11, 15)");
        REPOSITORY.backup(cluster, NAME);
        Outcome again = archive("--label", "before-release");
        assertThat(again.status()).isEqualTo(2);
        assertThat(again.err()).contains("there is a restore point 'before-release' already");

        assertThat(REPOSITORY.run("show", "--cluster", NAME).out()).contains("Restore points: ");
        Outcome shown = REPOSITORY.run("show", "--restore-points", "--cluster", NAME);
        assertThat(shown.out()).containsPattern("Z +1 +0/[0-9A-F]+ +before-release");
        assertThat(shown.out().lines()).allMatch(line -> line.length() <= 80);
        assertThat(REPOSITORY
                        .run("show", "--restore-points", "--json", "--cluster", NAME)
                        .out())
                .contains("\"name\" : \"before-release\"");
        assertThat(REPOSITORY.run("show", "--report", "-", "--cluster", NAME).out())
                .contains("The cluster can be restored up to", "Restore point before-release, ", "PostgreSQL 16.");
        try (RestoredCluster restored = REPOSITORY.restore(NAME, "--target-name", "before-release")) {
            assertThat(restored.outcome().out()).contains("to name before-release (0/");
            assertThat(restored.recover().value("SELECT count(*) FROM released"))
                    .isEqualTo("10");
        }
    }

    @Test
    void json_tells_of_the_point_and_a_name_is_made_up() {
        Outcome made = archive("--json");

        assertThat(made.status()).as(made.output()).isZero();
        assertThat(made.out())
                .containsPattern("\"name\" : \"pgagent-[0-9]{8}T[0-9]{6}Z\"")
                .containsPattern("\"backup\" : \"[0-9]{8}T[0-9]{6}Z-[FI]\"");
    }

    @Test
    void without_archiving_nothing_is_told() throws IOException {
        cluster.setArchiveCommand("false pgagent");
        try {
            Outcome failed = archive("--label", "lost", "--archive-timeout", "1s");

            assertThat(failed.status()).as(failed.output()).isEqualTo(20);
            assertThat(failed.err()).contains("did not arrive in the repository");
            assertThat(names()).doesNotContain("lost");
        } finally {
            cluster.setArchiveCommand(Repository.archiveCommand(NAME));
        }
        Outcome now = archive("--label", "found");
        assertThat(now.status()).as(now.output()).isZero();
        assertThat(names()).contains("found");
    }

    @Test
    void what_makes_no_sense_is_refused() {
        Outcome named = archive("--label", "two words");
        assertThat(named.status()).isEqualTo(2);
        assertThat(named.err()).contains("before-release-7");
        assertThat(archive("--changed-by", "hash").status()).isEqualTo(2);
        assertThat(archive("--with-serverlog").status()).isEqualTo(2);
    }

    @Test
    void a_standby_is_refused_with_the_reason() {
        try (PostgresCluster standby = PostgresCluster.standbyOf(cluster)) {
            Outcome refused = REPOSITORY.onServer(standby, NAME, "backup", "--type", "archive");

            assertThat(refused.status()).as(refused.output()).isEqualTo(24);
            assertThat(refused.err())
                    .contains("the server is a standby, on which no restore point can be made")
                    .contains("hint: Run it against the primary");
        }
    }

    private static Optional<RestorePoint> take(ObjectStore store, String name) throws IOException {
        ConnectionSettings settings = new ConnectionSettings(
                Optional.of(cluster.socketDirectory().toString()),
                Optional.of(cluster.port()),
                Optional.of("postgres"),
                Optional.of("postgres"),
                Map.of("HOME", "/nonexistent"));
        try (ServerConnection connection = ServerConnection.open(settings)) {
            ServerFacts server = connection.facts();
            ArchiveBackup archiving = new ArchiveBackup(store, KEYS, new Cancellation());
            ArchiveBackup.Source source = new ArchiveBackup.Source(connection, server, cluster.dataDirectory());
            return Optional.of(archiving
                    .take(archiving.plan(source, name), Duration.ofSeconds(30))
                    .point());
        } catch (PgAgentException e) {
            return Optional.empty();
        }
    }

    @Test
    void each_request_that_fails_leaves_a_point_that_can_be_reached_or_none() throws IOException {
        FaultyObjectStore counting = FaultyObjectStore.counting(REPOSITORY.store());
        assertThat(take(counting, "sweep")).isPresent();
        assertThat(counting.calls()).contains(StoreRequest.PUT, StoreRequest.LIST, StoreRequest.GET);

        for (StoreRequest request :
                List.copyOf(counting.calls().stream().distinct().toList())) {
            for (Fault fault : List.of(Fault.FAILED_BEFORE, Fault.FAILED_AFTER, Fault.KILLED)) {
                String name = "sweep-" + request.name().replace('_', '-') + "-"
                        + fault.name().replace("_", "-");
                FaultyObjectStore faulty = FaultyObjectStore.failing(REPOSITORY.store(), request, 0, fault);

                assertThat(take(faulty, name)).as(name).isEmpty();
                faulty.requireHit();
                boolean stored = request == StoreRequest.PUT && fault == Fault.FAILED_AFTER;
                assertThat(names().contains(name)).as(name).isEqualTo(stored);
            }
        }
    }
}
