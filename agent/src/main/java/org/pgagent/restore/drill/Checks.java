package org.pgagent.restore.drill;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.session.RestoredServer;

/** Looks at what a server has recovered: that every database can be used, what pg_amcheck finds, what the operator's SQL says. */
final class Checks {
    private static final String POSTGRES = "postgres";
    private static final int LINES_MAX = 20;

    /** Whatever is set for a database. Installing the extension there is no event for anybody's trigger. */
    private static final String AMCHECK_SESSION = "-c session_replication_role=replica -c statement_timeout=0"
            + " -c lock_timeout=0 -c idle_in_transaction_session_timeout=0 -c default_transaction_read_only=off";

    /** What the operator has asked for himself. */
    private static final int SQL_LINES_MAX = 100;

    private final DrillPlan plan;
    private final DrillDirectory directory;
    private final Programs programs;
    private final List<String> done = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private List<String> sqlOutput = List.of();

    Checks(DrillPlan plan, DrillDirectory directory, Programs programs) {
        this.plan = plan;
        this.directory = directory;
        this.programs = programs;
    }

    /** How a server can be reached. */
    record Login(String role, List<String> databases, boolean hasAmcheck, RestoredServer.Recovered recovered) {
        /** Where to begin. */
        String database() {
            return databases.contains(POSTGRES) || databases.isEmpty() ? POSTGRES : databases.get(0);
        }
    }

    /**
     * Finds a role that may do everything, and asks the first questions.
     *
     * @throws PgAgentException of kind CONFIGURATION if there is no such role; of another one if the server cannot be used
     */
    Login logIn() throws PgAgentException {
        Set<String> roles = new LinkedHashSet<>();
        Optional<String> asked = plan.request().looks().superuser();
        asked.ifPresentOrElse(roles::add, () -> {
            roles.add(POSTGRES);
            roles.add(System.getProperty("user.name"));
            plan.restore().owner().ifPresent(owner -> roles.add(owner.user().getName()));
        });
        for (String role : roles) {
            for (String database : List.of(POSTGRES, "template1")) {
                Optional<RestoredServer> found =
                        RestoredServer.openAsSuperuser(directory.sockets(), PrivateConfiguration.PORT, role, database);
                if (found.isPresent()) {
                    try (RestoredServer server = found.get()) {
                        return new Login(role, server.databases(), server.canInstall("amcheck"), server.recovered());
                    }
                }
            }
        }
        throw new PgAgentException(
                ErrorKind.CONFIGURATION,
                "the cluster has recovered, but none of these is a superuser who can log in there: "
                        + String.join(", ", roles),
                "Name one: --superuser ROLE");
    }

    private RestoredServer connect(String role, String database) throws PgAgentException {
        return RestoredServer.open(directory.sockets(), PrivateConfiguration.PORT, role, database);
    }

    /**
     * Looks.
     *
     * @throws DrillFailedException if something is not as it should be
     */
    void run(Login login, Patience patience) throws IOException {
        for (String database : login.databases()) {
            patience.check();
            try (RestoredServer server = connect(login.role(), database)) {
                server.relations();
            } catch (PgAgentException e) {
                throw new DrillFailedException("the database " + database + " cannot be used: " + e.getMessage(), e);
            }
        }
        int count = login.databases().size();
        done.add(count + (count == 1 ? " database" : " databases"));
        if (plan.programs().amcheck().isPresent()) {
            amcheck(plan.programs().amcheck().get(), login);
        }
        if (plan.request().looks().sqlFile().isPresent()) {
            sql(
                    plan.programs().psql().orElseThrow(),
                    plan.request().looks().sqlFile().get(),
                    login);
        }
    }

    private void amcheck(Path program, Login login) throws IOException {
        if (!login.hasAmcheck()) {
            notes.add(
                    "pg_amcheck was not run: the extension amcheck is not installed on this host (Debian has it in the"
                            + " package of the server, others in postgresql-contrib)");
            return;
        }
        Path log = directory.log("pg_amcheck");
        List<String> words = words(program, login);
        words.addAll(List.of(
                "--maintenance-db=dbname='"
                        + login.database().replace("\\", "\\\\").replace("'", "\\'") + "' options='" + AMCHECK_SESSION
                        + "'",
                "--all",
                "--install-missing",
                "--jobs=" + plan.request().looks().jobs()));
        int status = programs.run(words, Optional.empty(), log);
        if (status != 0) {
            throw new DrillFailedException(
                    "pg_amcheck ended with status " + status + said(log), Programs.tail(log, LINES_MAX));
        }
        done.add("pg_amcheck");
    }

    private void sql(Path program, Path file, Login login) throws IOException {
        Path log = directory.log("psql");
        List<String> words = words(program, login);
        words.addAll(List.of("--no-psqlrc", "--set=ON_ERROR_STOP=1", "--dbname=" + login.database(), "--file=-"));
        int status = programs.run(words, Optional.of(file), log);
        sqlOutput = Programs.tail(log, SQL_LINES_MAX);
        if (status != 0) {
            throw new DrillFailedException("psql ended with status " + status + " at " + file + said(log), sqlOutput);
        }
        done.add(file.getFileName().toString());
    }

    private List<String> words(Path program, Login login) {
        return new ArrayList<>(List.of(
                program.toString(),
                "--host=" + directory.sockets(),
                "--port=" + PrivateConfiguration.PORT,
                "--username=" + login.role(),
                "--no-password"));
    }

    /** The first thing that the tool took for wrong. */
    private static String said(Path log) throws IOException {
        return Programs.tail(log, Integer.MAX_VALUE).stream()
                .filter(line -> !line.isBlank() && !line.contains("NOTICE"))
                .filter(line -> line.matches("(?i).*\\b(error|fatal|corrupt|heap|btree|index)\\b.*"))
                .findFirst()
                .map(line -> ": " + line.strip())
                .orElse("");
    }

    /** What was found good, in words. */
    List<String> done() {
        return List.copyOf(done);
    }

    List<String> notes() {
        return List.copyOf(notes);
    }

    List<String> sqlOutput() {
        return sqlOutput;
    }
}
