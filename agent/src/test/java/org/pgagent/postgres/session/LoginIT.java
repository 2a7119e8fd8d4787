package org.pgagent.postgres.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
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
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.Certificates;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.ScratchDirectory;

/** Ways to log in, and what is said when one fails. */
@ParameterizedClass(name = "PostgreSQL {0}")
@MethodSource("org.pgagent.kit.PostgresBinaries#majors")
final class LoginIT {
    private static final String SYSTEM_USER = System.getProperty("user.name");

    private static PostgresCluster cluster;
    private static ScratchDirectory scratch;
    private static Certificates certificates;

    @Parameter
    int major;

    @TempDir
    Path home;

    private final Map<String, String> environment = new HashMap<>();

    @BeforeParameterizedClassInvocation
    static void start(int major) {
        scratch = ScratchDirectory.create();
        certificates = Certificates.create(scratch, "certified");
        cluster = PostgresSetup.ofVersion(major)
                .withTcp()
                .withSetting("ssl", "on")
                .withSetting("ssl_cert_file", certificates.server().toString())
                .withSetting("ssl_key_file", certificates.serverKey().toString())
                .withSetting("ssl_ca_file", certificates.authority().toString())
                .start();
        if (!SYSTEM_USER.equals("postgres")) {
            cluster.sql("CREATE ROLE \"" + SYSTEM_USER + "\" LOGIN");
        }
        cluster.sql("CREATE ROLE scram LOGIN PASSWORD 'correct: horse'");
        cluster.sql("CREATE ROLE certified LOGIN");
        cluster.sql("CREATE ROLE barred LOGIN");
        cluster.prependHba("""
                local all "%s" peer
                local all scram peer
                hostssl all certified 127.0.0.1/32 cert
                host all barred 127.0.0.1/32 reject
                """.formatted(SYSTEM_USER));
    }

    @AfterParameterizedClassInvocation
    static void stop() {
        cluster.close();
        scratch.close();
    }

    @BeforeEach
    void usesTcp() {
        environment.put("HOME", home.toString());
        environment.put("PGHOST", "localhost");
        environment.put("PGPORT", Integer.toString(cluster.port()));
        environment.put("PGUSER", "scram");
    }

    private ServerConnection connect() throws PgAgentException {
        return ServerConnection.open(TestSettings.ofEnvironment(environment));
    }

    private void assertLoggedIn(String user, String encryption) throws IOException {
        try (ServerConnection connection = connect()) {
            assertThat(connection.currentWalInsertLsn()).isNotNull();
            assertThat(cluster.sql("""
                            SELECT a.usename, CASE WHEN a.client_port = -1 THEN 'socket' WHEN s.ssl THEN 'tls' ELSE 'plain' END
                            FROM pg_stat_activity a LEFT JOIN pg_stat_ssl s USING (pid)
                            WHERE application_name = 'pgagent'
                            """)).isEqualTo(List.of(List.of(user, encryption)));
        }
        cluster.awaitTrue("SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name = 'pgagent'");
    }

    private PgAgentException refusal() {
        PgAgentException[] refusal = new PgAgentException[1];
        assertThatThrownBy(() -> connect().close()).isInstanceOfSatisfying(PgAgentException.class, e -> refusal[0] = e);
        assertThat(refusal[0].kind()).isEqualTo(ErrorKind.CONNECTION_FAILED);
        assertThat(refusal[0].getMessage()).doesNotContain("horse");
        return refusal[0];
    }

