package org.pgagent.postgres.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.Await;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.postgres.CatalogVersion;
import org.pgagent.postgres.ControlFile;
import org.pgagent.postgres.ControlFileReader;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.RelationFile;
import org.pgagent.postgres.Timeline;

@ParameterizedClass(name = "PostgreSQL {0}")
@MethodSource("org.pgagent.kit.PostgresBinaries#majors")
final class ServerConnectionIT {
    private static PostgresCluster cluster;

    @Parameter
    int major;

    @BeforeParameterizedClassInvocation
    static void start(int major) {
        cluster = PostgresSetup.ofVersion(major)
                .withWalSegmentMiB(4)
                .withArchiveCommand("true")
                .withSetting("wal_log_hints", "on")
                .withSetting("max_connections", "37")
                .start();
    }

    @AfterParameterizedClassInvocation
    static void stop() {
        cluster.close();
    }

    private static ServerConnection connect() throws PgAgentException {
        return connectAs("postgres", "postgres");
    }

    private static ServerConnection connectAs(String user, String database) throws PgAgentException {
        return ServerConnection.open(TestSettings.socket(cluster, user, database));
    }

    /** A hundred GiB would be on their way if it took all rows. */
    @Test
    void looks_at_rows_one_after_another_and_stops_when_it_likes() throws IOException {
        try (SqlSession session = SqlSession.open(TestSettings.socket(cluster, "postgres", "postgres"))) {
            AtomicInteger seen = new AtomicInteger();
            session.visit(
                    "counting",
                    "SELECT repeat('x', 1048576), i FROM generate_series(1, 100000) i",
                    row -> seen.incrementAndGet() < 100);
            assertThat(seen).hasValue(100);

            session.visit("counting", "SELECT i FROM generate_series(1, 70) i", row -> seen.incrementAndGet() > 0);
            assertThat(seen).hasValue(170);

            assertThatThrownBy(() -> session.visit("dividing", "SELECT 1 / 0", row -> true))
                    .extracting("kind")
                    .isEqualTo(ErrorKind.SQL_FAILED);
            assertThat(session.isInRecovery()).isFalse();
        }
    }

    @Test
    void tells_what_a_file_belongs_to() throws IOException {
        cluster.sql("CREATE DATABASE \"a shop\"");
        cluster.sql("a shop", "CREATE SCHEMA app; CREATE TABLE app.\"Orders\" (id int PRIMARY KEY, note text)");
        cluster.sql("CREATE DATABASE broken");
        // As an interrupted DROP DATABASE leaves it.
        cluster.sql("UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'broken'");
        try (ServerConnection connection = connect()) {
            assertThat(connection.databaseNames())
                    .containsValues("postgres", "a shop")
                    .doesNotContainValue("template0")
                    .doesNotContainValue("broken");
            assertThat(connection.systemIdentifier())
                    .isEqualTo(connection.facts().control().systemIdentifier());
            long shared = Long.parseLong(cluster.value("SELECT pg_relation_filenode('pg_database')"));
            assertThat(connection.relationName(RelationFile.SHARED_TABLESPACE, shared))
                    .contains("postgres.pg_catalog.pg_database");
        }
        try (ServerConnection connection = connectAs("postgres", "a shop")) {
            String table = "\"a shop\".app.\"Orders\"";
            assertThat(name(connection, "'app.\"Orders\"'")).contains(table);
            assertThat(name(connection, "'app.\"Orders_pkey\"'"))
                    .contains("\"a shop\".app.\"Orders_pkey\" (index of " + table + ")");
            assertThat(name(connection, "(SELECT reltoastrelid FROM pg_class WHERE relname = 'Orders')"))
                    .hasValueSatisfying(name -> assertThat(name)
                            .startsWith("\"a shop\".pg_toast.pg_toast_")
                            .endsWith(" (values of " + table + ")"));
            assertThat(connection.relationName(RelationFile.DEFAULT_TABLESPACE, 999_999_999))
                    .isEmpty();
        }
    }

    private static Optional<String> name(ServerConnection connection, String relation) throws PgAgentException {
        long file = Long.parseLong(cluster.sql("a shop", "SELECT pg_relation_filenode(" + relation + ")")
                .get(0)
                .get(0));
        return connection.relationName(RelationFile.DEFAULT_TABLESPACE, file);
    }

