package org.pgagent.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgagent.error.ErrorKind;
import org.pgagent.kit.ToolRun;
import org.pgagent.postgres.CatalogVersion;
import org.pgagent.postgres.DataDirectoryRules;
import org.pgagent.postgres.DataPath;
import org.pgagent.postgres.EntryRule;
import org.pgagent.postgres.Exclusions;
import org.pgagent.repository.LinkTarget;

class DataDirectoryScanTest {
    @TempDir
    Path dir;

    private Path pgdata;
    private final List<String> found = new ArrayList<>();

    @BeforeEach
    void make() throws IOException {
        pgdata = Files.createDirectory(dir.resolve("pgdata"));
        for (String directory : List.of("global", "base/5", "pg_tblspc", "pg_wal", "pg_replslot/slot", "pg_xact")) {
            Files.createDirectories(pgdata.resolve(directory));
        }
        write("PG_VERSION", "global/pg_control", "global/1260", "base/5/PG_VERSION", "base/5/1259", "base/5/1259.1");
        write("pg_xact/0000", "pg_replslot/slot/state", "pg_wal/000000010000000000000001", "postmaster.pid");
    }

    @Test
    void copies_what_the_cluster_needs_and_nothing_else() throws IOException {
        write(
                "base/5/t3_16384",
                "base/5/pgsql_tmp12",
                "base/5/pg_internal.init",
                "recovery.signal",
                "backup_label.old");
        assertThat(scan())
                .containsExactlyInAnyOrder(
                        "directory ",
                        "directory global",
                        "directory base",
                        "directory base/5",
                        "directory pg_tblspc",
                        "directory pg_wal",
                        "directory pg_replslot",
                        "directory pg_xact",
                        "file PG_VERSION",
                        "file global/1260",
                        "file base/5/PG_VERSION",
                        "file base/5/1259",
                        "file base/5/1259.1",
                        "file pg_xact/0000");
    }

    @Test
    void leaves_out_the_data_of_unlogged_relations_but_not_their_init_forks() throws IOException {
        write("base/5/16390", "base/5/16390.1", "base/5/16390_fsm", "base/5/16390_init", "base/5/16391");
        assertThat(scan())
                .contains("file base/5/16390_init", "file base/5/16391")
                .doesNotContain("file base/5/16390", "file base/5/16390.1", "file base/5/16390_fsm");
    }

    @Test
    void follows_tablespaces_once_also_inside_the_data_directory() throws IOException {
        Path outside = Files.createDirectories(dir.resolve("ts 'ü\"/PG_17_202406281/5"));
        Files.writeString(outside.resolve("16400"), "x");
        Files.createDirectories(dir.resolve("ts 'ü\"/PG_15_202209061/5"));
        Path inside = Files.createDirectories(pgdata.resolve("inside/PG_17_202406281/5"));
        Files.writeString(inside.resolve("16401"), "x");
        Files.createSymbolicLink(pgdata.resolve("pg_tblspc/16385"), dir.resolve("ts 'ü\""));
        Files.createSymbolicLink(pgdata.resolve("pg_tblspc/16386"), pgdata.resolve("inside"));
        assertThat(scan())
                .contains(
                        "link pg_tblspc/16385 -> " + dir.resolve("ts 'ü\""),
                        "file pg_tblspc/16385/PG_17_202406281/5/16400",
                        "file pg_tblspc/16386/PG_17_202406281/5/16401")
                .noneMatch(line -> line.contains("PG_15") || line.startsWith("file inside"));
    }

    @Test
    void takes_no_other_link_in_pg_tblspc_for_a_tablespace() throws IOException {
        Path old = Files.createDirectories(dir.resolve("old/PG_17_202406281/5"));
        Files.writeString(old.resolve("16400"), "x");
        for (String name : List.of("16385.old", "old", "016385", "0", "16385000000")) {
            Files.createSymbolicLink(pgdata.resolve("pg_tblspc").resolve(name), dir.resolve("old"));
        }
        Files.createSymbolicLink(pgdata.resolve("pg_tblspc/base"), pgdata.resolve("base"));
        Files.createSymbolicLink(pgdata.resolve("pg_tblspc/16390"), pgdata.resolve("pg_xact"));
        assertThat(scan())
                .contains("file base/5/1259", "file pg_xact/0000")
                .noneMatch(line -> line.contains("16400") || line.matches("link pg_tblspc/(?!16390 ).*"));
    }

