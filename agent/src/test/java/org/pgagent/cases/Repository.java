package org.pgagent.cases;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.PostgresSetup;
import org.pgagent.kit.ResidentProgram;
import org.pgagent.kit.ResidentProgram.Outcome;
import org.pgagent.kit.S3ProxyServer;
import org.pgagent.kit.ScratchDirectory;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.ClusterName;
import org.pgagent.storage.ObjectStore;

/**
 * A repository in an S3 server of its own, the program that an operator runs against it, and the one that servers call, each
 * with the credentials in its environment. The operator's umask protects nothing, so that what must be protected is seen to
 * be; the other has the server's.
 */
final class Repository {
    static final String BUCKET = "backups";

    private static final Pattern COMPLETE = Pattern.compile("Backup ([0-9TZ]+-[FI]) is complete");

    private final S3ProxyServer server;
    private final ResidentProgram operators;
    private final ResidentProgram servers;
    private final ObjectStore store;

    private Repository() {
        this.server = S3ProxyServer.start(ScratchDirectory.create().createReadable("s3"));
        this.store = server.openStore(BUCKET, "");
        Map<String, String> environment = environment();
        this.operators = ResidentProgram.start(environment, "000");
        this.servers = ResidentProgram.start(environment, "077");
    }

    /** The one of this JVM, which ends with it: each test has names of its own in it. */
    static Repository shared() {
        return Shared.REPOSITORY;
    }

    /** Starts with the first test that needs it. */
    private static final class Shared {
        private static final Repository REPOSITORY = new Repository();
    }

    /** What the program needs to find the repository. */
    Map<String, String> environment() {
        return Map.of(
                "PGAGENT_BUCKET", BUCKET,
                "PGAGENT_ENDPOINT", server.endpoint().toString(),
                "AWS_ACCESS_KEY_ID", server.accessKeyId(),
                "AWS_SECRET_ACCESS_KEY", server.secretAccessKey());
    }

    /** What a server needs to find the program. */
    Map<String, String> serverEnvironment() {
        return Map.of("PATH", servers.searchPath());
    }

    S3ProxyServer server() {
        return server;
    }

    /** Without retries, for a look at what is there. */
    ObjectStore store() {
        return store;
    }

    /** The archive_command of a cluster that is kept under a name. */
    static String archiveCommand(String cluster) {
        return "pgagent wal-push --cluster " + cluster + " %p";
    }

    /** The setup, archiving into this repository. */
    PostgresSetup archiving(PostgresSetup setup, String cluster) {
        return setup.withArchiveCommand(archiveCommand(cluster)).withEnvironment("PATH", servers.searchPath());
    }

    Outcome run(String... arguments) {
        return operators.run(arguments);
    }

    /** Runs a verb that connects to a server, against the cluster's name in the repository. */
    Outcome onServer(PostgresCluster cluster, String name, String verb, String... arguments) {
        List<String> all = new ArrayList<>(List.of(verb, "--cluster", name));
        all.addAll(List.of(
                "-h", cluster.socketDirectory().toString(), "-p", String.valueOf(cluster.port()), "-U", "postgres"));
        all.addAll(Arrays.asList(arguments));
        return operators.run(all.toArray(String[]::new));
    }

    /** Takes a backup, which must succeed. */
    StoredBackup backup(PostgresCluster cluster, String name, String... arguments) {
        Outcome outcome = onServer(cluster, name, "backup", arguments);
        assertThat(outcome.status()).as(outcome.output()).isZero();
        return stored(name, idIn(outcome));
    }

    /** The id in the summary of a backup. */
    static BackupId idIn(Outcome outcome) {
        Matcher matcher = COMPLETE.matcher(outcome.output());
        assertThat(matcher.find()).as(outcome.output()).isTrue();
        return new BackupId(matcher.group(1));
    }

    StoredBackup stored(String name, BackupId id) {
        return StoredBackup.read(store, keys(name), id);
    }

    /** Restores a cluster into a new directory, which must succeed, and makes it ready to be started. */
    RestoredCluster restore(String name, String... arguments) {
        ScratchDirectory directory = ScratchDirectory.create();
        Outcome outcome = restoreInto(directory.resolve("data"), name, arguments);
        assertThat(outcome.status()).as(outcome.output()).isZero();
        return new RestoredCluster(directory, outcome, serverEnvironment());
    }

    Outcome restoreInto(Path directory, String name, String... arguments) {
        List<String> all = new ArrayList<>(List.of("restore", "--cluster", name, "-D", directory.toString()));
        all.addAll(Arrays.asList(arguments));
        return operators.run(all.toArray(String[]::new));
    }

    /** Gives a data directory the right to archive, which must succeed. */
    Outcome adopt(Path dataDirectory, String name) {
        Outcome outcome = operators.run("adopt", "--cluster", name, "-D", dataDirectory.toString());
        assertThat(outcome.status()).as(outcome.output()).isZero();
        return outcome;
    }

    static ClusterKeys keys(String name) {
        return new ClusterKeys(new ClusterName(name));
    }
}