    @Test
    void tells_what_the_server_is() throws IOException {
        ControlFile file = new ControlFileReader().read(cluster.dataDirectory()).content();
        try (ServerConnection connection = connect()) {
            ServerFacts facts = connection.facts();
            assertThat(facts.major()).isEqualTo(major);
            assertThat(facts.inRecovery()).isFalse();
            assertThat(facts.timeline()).isEqualTo(new Timeline(1));
            assertThat(facts.clock()).isCloseTo(Instant.now(), within(1, ChronoUnit.MINUTES));
            assertThat(facts.missingGrants()).isEmpty();

            ControlFacts control = facts.control();
            assertThat(control.systemIdentifier()).isEqualTo(file.systemIdentifier());
            assertThat(control.catalogVersion())
                    .isEqualTo(CatalogVersion.ofMajor(major).number());
            assertThat(control.blockSize()).isEqualTo(8192);
            assertThat(control.walBlockSize()).isEqualTo(8192);
            assertThat(control.walSegmentSize().bytes()).isEqualTo(4 << 20);
            assertThat(control.dataChecksums()).isTrue();

            ServerSettings settings = facts.settings();
            Path data = cluster.dataDirectory();
            assertThat(settings.dataDirectory()).isEqualTo(data);
            assertThat(settings.statsTempDirectory().isPresent()).isEqualTo(major < 15);
            assertThat(settings.walLevel()).isEqualTo("replica");
            assertThat(settings.walLogHints()).isTrue();
            assertThat(settings.archiveMode()).isEqualTo(ArchiveMode.ON);
            assertThat(settings.archiveCommand()).isEqualTo("true");
            assertThat(settings.archiveLibrary()).isEmpty();
            assertThat(settings.forRecovery())
                    .hasSize(6)
                    .containsEntry("max_connections", "37")
                    .containsEntry("wal_level", "replica");
        }
    }

    @Test
    void tells_the_archiving_that_is_off() throws IOException {
        try (PostgresCluster plain =
                        PostgresSetup.ofVersion(major).withoutDataChecksums().start();
                ServerConnection connection =
                        ServerConnection.open(TestSettings.socket(plain, "postgres", "postgres"))) {
            ServerFacts facts = connection.facts();
            assertThat(facts.control().dataChecksums()).isFalse();
            assertThat(facts.settings().archiveMode()).isEqualTo(ArchiveMode.OFF);
            assertThat(facts.settings().archiveCommand()).isEmpty();
            assertThat(connection.archiverStatus().lastArchived()).isEmpty();
            assertThat(connection.archiverStatus().isFailing()).isFalse();
        }
    }

    @Test
    void is_bothered_neither_by_time_limits_nor_by_the_search_path_of_its_role() throws IOException {
        cluster.sql("CREATE SCHEMA trap");
        cluster.sql("CREATE FUNCTION trap.pg_is_in_recovery() RETURNS boolean LANGUAGE sql AS 'SELECT 1/0 = 1'");
        cluster.sql("CREATE ROLE limited SUPERUSER LOGIN");
        for (String setting : List.of(
                "statement_timeout = 1",
                "lock_timeout = 1",
                "search_path = trap, pg_catalog",
                "idle_in_transaction_session_timeout = 1",
                "standard_conforming_strings = off")) {
            cluster.sql("ALTER ROLE limited SET " + setting);
        }
        try (ServerConnection connection = connectAs("limited", "postgres")) {
            assertThat(connection.facts().inRecovery()).isFalse();
            assertThat(cluster.sql("""
                            SELECT application_name, state, xact_start IS NULL FROM pg_stat_activity
                            WHERE usename = 'limited'
                            """)).isEqualTo(List.of(List.of("pgagent", "idle", "t")));
        } finally {
            cluster.sql("DROP SCHEMA trap CASCADE");
            cluster.sql("DROP ROLE limited");
        }
    }

    @Test
    void follows_the_archiver() throws IOException {
        try (ServerConnection connection = connect()) {
            String archived = cluster.archiveWal();
            ArchiverStatus good = connection.archiverStatus();
            assertThat(good.archivedCount()).isPositive();
            assertThat(good.lastArchived().orElseThrow().fileName()).isEqualTo(archived);
            assertThat(good.isFailing()).isFalse();

            cluster.setArchiveCommand("false");
            String refused = cluster.switchWal();
            Await.until(
                    "a failure is counted",
                    Duration.ofSeconds(30),
                    () -> connection.archiverStatus().isFailing());
            assertThat(connection.archiverStatus().lastFailed().orElseThrow().fileName())
                    .isEqualTo(refused);
        } finally {
            cluster.setArchiveCommand("true");
        }
    }

