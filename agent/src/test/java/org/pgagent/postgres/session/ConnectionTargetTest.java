package org.pgagent.postgres.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

final class ConnectionTargetTest {
    @TempDir
    Path home;

    private final Map<String, String> environment = new HashMap<>();

    @BeforeEach
    void hasAHomeOfItsOwn() {
        environment.put("HOME", home.toString());
    }

    private ConnectionTarget target(String dbname) throws PgAgentException {
        return ConnectionTarget.of(new ConnectionSettings(
                Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(dbname), environment));
    }

    private ConnectionTarget target() throws PgAgentException {
        return ConnectionTarget.of(TestSettings.ofEnvironment(environment));
    }

    private void write(String name, String mode, String content) throws IOException {
        Path file = Files.writeString(home.resolve(name), content);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    }

    @Test
    void without_anything_said_goes_to_a_unix_socket_as_the_user_of_the_system() throws IOException {
        assertThat(target().describe())
                .matches("/(var/run/postgresql|tmp)/\\.s\\.PGSQL\\.5432 database postgres user "
                        + System.getProperty("user.name"));
        assertThat(target().properties())
                .containsEntry("sslmode", "disable")
                .containsEntry("ApplicationName", "pgagent")
                .containsEntry("connectTimeout", "10");
    }

    @Test
    void a_connection_string_wins_over_options_over_service_over_environment() throws IOException {
        write(".pg_service.conf", "rw-------", """
                # comment
                [other]
                host=wrong
                [main]
                host=from-service
                port=1
                user=from-service
                dbname=from-service
                options=from-service

                [last]
                host=wrong
                """);
        environment.putAll(Map.of(
                "PGSERVICE", "main",
                "PGHOST", "from-environment",
                "PGOPTIONS", "from-environment",
                "PGAPPNAME", "from-environment"));
        ConnectionTarget target = ConnectionTarget.of(new ConnectionSettings(
                Optional.of("from-option"),
                Optional.of(2),
                Optional.empty(),
                Optional.of("host=from-string"),
                environment));
        assertThat(target.describe()).isEqualTo("host from-string port 2 database from-service user from-service");
        assertThat(target.properties())
                .containsEntry("options", "from-service " + ConnectionTarget.SESSION_OPTIONS)
                .containsEntry("ApplicationName", "from-environment");
    }

    @Test
    void the_same_login_goes_to_another_server_whatever_is_said_of_the_first() throws IOException {
        write(".pg_service.conf", "rw-------", "[main]\nhost=from-service\nport=1\nuser=backup\n");
        environment.putAll(Map.of("PGHOST", "db1", "PGHOSTADDR", "192.0.2.1", "PGPORT", "5433"));
        for (String login : List.of(
                "postgresql://backup@db1:5433/shop",
                "postgresql://backup@/shop?host=db1&port=5433",
                "host=db1 hostaddr=192.0.2.1 port=5433 user=backup dbname=shop",
                "service=main dbname=shop")) {
            ConnectionSettings settings = new ConnectionSettings(
                    Optional.of("db1"), Optional.of(5433), Optional.empty(), Optional.of(login), environment);
            assertThat(ConnectionTarget.of(settings.on("standby", 5432)).describe())
                    .isEqualTo("host standby port 5432 database shop user backup");
            assertThat(ConnectionTarget.of(settings.on("/it's a \\ path", 5434)).describe())
                    .isEqualTo("/it's a \\ path/.s.PGSQL.5434 database shop user backup");
        }
        assertThat(ConnectionTarget.of(TestSettings.ofEnvironment(environment).on("standby", 5432))
                        .describe())
                .startsWith("host standby port 5432 database postgres");
    }

    @Test
    void the_same_login_goes_to_another_database() throws IOException {
        for (String login :
                List.of("postgresql://backup@db1:5433/shop", "host=db1 port=5433 user=backup dbname=shop", "shop")) {
            ConnectionSettings settings = new ConnectionSettings(
                    Optional.of("db1"), Optional.of(5433), Optional.of("backup"), Optional.of(login), environment);
            for (String database : List.of("other", "it's a \\ name=1", "ä&b%20c")) {
                assertThat(ConnectionTarget.of(settings.inDatabase(database)).describe())
                        .isEqualTo("host db1 port 5433 database " + database + " user backup");
            }
        }
    }

