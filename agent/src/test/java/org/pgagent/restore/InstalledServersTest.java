package org.pgagent.restore;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.error.Cancellation;
import org.pgagent.transfer.TransferProgress;

@Timeout(60)
final class InstalledServersTest {
    @TempDir
    private Path host;

    private InstalledServers servers;

    @BeforeEach
    void host() {
        servers = new InstalledServers(List.of(host.resolve("bin"), host.resolve("missing")), host.resolve("versions"));
    }

    private static void program(Path file, String line) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, "#!/bin/sh\n" + line + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @Test
    void a_host_without_any_server_is_no_cause_for_a_warning() throws IOException {
        assertThat(servers.warning(15)).isEmpty();
        program(host.resolve("bin/postgres"), "echo 'not what you think 14'; exit 1");
        Files.createDirectories(host.resolve("versions/14/bin"));
        assertThat(servers.warning(15)).isEmpty();
    }

    @Test
    void another_major_version_alone_is_one() throws IOException {
        program(host.resolve("bin/pg_ctl"), "echo 'pg_ctl (PostgreSQL) 14.9 (Debian 14.9-1)'");
        program(host.resolve("versions/16/bin/postgres"), "exit 1");

        assertThat(servers.warning(15))
                .get()
                .asString()
                .contains("needs PostgreSQL 15")
                .contains("only 14, 16");
        assertThat(servers.warning(14)).isEmpty();
        assertThat(servers.warning(16)).isEmpty();
    }

    @Test
    void finds_the_server_of_a_version_and_of_its_clients_the_one_beside_it_or_else_the_newest() throws IOException {
        program(host.resolve("bin/postgres"), "echo 'postgres (PostgreSQL) 14.9'");
        program(host.resolve("versions/15/bin/postgres"), "exit 1");
        program(host.resolve("versions/15/bin/psql"), "exit 1");
        program(host.resolve("versions/16/bin/postgres"), "exit 1");
        program(host.resolve("versions/16/bin/psql"), "exit 1");
        program(host.resolve("bin/pg_amcheck"), "exit 1");

        assertThat(servers.program(14, "postgres")).contains(host.resolve("bin/postgres"));
        assertThat(servers.program(15, "postgres")).contains(host.resolve("versions/15/bin/postgres"));
        assertThat(servers.program(17, "postgres")).isEmpty();
        assertThat(servers.client(15, "psql")).contains(host.resolve("versions/15/bin/psql"));
        assertThat(servers.client(14, "psql")).contains(host.resolve("versions/16/bin/psql"));
        assertThat(servers.client(16, "pg_amcheck")).contains(host.resolve("bin/pg_amcheck"));
        assertThat(servers.client(16, "pg_dump")).isEmpty();
    }

    @Test
    void a_plan_has_the_warning() throws IOException {
        program(host.resolve("bin/postgres"), "echo 'postgres (PostgreSQL) 18beta1'");
        try (SampleRepository repository = SampleRepository.inMemory()) {
            repository.archive(1, 2, 5).add(SampleBackup.usual("20261122T055500Z-F", 15));
            Restore restore = new Restore(
                    repository.store(),
                    repository.keys(),
                    1,
                    new Restore.Surroundings(
                            LocalUser.current(), servers, TransferProgress.silent(), new Cancellation()));

            RestorePlan plan = restore.plan(SampleRepository.request(host.resolve("pgdata")));

            assertThat(plan.warnings()).singleElement().asString().contains("only 18 was found");
        }
        assertThat(host.resolve("pgdata")).doesNotExist();
    }
}
