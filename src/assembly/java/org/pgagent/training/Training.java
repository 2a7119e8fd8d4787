package org.pgagent.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.pgagent.Main;
import org.pgagent.command.Console;
import org.pgagent.error.Cancellation;

/**
 * Runs the commands one after another, so that the virtual machine sees the classes that they load and the loops that
 * become hot. Each must end as it should, or the build fails.
 *
 * <p>Arguments: an empty directory to work in; a directory with golden files of PostgreSQL; a PKCS12 file with key and certificate
 * of a server at 127.0.0.1, its password, and the certificate alone as PEM.
 */
public final class Training {
    private static final long POLL_NANOS = 5_000_000;

    private final Path directory;
    private final TrainingCluster cluster;

    private Training(Path directory, TrainingCluster cluster) {
        this.directory = directory;
        this.cluster = cluster;
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path directory = Path.of(arguments[0]);
        try (TrainingStore plain = TrainingStore.plain();
                TrainingStore secure = TrainingStore.secure(Path.of(arguments[2]), arguments[3]);
                TrainingCluster cluster = new TrainingCluster(directory.resolve("data"), Path.of(arguments[1]))) {
            new Training(directory, cluster)
                    .run(bucket(plain), with(bucket(secure), List.of("--ca-file", arguments[4])));
        }
    }

    private static List<String> bucket(TrainingStore store) {
        return List.of("--bucket", "s3://training", "--endpoint", store.endpoint(), "--retries", "0");
    }

    private void run(List<String> s3, List<String> https) throws IOException, InterruptedException {
        Path repository = Files.createDirectory(directory.resolve("repository"));
        List<String> file = List.of("--bucket", repository.toUri().toString());

        run(0, List.of(), "--version");
        run(0, List.of(), "--help");
        run(0, List.of(), "backup", "--help");
        run(0, List.of(), "restore", "--help");
        run(0, s3, "config");
        for (List<String> place : List.of(s3, file)) {
            archive(place);
            run(0, with(place, cluster.connection()), "backup", "--jobs", "2");
            run(0, place, "show");
            restore(place);
            serve(place);
        }
        archive(https);
        serve(https);
    }

    private void archive(List<String> place) {
        String data = cluster.directory().toString();
        String segment = cluster.segment().toString();
        String fetched = directory.resolve("fetched").toString();
        String name = cluster.segment().getFileName().toString();
        run(0, place, "wal-push", segment, "-D", data);
        run(0, place, "wal-push", segment, "-D", data);
        run(0, place, "wal-fetch", name, fetched, "-D", data);
        run(1, place, "wal-fetch", "00000003.history", fetched, "-D", data);
    }

    /** The resident agent, with one segment in each direction, and its status. */
    private void serve(List<String> place) throws IOException, InterruptedException {
        Path data = cluster.directory();
        TrainingCaller caller = new TrainingCaller(data);
        Cancellation stop = new Cancellation();
        Thread agent = new Thread(
                () -> run(0, stop, with(List.of("serve", "--by-command", "-D", data.toString()), place)), "agent");
        agent.start();
        while (agent.isAlive() && !caller.isHeard()) {
            LockSupport.parkNanos(POLL_NANOS);
        }
        Path segment = cluster.segment();
        String fetched = data.resolve("pg_wal/RECOVERYXLOG").toString();
        String name = segment.getFileName().toString();
        boolean good = caller.ask(1, List.of(segment.toString()), place) == 0
                && caller.ask(2, List.of(name, fetched), place) == 0
                && caller.ask(2, List.of("00000003.history", fetched), place) == 1;
        if (!good) {
            throw new IllegalStateException("the agent did not answer as it should");
        }
        run(0, List.of(), "status", "-D", data.toString());
        stop.request();
        agent.join();
    }

    private void restore(List<String> place) throws IOException {
        Path target = directory.resolve("target");
        List<String> how = with(place, List.of("-D", target.toString(), "--target-immediate", "--jobs", "2"));
        if (System.getProperty("user.name").equals("root")) {
            how = with(how, List.of("--owner", "nobody"));
        }
        run(0, how, "restore", "--dry-run");
        run(0, how, "restore");
        deleteTree(target);
    }

    private static List<String> with(List<String> options, List<String> further) {
        return Stream.concat(options.stream(), further.stream()).toList();
    }

    private void run(int expected, List<String> options, String... arguments) {
        run(expected, new Cancellation(), with(List.of(arguments), options));
    }

    private void run(int expected, Cancellation cancellation, List<String> line) {
        Path noSettings = directory.resolve("no-such-file.toml");
        int status = new Main(Map.of(), noSettings, new Console(System.out, System.out, false), cancellation)
                .run(line.toArray(String[]::new));
        if (status != expected) {
            throw new IllegalStateException("exit status " + status + " of: pgagent " + String.join(" ", line));
        }
    }

    private static void deleteTree(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