    @Test
    void makes_a_relative_link_of_a_tablespace_absolute() throws IOException {
        Path there = Files.createDirectories(dir.resolve("there"));
        Files.createDirectories(dir.resolve("there/ts/PG_17_202406281/5"));
        Files.writeString(dir.resolve("there/ts/PG_17_202406281/5/16400"), "x");
        Files.createSymbolicLink(dir.resolve("via"), there.resolve("ts"));
        Files.createSymbolicLink(pgdata.resolve("pg_tblspc/16385"), Path.of("../../via/../ts"));
        Files.createSymbolicLink(pgdata.resolve("pg_tblspc/16386"), Path.of("../../missing"));
        assertThat(scan())
                .contains(
                        "link pg_tblspc/16385 -> " + there.resolve("ts").toRealPath(),
                        "file pg_tblspc/16385/PG_17_202406281/5/16400")
                .noneMatch(line -> line.contains("16386"));
    }

    @Test
    void follows_links_to_configuration_and_no_loops_or_dead_ends() throws IOException {
        Path etc = Files.createDirectories(dir.resolve("etc/conf.d"));
        Files.writeString(dir.resolve("etc/postgresql.conf"), "x");
        Files.writeString(etc.resolve("a.conf"), "x");
        Files.createSymbolicLink(etc.resolve("again"), etc);
        Files.createSymbolicLink(pgdata.resolve("postgresql.conf"), dir.resolve("etc/postgresql.conf"));
        Files.createSymbolicLink(pgdata.resolve("conf.d"), etc);
        Files.createSymbolicLink(pgdata.resolve("nowhere"), dir.resolve("missing"));
        Files.createSymbolicLink(pgdata.resolve("self"), pgdata);
        Files.createSymbolicLink(pgdata.resolve("up"), dir);
        assertThat(scan())
                .contains(
                        "file postgresql.conf linked to " + dir.resolve("etc/postgresql.conf"),
                        "directory conf.d",
                        "file conf.d/a.conf")
                .noneMatch(line -> line.contains("again") || line.contains("nowhere") || line.contains("self"))
                .noneMatch(line -> line.startsWith("directory up"));
    }

    /** Restored without these, the server would not start, or would miss a database. */
    @Test
    void what_is_behind_a_link_within_the_data_directory_is_copied_under_both_names() throws IOException {
        Files.createDirectories(pgdata.resolve("moved/16384"));
        Files.createDirectory(pgdata.resolve("conf"));
        write("conf/postgresql.conf", "moved/16384/1259");
        Files.createSymbolicLink(pgdata.resolve("postgresql.conf"), Path.of("conf/postgresql.conf"));
        Files.createSymbolicLink(pgdata.resolve("conf.d"), Path.of("conf"));
        Files.createSymbolicLink(pgdata.resolve("base/16384"), Path.of("../moved/16384"));
        assertThat(scan())
                .contains(
                        "file conf/postgresql.conf",
                        "file postgresql.conf linked to conf/postgresql.conf",
                        "file conf.d/postgresql.conf",
                        "directory base/16384",
                        "file base/16384/1259",
                        "file moved/16384/1259");
    }

    @Test
    void another_name_of_the_server_s_own_directories_is_left_out() throws IOException {
        Files.createDirectories(pgdata.resolve("base/1"));
        write("base/1/1259");
        Files.createSymbolicLink(pgdata.resolve("databases"), Path.of("base"));
        Files.createSymbolicLink(pgdata.resolve("wal"), Path.of("pg_wal"));
        Files.createSymbolicLink(pgdata.resolve("first"), Path.of("base/1"));
        assertThat(scan())
                .contains("file base/1/1259")
                .noneMatch(line -> line.contains("databases") || line.contains("first") || line.endsWith(" wal"));
    }