    @Test
    void a_service_may_be_in_a_file_of_its_own_or_in_the_systems() throws IOException {
        write("services", "rw-r--r--", "[a]\nhost=a\n");
        write("pg_service.conf", "rw-r--r--", "[b]\nhost=b\n");
        environment.put("PGSERVICEFILE", home.resolve("services").toString());
        environment.put("PGSYSCONFDIR", home.toString());
        assertThat(target("service=a").describe()).startsWith("host a ");
        assertThat(target("service=b").describe()).startsWith("host b ");
        assertThatThrownBy(() -> target("service=c"))
                .hasMessageContaining("there is no service 'c'")
                .hasMessageContaining(home.resolve("services").toString());
    }

    @Test
    void names_the_line_of_a_service_file_that_it_cannot_understand() throws IOException {
        write(".pg_service.conf", "rw-------", "[a]\nhots=a\n[b]\nhost\n");
        assertThatThrownBy(() -> target("service=a"))
                .hasMessageContaining("hots")
                .hasMessageContaining("line 2");
        assertThatThrownBy(() -> target("service=b")).hasMessageContaining("line 4");
    }

    @Test
    void takes_the_first_matching_line_of_the_password_file() throws IOException {
        write(".pgpass", "rw-------", """
                # db1:*:*:backup:comment
                db1:5433:*:backup:wrong port
                db1:*:shop:backup:wrong database
                db1:*:*:other:wrong user
                db1:5432:*:backup:with\\:colon and \\\\
                *:*:*:*:last
                """);
        environment.put("PGUSER", "backup");
        environment.put("PGHOST", "db1");
        assertThat(target().properties()).containsEntry("password", "with:colon and \\");
        environment.put("PGHOST", "db2");
        assertThat(target().properties()).containsEntry("password", "last");
        environment.put("PGPASSWORD", "of the environment");
        assertThat(target().properties()).containsEntry("password", "of the environment");
    }

    @Test
    void finds_the_password_for_a_unix_socket_by_localhost_or_by_its_directory() throws IOException {
        write("passwords", "rw-------", "localhost:*:*:*:default socket\n/run/other:*:*:*:other socket\n");
        environment.put("PGPASSFILE", home.resolve("passwords").toString());
        environment.put("PGHOST", "/tmp");
        assertThat(target().properties()).containsEntry("password", "default socket");
        environment.put("PGHOST", "/run/other");
        assertThat(target().properties()).containsEntry("password", "other socket");
    }

    @Test
    void leaves_a_password_file_that_others_may_read() throws IOException {
        write(".pgpass", "rw-r-----", "*:*:*:*:secret\n");
        assertThat(target().properties()).doesNotContainKey("password");
    }

    @Test
    void require_with_a_root_certificate_checks_it_as_libpq_does() throws IOException {
        environment.putAll(Map.of("PGHOST", "db1", "PGSSLMODE", "require"));
        assertThat(target().properties()).containsEntry("sslmode", "require");
        Files.createDirectory(home.resolve(".postgresql"));
        write(".postgresql/root.crt", "rw-r--r--", "");
        assertThat(target().properties()).containsEntry("sslmode", "verify-ca");
    }

    @Test
    void the_systems_root_certificates_mean_a_full_check() throws IOException {
        environment.putAll(Map.of("PGHOST", "db1", "PGSSLROOTCERT", "system"));
        assertThat(target().properties())
                .containsEntry("sslmode", "verify-full")
                .doesNotContainKey("sslrootcert");
    }

    @Test
    void builds_urls_from_odd_names() throws IOException {
        environment.putAll(Map.of("PGHOST", "::1", "PGDATABASE", "my db/ä?"));
        assertThat(target().url()).isEqualTo("jdbc:postgresql://[::1]:5432/my+db%2F%C3%A4%3F");
    }

    @Test
    void refuses_several_hosts_and_impossible_ports() {
        assertThatThrownBy(() -> target("host=a,b")).hasMessageContaining("several hosts");
        assertThatThrownBy(() -> target("host=a hostaddr=10.0.0.1")).hasMessageContaining("hostaddr");
        assertThatThrownBy(() -> target("port=x")).hasMessageContaining("'x'");
        assertThatThrownBy(() -> target("port=70000"))
                .isInstanceOfSatisfying(
                        PgAgentException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CONFIGURATION))
                .hasMessageContaining("70000");
    }

    @Test
    void shows_no_secrets() throws IOException {
        environment.put("PGPASSWORD", "secret");
        ConnectionSettings settings = new ConnectionSettings(
                Optional.of("db1"),
                Optional.empty(),
                Optional.empty(),
                Optional.of("postgresql://u:secret@/x"),
                environment);
        assertThat(settings.toString()).doesNotContain("secret");
        assertThat(ConnectionTarget.of(settings).describe()).doesNotContain("secret");
    }
}