    private Path write(String name, String content) throws IOException {
        Path file = Files.writeString(home.resolve(name), content);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    @Test
    void peer_over_the_unix_socket() throws IOException {
        environment.put("PGHOST", cluster.socketDirectory().toString());
        environment.put("PGUSER", SYSTEM_USER);
        environment.put("PGSSLMODE", "verify-full");
        assertLoggedIn(SYSTEM_USER, "socket");

        environment.put("PGUSER", "scram");
        assertThat(refusal())
                .hasMessageContaining("Peer authentication failed")
                .satisfies(e -> assertThat(e.hint()).contains("pgagent runs as " + SYSTEM_USER));
    }

    @Test
    void a_password_from_the_password_file() throws IOException {
        write(".pgpass", "localhost:" + cluster.port() + ":postgres:scram:correct\\: horse\n");
        assertLoggedIn("scram", "tls");
    }

    @Test
    void a_password_and_a_host_from_a_service() throws IOException {
        write("services", """
                [tests]
                host=localhost
                port=%d
                user=scram
                password=correct: horse
                sslmode=disable
                """.formatted(cluster.port()));
        environment.clear();
        environment.put("HOME", home.toString());
        environment.put("PGSERVICEFILE", home.resolve("services").toString());
        environment.put("PGSERVICE", "tests");
        assertLoggedIn("scram", "plain");
    }

    @Test
    void a_connection_uri() throws IOException {
        String uri = "postgresql://scram:correct%3A%20horse@localhost:" + cluster.port() + "/template1?sslmode=disable";
        try (ServerConnection connection = ServerConnection.open(new ConnectionSettings(
                Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(uri), Map.of()))) {
            assertThat(connection.describe())
                    .isEqualTo("host localhost port " + cluster.port() + " database template1 user scram");
        }
    }

    @Test
    void a_server_whose_certificate_is_checked() throws IOException {
        environment.put("PGPASSWORD", "correct: horse");
        environment.put("PGSSLMODE", "verify-full");
        environment.put("PGSSLROOTCERT", certificates.authority().toString());
        assertLoggedIn("scram", "tls");

        environment.put("PGHOST", "127.0.0.1");
        assertThat(refusal())
                .hasMessageContaining("hostname 127.0.0.1 could not be verified")
                .satisfies(e -> assertThat(e.hint()).contains("is for this host"));
        environment.put("PGSSLMODE", "verify-ca");
        assertLoggedIn("scram", "tls");

        environment.put("PGSSLROOTCERT", certificates.stranger().toString());
        assertThat(refusal().hint()).contains("PGSSLROOTCERT");
        environment.put("PGSSLROOTCERT", home.resolve("missing.crt").toString());
        assertThat(refusal())
                .hasMessageContaining("missing.crt")
                .satisfies(e -> assertThat(e.hint()).contains("PGSSLROOTCERT"));
        environment.put("PGSSLMODE", "require");
        assertLoggedIn("scram", "tls");
    }

    @Test
    void a_certificate_in_place_of_a_password() throws IOException {
        environment.put("PGUSER", "certified");
        assertThat(refusal())
                .hasMessageContaining("valid client certificate")
                .satisfies(e -> assertThat(e.hint()).contains("PGSSLCERT"));
        Files.createDirectory(home.resolve(".postgresql"));
        Files.copy(certificates.client(), home.resolve(".postgresql/postgresql.crt"));
        Files.copy(certificates.clientKey(), home.resolve(".postgresql/postgresql.key"));
        environment.put("PGSSLCERT", certificates.client().toString());
        environment.put("PGSSLKEY", certificates.clientKey().toString());
        assertLoggedIn("certified", "tls");
        environment.remove("PGSSLCERT");
        environment.remove("PGSSLKEY");
        assertLoggedIn("certified", "tls");
    }

    @Test
    void a_wrong_password_or_none() {
        environment.put("PGPASSWORD", "wrong: horse");
        assertThat(refusal())
                .hasMessageContaining("password authentication failed for user \"scram\"")
                .satisfies(e -> assertThat(e.hint()).contains(".pgpass"));
        environment.remove("PGPASSWORD");
        assertThat(refusal().hint()).contains(".pgpass");
    }

    @Test
    void a_user_or_a_database_that_is_not_there_or_not_let_in() {
        environment.put("PGUSER", "barred");
        assertThat(refusal())
                .hasMessageContaining("pg_hba.conf rejects")
                .satisfies(e -> assertThat(e.hint()).contains("pg_hba.conf"));
        environment.put("PGHOST", cluster.socketDirectory().toString());
        environment.put("PGUSER", "nobody");
        assertThat(refusal()).hasMessageContaining("role \"nobody\" does not exist");
        environment.put("PGUSER", "postgres");
        environment.put("PGDATABASE", "nowhere");
        assertThat(refusal())
                .hasMessageContaining("database \"nowhere\" does not exist")
                .satisfies(e -> assertThat(e.hint()).contains("-d"));
    }

    @Test
    void a_server_that_is_not_there() throws IOException {
        environment.put("PGHOST", "no-such-host.invalid");
        assertThat(refusal())
                .hasMessageContaining("unknown host no-such-host.invalid")
                .satisfies(e -> assertThat(e.hint()).contains("PGHOST"));
        environment.put("PGHOST", home.toString());
        assertThat(refusal()).hasMessageContaining(home + "/.s.PGSQL.").hasMessageContaining("No such file");
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            environment.put("PGPORT", Integer.toString(free.getLocalPort()));
        }
        environment.put("PGHOST", "127.0.0.1");
        assertThat(refusal())
                .hasMessageContaining("refused")
                .satisfies(e -> assertThat(e.hint()).contains("listen_addresses"));
    }

    @Test
    void a_server_that_never_answers() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            environment.put("PGHOST", "127.0.0.1");
            environment.put("PGPORT", Integer.toString(silent.getLocalPort()));
            environment.put("PGCONNECT_TIMEOUT", "1");
            long begin = System.nanoTime();
            assertThat(refusal().hint()).contains("server runs");
            assertThat(System.nanoTime() - begin).isLessThan(20_000_000_000L);
        }
    }

    @Test
    void a_server_that_is_full() throws IOException {
        cluster.sql("ALTER ROLE scram CONNECTION LIMIT 0");
        environment.put("PGPASSWORD", "correct: horse");
        try {
            assertThat(refusal()).hasMessageContaining("too many connections");
        } finally {
            cluster.sql("ALTER ROLE scram CONNECTION LIMIT -1");
        }
    }
}