    @Test
    void links_that_lead_to_each_other_come_to_an_end() throws IOException {
        Files.createDirectory(pgdata.resolve("a"));
        Files.createDirectory(pgdata.resolve("b"));
        write("a/x", "b/y");
        Files.createSymbolicLink(pgdata.resolve("a/to_b"), Path.of("../b"));
        Files.createSymbolicLink(pgdata.resolve("b/to_a"), Path.of("../a"));
        Files.createSymbolicLink(pgdata.resolve("b/here"), Path.of("."));
        assertThat(scan()).contains("file a/x", "file b/y", "file a/to_b/y").hasSizeLessThan(40);
    }

    @ParameterizedTest
    @ValueSource(strings = {"base/16384", "base/1/1259", "global/1260", "pg_xact/0000", "pg_multixact/offsets"})
    void a_link_to_nowhere_in_the_place_of_the_server_s_own_is_no_backup(String name) throws IOException {
        Files.createDirectories(pgdata.resolve(name).getParent());
        Files.deleteIfExists(pgdata.resolve(name));
        Files.createSymbolicLink(pgdata.resolve(name), dir.resolve("not mounted"));
        assertThatThrownBy(this::scan)
                .hasMessageContaining(name + " in the data directory cannot be copied: the link leads nowhere")
                .extracting("kind")
                .isEqualTo(ErrorKind.LOCAL_IO);
    }

    @Test
    void lists_no_sockets_fifos_or_their_locks() throws IOException {
        ToolRun.successOf("mkfifo", pgdata.resolve("fifo").toString());
        write(".s.PGSQL.5432.lock");
        assertThat(scan()).noneMatch(line -> line.contains("fifo") || line.contains(".s.PGSQL"));
    }

    @Test
    void keeps_the_empty_directories_of_pg_wal() throws IOException {
        Files.createDirectory(pgdata.resolve("pg_wal/archive_status"));
        write("pg_wal/archive_status/000000010000000000000001.done");
        Files.createDirectory(pgdata.resolve("pg_wal/other"));
        assertThat(scan().stream().filter(line -> line.contains("pg_wal")))
                .containsExactlyInAnyOrder("directory pg_wal", "directory pg_wal/archive_status");
    }

    @Test
    void takes_a_linked_pg_wal_for_an_empty_directory() throws IOException {
        ToolRun.successOf(
                "mv", pgdata.resolve("pg_wal").toString(), dir.resolve("wal").toString());
        Files.createSymbolicLink(pgdata.resolve("pg_wal"), dir.resolve("wal"));
        assertThat(scan()).contains("directory pg_wal").noneMatch(line -> line.contains("pg_wal/"));
    }

