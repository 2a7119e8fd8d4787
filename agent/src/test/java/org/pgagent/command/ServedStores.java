package org.pgagent.command;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.random.RandomGenerator;
import org.pgagent.config.Setting;
import org.pgagent.config.Settings;
import org.pgagent.config.SettingsReader;
import org.pgagent.error.Cancellation;
import org.pgagent.kit.Await;
import org.pgagent.kit.ManualClock;
import org.pgagent.postgres.session.ServerConnection;
import org.pgagent.repository.ClusterClaim;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.serve.AgentCaller;
import org.pgagent.serve.AgentDirectory;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.StoreCounts;
import picocli.CommandLine.ParseResult;

/**
 * The verb {@code serve} in this process, with a store of the test's own in the place of each bucket: {@code
 * file:///NAME}. Settings come from the requests alone.
 */
final class ServedStores implements Surroundings, AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final AgentDirectory directory;
    private final Map<String, ObjectStore> stores = new ConcurrentHashMap<>();
    private final Cancellation cancellation = new Cancellation();
    private final Clock clock = new ManualClock();
    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private Future<Integer> agent;

    /** @param dataDirectory of a server, as far as an agent knows it; its path is short enough for a socket's */
    ServedStores(Path dataDirectory) {
        this.directory = new AgentDirectory(dataDirectory);
    }

    /** Starts the agent, with options of its own. */
    ServedStores serve(String... options) throws IOException {
        String[] line = new String[2 + options.length];
        line[0] = "serve";
        line[1] = "--pgdata=" + directory.dataDirectory();
        System.arraycopy(options, 0, line, 2, options.length);
        ParseResult parsed =
                ProgramLine.parse(ProgramLine.of(verbs(), console()), line).subcommand();
        Verb verb = (Verb) parsed.commandSpec().userObject();
        Settings settings = new SettingsReader(environment(), configurationFile())
                .read(SettingOptions.given(parsed), SettingOptions.file(parsed));
        agent = thread.submit(() -> verb.run(settings));
        Await.until(
                "the agent listens",
                LIMIT,
                () -> agent.isDone() || caller("none").isHeard());
        requireServing();
        return this;
    }

    /** Fails if the agent has ended. */
    void requireServing() {
        if (agent.isDone()) {
            throw new AssertionError("the agent has ended: " + agent);
        }
    }

    /** Puts a store in the place of a bucket. */
    void put(String bucket, ObjectStore store) {
        stores.put(bucket, store);
    }

    /** Somebody whose settings name a bucket. */
    AgentCaller caller(String bucket) {
        return new AgentCaller(directory, "PGAGENT_BUCKET=file:///" + bucket, "PGAGENT_CLUSTER=main");
    }

    @Override
    public Console console() {
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        return new Console(nowhere, nowhere, false);
    }

    @Override
    public Clock clock() {
        return clock;
    }

    @Override
    public RandomGenerator random() {
        return new Random(1);
    }

    @Override
    public Cancellation cancellation() {
        return cancellation;
    }

    @Override
    public Map<String, String> environment() {
        return Map.of();
    }

    @Override
    public Path configurationFile() {
        return Path.of("/nonexistent/pgagent.toml");
    }

    @Override
    public List<Verb> verbs() {
        return List.of(new WalPushCommand(this), new WalFetchCommand(this), new ServeCommand(this));
    }

    @Override
    public Optional<Path> programDirectory() {
        return Optional.empty();
    }

    @Override
    public OpenStore openStore(Settings settings) throws IOException {
        String bucket = settings.get(Setting.BUCKET).toString();
        ObjectStore store = stores.get(bucket.substring(bucket.lastIndexOf('/') + 1));
        return new OpenStore(store, () -> new StoreCounts(Map.of(), 0, 0));
    }

    @Override
    public OpenStore openServedStore(Settings settings) throws IOException {
        return openStore(settings);
    }

    @Override
    public ClusterClaim claim(ObjectStore store, Settings settings) throws IOException {
        return new ClusterClaim(store, new ClusterKeys(settings.get(Setting.CLUSTER)), clock, random());
    }

    @Override
    public ServerConnection connect(Settings settings) {
        throw new UnsupportedOperationException("an agent needs no connection");
    }

    @Override
    public ServerConnection connect(Settings settings, String database) {
        throw new UnsupportedOperationException("an agent needs no connection");
    }

    @Override
    public ServerConnection connectToStandby(Settings settings) {
        throw new UnsupportedOperationException("an agent needs no connection");
    }

    /** Ends the agent, which must do so in order. */
    @Override
    public void close() {
        cancellation.request();
        thread.shutdown();
        Await.until("the agent ends", LIMIT, agent::isDone);
        try {
            if (agent.get() != Verb.SUCCESS) {
                throw new AssertionError("the agent did not end in order: " + agent.get());
            }
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError("the agent did not end in order", e);
        }
    }
}
