package org.pgagent.cases;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.pgagent.kit.AlteringSocket;
import org.pgagent.kit.FaultyWire;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.ResidentProgram.Outcome;
import org.pgagent.kit.ToolRun;
import org.pgagent.storage.ListDepth;
import org.pgagent.storage.ObjectInfo;
import org.pgagent.storage.ObjectListing;

/** What a backup refuses before it begins: with what is wrong, what to do about it, its status, and nothing stored. */
final class BackupRefusalsIT {
    private static final String NAME = "refused";

    private static final Repository REPOSITORY = Repository.shared();
    private static PostgresCluster cluster;

    private List<ObjectInfo> before;

    @BeforeAll
    static void start() {
        cluster = REPOSITORY
                .archiving(PostgresSetup.ofVersion(15).withWalSegmentMiB(1), NAME)
                .start();
        cluster.archiveWal();
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @BeforeEach
    void rememberObjects() throws IOException {
        before = objects();
    }

    private static List<ObjectInfo> objects() throws IOException {
        List<ObjectInfo> objects = new ArrayList<>();
        Optional<String> from = Optional.empty();
        do {
            ObjectListing page = REPOSITORY.store().list("", ListDepth.ALL, from);
            objects.addAll(page.objects());
            from = page.next();
        } while (from.isPresent());
        return objects;
    }

    private void requireRefused(Outcome outcome, int status, String fact) throws IOException {
        assertThat(outcome.err())
                .contains("pgagent: error: ")
                .contains(fact)
                .contains("hint: ")
                .doesNotContain("\tat ");
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.status()).isEqualTo(status);
        assertThat(objects()).isEqualTo(before);
    }

    @Test
    void a_server_that_does_not_archive() throws IOException {
        try (PostgresCluster silent = PostgresSetup.ofVersion(15).start()) {
            Outcome outcome = REPOSITORY.onServer(silent, "silent", "backup");

            requireRefused(outcome, 20, "archive_mode is off");
            assertThat(outcome.err()).contains("archive_command = 'pgagent wal-push %p'");
        }
    }

    @Test
    void an_archive_command_that_is_another_programs() throws IOException {
        cluster.setArchiveCommand("test ! -f /nonexistent/%f");
        try {
            requireRefused(REPOSITORY.onServer(cluster, NAME, "backup"), 20, "test ! -f /nonexistent/%f");
        } finally {
            cluster.setArchiveCommand(Repository.archiveCommand(NAME));
        }
    }

    @Test
    void an_archive_library_in_place_of_the_command() throws IOException {
        cluster.writeSetting("archive_library", "basic_archive");
        cluster.reload();
        try {
            requireRefused(REPOSITORY.onServer(cluster, NAME, "backup"), 20, "archive_library is 'basic_archive'");
        } finally {
            cluster.writeSetting("archive_library", "");
            cluster.restart(); // reloaded, it would start its archiver again half a minute later
            cluster.archiveWal();
        }
    }

    @Test
    void a_data_directory_that_cannot_be_read() throws IOException {
        Path closed = cluster.createDirectory("closed");
        ToolRun.successOf("chmod", "000", closed.toString());

        requireRefused(REPOSITORY.onServer(cluster, NAME, "backup", "-D", closed.toString()), 10, closed.toString());
    }

    @Test
    void a_data_directory_that_is_not_there() throws IOException {
        Path missing = cluster.socketDirectory().resolve("missing");

        Outcome outcome = REPOSITORY.onServer(cluster, NAME, "backup", "-D", missing.toString());

        requireRefused(outcome, 10, "there is no data directory " + missing);
        assertThat(outcome.err()).contains(cluster.dataDirectory().toString());
    }

    @Test
    void a_data_directory_of_another_version() throws IOException {
        try (PostgresCluster other = PostgresSetup.ofVersion(14).prepare()) {
            Path directory = other.dataDirectory();

            requireRefused(
                    REPOSITORY.onServer(cluster, NAME, "backup", "-D", directory.toString()),
                    24,
                    directory + " is not the data directory of the server");
        }
    }

    /** Same system identifier, same version: only the checkpoint of the backup shows that it is another directory. */
    @Test
    void a_copy_of_the_servers_data_directory() throws IOException {
        Path copy = cluster.createDirectory("copies").resolve("copy");
        ToolRun.successOf("cp", "-a", cluster.dataDirectory().toString(), copy.toString());

        Outcome outcome = REPOSITORY.onServer(cluster, NAME, "backup", "-D", copy.toString());

        assertThat(outcome.status()).as(outcome.output()).isEqualTo(24);
        assertThat(outcome.err())
                .contains(copy + " is not the data directory of the server")
                .contains("hint: ");
        assertThat(REPOSITORY.run("show", "--cluster", NAME).out())
                .doesNotContain(" OK")
                .contains("ERROR");
    }