    @Test
    void moves_through_the_wal() throws IOException {
        try (ServerConnection connection = connect()) {
            Lsn before = connection.currentWalInsertLsn();
            Lsn point = connection.createRestorePoint("a point");
            Lsn end = connection.switchWal();
            assertThat(point).isGreaterThan(before);
            assertThat(end).isGreaterThanOrEqualTo(point);
            assertThat(connection.currentWalInsertLsn().value() / (4 << 20)).isEqualTo(end.value() / (4 << 20) + 1);
        }
    }

    @Test
    void keeps_paths_as_they_are_whatever_the_encoding_of_the_database() throws IOException {
        Path location = cluster.createDirectory("Tablespace \"ä\" \\ 1");
        cluster.sql("CREATE DATABASE latin ENCODING LATIN1 TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'");
        cluster.sql("CREATE TABLESPACE odd LOCATION '" + location + "'");
        try (ServerConnection connection = connectAs("postgres", "latin")) {
            List<Tablespace> tablespaces = connection.facts().tablespaces();
            assertThat(tablespaces).isEqualTo(connection.tablespaces()).hasSize(1);
            assertThat(tablespaces.get(0).location()).isEqualTo(location.toString());
            try (BackupSession backup = connection.startBackup("odd", CheckpointMode.FAST)) {
                String escaped =
                        major == 13 ? location.toString() : location.toString().replace("\\", "\\\\");
                assertThat(backup.stop().tablespaceMap())
                        .isEqualTo(tablespaces.get(0).oid() + " " + escaped + "\n");
            }
        } finally {
            cluster.sql("DROP DATABASE latin");
            cluster.sql("DROP TABLESPACE odd");
        }
    }

    @Test
    void works_with_the_least_rights_and_names_those_that_are_missing() throws IOException {
        cluster.sql("CREATE ROLE \"Backup\" LOGIN");
        List<String> grants;
        try (ServerConnection connection = connectAs("Backup", "postgres")) {
            PgAgentException refused = refusalOf(connection::facts);
            assertThat(refused).hasMessageContaining("data_directory");
            grants = List.of(
                    refused.hint().replaceAll(".*?database postgres: ", "").split("(?<=;) ", -1));
            assertThat(grants).hasSize(5).contains("GRANT pg_read_all_settings TO \"Backup\";");
            assertThat(refusalOf(() -> connection.startBackup("least", CheckpointMode.FAST)))
                    .hasMessageContaining("permission denied")
                    .satisfies(e -> assertThat(e.hint()).contains(grants));
            assertThat(refusalOf(connection::switchWal).hint()).contains("GRANT");
        }
        grants.forEach(cluster::sql);
        try (ServerConnection connection = connectAs("Backup", "postgres")) {
            ServerFacts facts = connection.facts();
            assertThat(facts.missingGrants()).isEmpty();
            assertThat(facts.settings().dataDirectory()).isEqualTo(cluster.dataDirectory());
            assertThat(facts.settings().archiveCommand()).isEqualTo("true");
            assertThat(connection.archiverStatus().failedCount()).isNotNegative();
            connection.createRestorePoint("least");
            connection.switchWal();
            connection.currentWalInsertLsn();
            try (BackupSession backup = connection.startBackup("least", CheckpointMode.FAST)) {
                backup.checkAlive();
                assertThat(backup.stop().nextXid()).isPresent();
            }
        } finally {
            cluster.sql("DROP OWNED BY \"Backup\"");
            cluster.sql("DROP ROLE \"Backup\"");
        }
    }

    @Test
    void a_role_that_only_lacks_functions_is_told_which() throws IOException {
        cluster.sql("CREATE ROLE reader LOGIN IN ROLE pg_monitor");
        try (ServerConnection connection = connectAs("reader", "postgres")) {
            assertThat(connection.facts().missingGrants())
                    .hasSize(4)
                    .allSatisfy(grant -> assertThat(grant)
                            .matches("GRANT EXECUTE ON FUNCTION pg_catalog\\.pg_\\w+\\([a-z, ]*\\) TO reader;"));
        } finally {
            cluster.sql("DROP ROLE reader");
        }
    }

    private static PgAgentException refusalOf(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        PgAgentException[] refusal = new PgAgentException[1];
        assertThatThrownBy(call).isInstanceOfSatisfying(PgAgentException.class, e -> refusal[0] = e);
        assertThat(refusal[0].kind()).isEqualTo(ErrorKind.SQL_FAILED);
        return refusal[0];
    }
}