    /** Another process makes and removes links all the time, between each two looks of the scan. */
    @Test
    void a_link_that_vanishes_hides_nothing_else_of_its_directory() throws Exception {
        Path directory = Files.createDirectory(pgdata.resolve("conf.d"));
        Path target = Files.writeString(dir.resolve("linked.conf"), "x");
        List<String> neighbours = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            write("conf.d/" + i + ".conf");
            neighbours.add("file conf.d/" + i + ".conf");
        }
        AtomicBoolean enough = new AtomicBoolean();
        FutureTask<Integer> flapping = new FutureTask<>(() -> {
            int turns = 0;
            for (; !enough.get(); turns++) {
                for (int i = 0; i < 8; i++) {
                    Files.createSymbolicLink(directory.resolve("link" + i), target);
                }
                for (int i = 0; i < 8; i++) {
                    Files.delete(directory.resolve("link" + i));
                }
            }
            return turns;
        });
        new Thread(flapping, "flapping").start();
        try {
            for (int scans = 0; scans < 2000; scans++) {
                assertThat(scan()).containsAll(neighbours);
            }
        } finally {
            enough.set(true);
        }
        assertThat(flapping.get()).isPositive();
    }

    @Test
    void leaves_out_what_is_excluded_and_all_that_lies_in_it() throws IOException {
        Files.createDirectories(pgdata.resolve("log/old"));
        Files.createDirectories(pgdata.resolve("scripts/deep"));
        write("log/a.csv", "log/a.log", "log/old/b.csv", "scripts/x", "scripts/deep/y", "core.1");
        List<String> before = scan();
        List<String> leftOut = new ArrayList<>();
        DataDirectoryRules excluding = new DataDirectoryRules(
                CatalogVersion.ofMajor(17),
                Optional.empty(),
                new Exclusions(List.of("log/**.csv", "scripts", "core.*", "no*such")));
        found.clear();
        new DataDirectoryScan(pgdata, excluding, new Collecting(new ArrayList<>()) {
                    @Override
                    public void leftOut(DataPath path, EntryRule rule) {
                        if (rule == EntryRule.EXCLUDED) {
                            leftOut.add(path.toString());
                        }
                    }
                })
                .run();

        assertThat(leftOut).containsExactlyInAnyOrder("log/a.csv", "log/old/b.csv", "scripts", "core.1");
        before.removeAll(List.of("file log/a.csv", "file log/old/b.csv", "file core.1"));
        before.removeIf(entry -> entry.matches(".* scripts(/.*)?"));
        assertThat(found).isEqualTo(before).contains("file log/a.log", "directory log/old");
    }

    @Test
    void keeps_names_that_are_no_utf8() throws IOException {
        ToolRun.successOf("sh", "-c", "printf x > \"$0/base/5/$(printf '\\377\\303')\"", pgdata.toString());
        List<DataPath> paths = new ArrayList<>();
        new DataDirectoryScan(pgdata, rules(), new Collecting(paths)).run();
        DataPath odd =
                paths.stream().filter(path -> path.text().isEmpty()).findFirst().orElseThrow();
        assertThat(odd.hex()).isEqualTo("626173652f352fffc3");
        assertThat(Files.readString(odd.under(pgdata))).isEqualTo("x");
    }

    @Test
    void tells_which_tablespaces_were_there() throws IOException {
        Files.createDirectories(dir.resolve("ts/PG_17_202406281"));
        Files.createDirectories(dir.resolve("unmounted"));
        Files.createDirectories(pgdata.resolve("pg_tblspc/16388/PG_17_202406281"));
        Files.createSymbolicLink(pgdata.resolve("pg_tblspc/16385"), dir.resolve("ts"));
        Files.createSymbolicLink(pgdata.resolve("pg_tblspc/16386"), dir.resolve("unmounted"));
        Files.createSymbolicLink(pgdata.resolve("pg_tblspc/16387"), dir.resolve("missing"));
        assertThat(new DataDirectoryScan(pgdata, rules(), new Collecting(new ArrayList<>())).run())
                .containsExactlyInAnyOrder(16385L, 16388L);
    }

    private void write(String... names) throws IOException {
        for (String name : names) {
            Files.writeString(pgdata.resolve(name), "x");
        }
    }

    private List<String> scan() throws IOException {
        found.clear();
        new DataDirectoryScan(pgdata, rules(), new Collecting(new ArrayList<>())).run();
        return new ArrayList<>(found);
    }

    private static DataDirectoryRules rules() throws IOException {
        return new DataDirectoryRules(CatalogVersion.ofMajor(17), Optional.empty(), Exclusions.NONE);
    }

    private class Collecting implements DataDirectoryScan.Sink {
        private final List<DataPath> files;

        Collecting(List<DataPath> files) {
            this.files = files;
        }

        @Override
        public void directory(DataPath path, int mode) {
            found.add("directory " + path);
        }

        @Override
        public void link(DataPath path, LinkTarget target) {
            found.add("link " + path + " -> " + new String(target.bytes(), StandardCharsets.UTF_8));
        }

        @Override
        public void file(SourceFile file) {
            files.add(file.path());
            found.add("file " + file.path()
                    + file.linkedTo().map(target -> " linked to " + target).orElse(""));
        }
    }
}