    @Test
    void a_server_of_a_version_that_it_does_not_know() throws IOException {
        String number = cluster.value("SHOW server_version_num");
        for (String unknown : List.of("120022", "190000")) {
            try (AlteringSocket other = AlteringSocket.of(cluster, number, unknown)) {
                Outcome outcome = REPOSITORY.run(
                        "backup", "--cluster", NAME, "-h", other.directory().toString(), "-U", "postgres");

                requireRefused(outcome, 24, "the server is PostgreSQL " + unknown.substring(0, 2));
                assertThat(outcome.err()).contains("13 to 18");
            }
        }
    }

    @Test
    void the_name_of_another_cluster() throws IOException {
        PostgresSetup setup = PostgresSetup.ofVersion(15).withWalSegmentMiB(1).withOwnIdentity();
        try (PostgresCluster stranger = REPOSITORY.archiving(setup, "strangers").start()) {
            before = objects();

            requireRefused(REPOSITORY.onServer(stranger, NAME, "backup"), 40, "'" + NAME + "'");
        }
    }

    @Test
    void a_file_of_the_data_directory_that_cannot_be_read() throws IOException {
        Path file = cluster.dataDirectory().resolve("base/1/locked");
        cluster.createFile("base/1/locked");
        ToolRun.successOf("chmod", "000", file.toString());
        try {
            Outcome outcome = REPOSITORY.onServer(cluster, NAME, "backup");

            assertThat(outcome.status()).as(outcome.output()).isEqualTo(10);
            assertThat(outcome.err()).contains(file.toString()).contains("hint: ");
            assertThat(REPOSITORY.run("show", "--cluster", NAME).out())
                    .doesNotContain(" OK")
                    .contains("ERROR");
        } finally {
            ToolRun.successOf("rm", "-f", file.toString());
        }
    }

    @Test
    void a_role_that_may_not_take_backups() throws IOException {
        cluster.sql("DROP ROLE IF EXISTS watcher; CREATE ROLE watcher LOGIN; GRANT pg_monitor TO watcher");

        Outcome outcome =
                REPOSITORY.run("backup", "-h", cluster.socketDirectory().toString(), "-U", "watcher", "-d", "postgres");

        requireRefused(outcome, 14, "may not take backups");
        assertThat(outcome.err()).contains("GRANT EXECUTE ON FUNCTION");
    }

    @Test
    void a_full_backup_that_is_to_be_compared_with_another() throws IOException {
        requireRefused(
                REPOSITORY.onServer(cluster, NAME, "backup", "--type", "full", "--changed-by", "hash"),
                2,
                "compared with nothing");
    }

    @Test
    void a_label_that_the_server_would_garble() throws IOException {
        requireRefused(REPOSITORY.onServer(cluster, NAME, "backup", "--label", "nächtlich"), 2, "not a label");
    }

    @Test
    void a_label_that_is_too_long() throws IOException {
        requireRefused(
                REPOSITORY.onServer(cluster, NAME, "backup", "--label", "l".repeat(201)),
                2,
                "1 to 200 printable ASCII characters");
    }

    @Test
    void a_label_without_a_character() throws IOException {
        requireRefused(REPOSITORY.onServer(cluster, NAME, "backup", "--label", ""), 2, "not a label");
    }

    @Test
    void a_store_that_lets_it_read_and_not_write() throws IOException {
        try (FaultyWire wire = FaultyWire.to(REPOSITORY.server().endpoint())) {
            wire.breakNext("^PUT \\S+/records/", FaultyWire.error("403 Forbidden", "AccessDenied", ""));

            Outcome outcome = REPOSITORY.onServer(
                    cluster, NAME, "backup", "--endpoint", wire.endpoint().toString());

            requireRefused(outcome, 31, "/records/");
            assertThat(outcome.err()).contains("s3:PutObject");
            wire.requireAllHit();
        }
    }

    @Test
    void a_clock_that_the_store_does_not_believe() throws IOException {
        try (FaultyWire wire = FaultyWire.to(REPOSITORY.server().endpoint())) {
            wire.breakNext("^GET ", FaultyWire.error("403 Forbidden", "RequestTimeTooSkewed", ""));

            Outcome outcome = REPOSITORY.onServer(
                    cluster, NAME, "backup", "--endpoint", wire.endpoint().toString());

            requireRefused(outcome, 34, "clock");
            wire.requireAllHit();
        }
    }
}
