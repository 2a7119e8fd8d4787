package org.pgagent.cases;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.ResidentProgram.Outcome;
import org.pgagent.kit.ScratchDirectory;
import org.pgagent.storage.ListDepth;

/** Log files of a server that collects them, with its backups. */
final class ServerLogIT {
    private static final Repository REPOSITORY = Repository.shared();

    private static PostgresSetup collecting(String name) {
        return REPOSITORY.archiving(
                PostgresSetup.ofVersion(15)
                        .withWalSegmentMiB(1)
                        .withSetting("logging_collector", "on")
                        .withSetting("log_statement", "all")
                        .withSetting("log_filename", "server.log"),
                name);
    }

    private static Outcome run(String... arguments) {
        Outcome outcome = REPOSITORY.run(arguments);
        assertThat(outcome.status()).as(outcome.output()).isZero();
        return outcome;
    }

    private static int pieces(String name) throws IOException {
        return REPOSITORY
                .store()
                .list(name + "/serverlog/", ListDepth.ALL, Optional.empty())
                .objects()
                .size();
    }

    private static Outcome backup(PostgresCluster cluster, String name, String... more) {
        List<String> arguments =
                Stream.concat(Stream.of("--with-serverlog"), Stream.of(more)).toList();
        Outcome outcome = REPOSITORY.onServer(cluster, name, "backup", arguments.toArray(String[]::new));
        assertThat(outcome.status()).as(outcome.output()).isZero();
        return outcome;
    }

    @Test
    void what_the_server_logged_comes_back_into_its_log_directory() throws IOException {
        String name = "logs";
        try (PostgresCluster cluster = collecting(name).start()) {
            Path log = cluster.dataDirectory().resolve("log/server.log");
            cluster.sql("SELECT 'said before the first backup'");
            Outcome first = backup(cluster, name);
            assertThat(first.out()).containsPattern("Server logs +1 file, .* stored anew");
            int before = pieces(name);
            cluster.sql("SELECT 'said before the second backup'");
            Outcome second = backup(cluster, name);
            assertThat(pieces(name)).isEqualTo(before + 1);
            String atSecond = Files.readString(log);
            cluster.sql("SELECT 'said by nobody to the repository'");
            assertThat(run("show", Repository.idIn(second).toString(), "--cluster", name)
                            .out())
                    .containsPattern("Server logs +1 file, ");

            try (RestoredCluster restored = REPOSITORY.restore(name, "--with-serverlog")) {
                assertThat(restored.outcome().out()).contains("Server logs: 1 file, ");
                String back = Files.readString(restored.dataDirectory().resolve("log/server.log"));
                assertThat(atSecond).startsWith(back);
                assertThat(back).contains("said before the first backup", "said before the second backup");
                restored.recover();
                assertThat(Files.readString(restored.dataDirectory().resolve("log/server.log")))
                        .startsWith(back);
            }
            try (ScratchDirectory scratch = ScratchDirectory.create()) {
                Path only = scratch.resolve("only");
                run("restore", "--only-serverlog", "--serverlog-dir", only.toString(), "--cluster", name);
                assertThat(atSecond).startsWith(Files.readString(only.resolve("server.log")));
            }
            requireExpiry(cluster, name, log);
        }
    }

    /** The file of a server that goes on with another name. */
    private static void requireExpiry(PostgresCluster cluster, String name, Path log) throws IOException {
        cluster.writeSetting("log_filename", "later.log");
        cluster.reload();
        cluster.awaitTrue("SELECT pg_current_logfile() = 'log/later.log'");
        cluster.sql("SELECT 'said later'");
        backup(cluster, name);
        Outcome rules = REPOSITORY.run("expire", "--only-serverlog", "--cluster", name);
        assertThat(rules.status()).isEqualTo(3);
        assertThat(run("expire", "--only-serverlog", "--keep-srvlog-days", "1", "--cluster", name)
                        .out())
                .contains("Expired 0 log files of the server");
        assertThat(run("expire", "--only-wal", "--keep-srvlog-files", "1", "--cluster", name)
                        .out())
                .doesNotContain("Logs gone");
        Outcome plan = run("expire", "--cluster", name, "--keep-full", "1", "--keep-srvlog-files", "1", "--dry-run");
        assertThat(plan.out()).containsPattern("Logs to go +1 file of the server");
        Outcome expired = run("expire", "--cluster", name, "--keep-full", "1", "--keep-srvlog-files", "1");
        assertThat(expired.out()).containsPattern("Logs gone +1 file of the server");
        assertThat(REPOSITORY
                        .store()
                        .list(name + "/serverlog/", ListDepth.ALL, Optional.empty())
                        .objects())
                .allMatch(object -> object.key().name().startsWith("later.log!"));
        assertThat(log).exists();
    }

    @Test
    void logs_outside_the_data_directory_go_back_where_one_says() throws IOException {
        String name = "logs-outside";
        PostgresSetup setup = collecting(name);
        try (PostgresCluster cluster = setup.start();
                ScratchDirectory scratch = ScratchDirectory.create()) {
            Path outside = cluster.createDirectory("outside-logs");
            cluster.writeSetting("log_directory", outside.toString());
            cluster.reload();
            cluster.awaitTrue("SELECT pg_current_logfile() = '" + outside + "/server.log'");
            cluster.sql("SELECT 'said outside'");
            backup(cluster, name);

            Path never = scratch.resolve("never");
            Outcome refused = REPOSITORY.restoreInto(never, name, "--with-serverlog");
            assertThat(refused.status()).as(refused.output()).isEqualTo(2);
            assertThat(refused.err()).contains("outside the data directory").contains("--serverlog-dir");
            assertThat(never).doesNotExist();

            Path back = scratch.resolve("back");
            try (RestoredCluster restored =
                    REPOSITORY.restore(name, "--with-serverlog", "--serverlog-dir", back.toString())) {
                assertThat(restored.outcome().out()).contains("Server logs go into " + back);
                assertThat(Files.readString(back.resolve("server.log"))).contains("said outside");
            }
        }
    }

    /** Or a restore would put the old server's postmaster.pid beside the new one's files. */
    @Test
    void logs_among_the_server_s_own_files_are_neither_stored_nor_put_back() throws IOException {
        String name = "logs-among";
        try (PostgresCluster cluster = collecting(name).start()) {
            cluster.writeSetting("log_directory", ".");
            cluster.reload();
            cluster.awaitTrue("SELECT pg_current_logfile() LIKE './%'");
            Outcome outcome = backup(cluster, name);
            assertThat(outcome.out()).contains("where the server has files that are no logs");
            assertThat(pieces(name)).isZero();

            try (ScratchDirectory scratch = ScratchDirectory.create()) {
                Path never = scratch.resolve("never");
                for (String where : List.of("", "/global", "/pg_wal/x", "/..")) {
                    Outcome refused =
                            REPOSITORY.restoreInto(never, name, "--with-serverlog", "--serverlog-dir", never + where);
                    assertThat(refused.status()).as(where).isEqualTo(2);
                    assertThat(never).doesNotExist();
                }
            }
        }
    }

    @Test
    void a_server_that_collects_nothing_is_backed_up_with_a_word_about_that() {
        String name = "logs-off";
        try (PostgresCluster cluster = REPOSITORY
                .archiving(PostgresSetup.ofVersion(18).withWalSegmentMiB(1), name)
                .start()) {
            Outcome outcome = backup(cluster, name, "--json");
            assertThat(outcome.out()).contains("\"error\" : \"logging_collector is off");
            assertThat(outcome.err()).contains("not all log files of the server are stored");
        }
    }
}
