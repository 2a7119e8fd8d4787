package org.pgagent.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.error.ErrorKind;
import org.pgagent.kit.SomebodyElses;
import org.pgagent.kit.ToolRun;

final class OwnerFileTest {
    @TempDir
    private Path dir;

    private Path data;
    private Path owner;

    @BeforeEach
    void makeDataDirectory() throws IOException {
        data = Files.createDirectories(dir.resolve("data/pg_wal")).getParent();
        owner = data.resolve("pg_wal/pgsql_tmp.pgagent/owner");
    }

    private static OwnerFile of(Path dataDirectory) {
        return new OwnerFile(dataDirectory, new SplittableRandom());
    }

    private static Set<String> names(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return new HashSet<>(
                    files.map(file -> file.getFileName().toString()).toList());
        }
    }

    @Test
    void an_id_is_made_once_and_kept() throws IOException {
        assertThat(of(data).find()).isEmpty();
        assertThat(owner.getParent()).doesNotExist();
        String id = of(data).id();

        assertThat(id).matches("[0-9a-f]{32}-[0-9]+");
        assertThat(of(data).id()).isEqualTo(id);
        assertThat(of(data).find()).contains(id);
        assertThat(names(owner.getParent())).containsExactly("owner");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(owner)))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(owner.getParent())))
                .isEqualTo("rwx------");
    }

    @Test
    void a_renamed_data_directory_keeps_its_id() throws IOException {
        String id = of(data).id();
        Path renamed = Files.move(data, dir.resolve("renamed"));
        assertThat(of(renamed).id()).isEqualTo(id);
    }

    @Test
    void the_directory_of_an_agent_is_used_as_it_is() throws IOException {
        Files.createDirectory(owner.getParent());
        Files.createFile(owner.resolveSibling("agent.lock"));
        of(data).id();
        assertThat(names(owner.getParent())).containsExactlyInAnyOrder("agent.lock", "owner");
    }

    @Test
    void a_copy_of_the_file_is_another_id() throws IOException {
        String id = of(data).id();
        Path copy = dir.resolve("copy");
        ToolRun.successOf("cp", "-a", data.toString(), copy.toString());

        String copied = of(copy).id();

        assertThat(copied).isNotEqualTo(id).startsWith(id.substring(0, 32));
        assertThat(of(copy).id()).isEqualTo(copied);
        assertThat(of(data).id()).isEqualTo(id);
    }

    /** As pg_rewind does it: the file stays, its content becomes the source's. */
    @Test
    void another_ones_content_in_the_own_file_is_another_id_than_either() throws IOException {
        Path other = Files.createDirectories(dir.resolve("other/pg_wal")).getParent();
        String own = of(data).id();
        String others = of(other).id();
        Files.write(owner, Files.readAllBytes(other.resolve("pg_wal/pgsql_tmp.pgagent/owner")));
        assertThat(of(data).id()).isNotIn(own, others);
    }

    @Test
    void processes_that_begin_at_once_have_one_id() throws Exception {
        ExecutorService processes = Executors.newFixedThreadPool(4);
        try {
            for (int round = 0; round < 50; round++) {
                Path fresh = Files.createDirectories(dir.resolve("round-" + round + "/pg_wal"))
                        .getParent();
                List<Callable<String>> calls = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    calls.add(() -> of(fresh).id());
                }
                Set<String> ids = new HashSet<>();
                for (Future<String> id : processes.invokeAll(calls, 60, TimeUnit.SECONDS)) {
                    ids.add(id.get());
                }
                assertThat(ids).hasSize(1);
                assertThat(names(fresh.resolve("pg_wal/pgsql_tmp.pgagent"))).containsExactly("owner");
            }
        } finally {
            processes.shutdownNow();
        }
    }

    @Test
    void a_file_that_is_something_else_is_not_replaced() throws IOException {
        of(data).id();
        for (String junk : List.of("", "no", "0123")) {
            Files.writeString(owner, junk);
            assertThatThrownBy(() -> of(data).id())
                    .hasMessageContaining(owner.toString())
                    .extracting("kind")
                    .isEqualTo(ErrorKind.LOCAL_IO);
            assertThat(owner).hasContent(junk);
        }
    }

    @Test
    void another_users_data_directory_is_left_alone() throws IOException {
        Path others = Files.createDirectory(dir.resolve("others"));
        Files.createSymbolicLink(others.resolve("pg_wal"), SomebodyElses.directoryIn(dir));

        assertThatThrownBy(() -> of(others).id())
                .hasMessageContaining("belongs to '")
                .extracting("kind")
                .isEqualTo(ErrorKind.WRONG_OWNER);
        assertThat(others.resolve("pg_wal/pgsql_tmp.pgagent")).doesNotExist();
    }

    @Test
    void a_directory_without_pg_wal_is_said_to_have_none() {
        assertThatThrownBy(() -> of(dir.resolve("nowhere")).id())
                .hasMessageContaining("no such file or directory")
                .extracting("kind")
                .isEqualTo(ErrorKind.LOCAL_IO);
    }
}
