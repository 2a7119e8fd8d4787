package org.pgagent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.pgagent.command.AdoptCommand;
import org.pgagent.command.BackupCommand;
import org.pgagent.command.CanRestoreCommand;
import org.pgagent.command.CheckCommand;
import org.pgagent.command.CompactCommand;
import org.pgagent.command.ConfigCommand;
import org.pgagent.command.Console;
import org.pgagent.command.DeleteCommand;
import org.pgagent.command.ExpireCommand;
import org.pgagent.command.InitCommand;
import org.pgagent.command.OpenStore;
import org.pgagent.command.PinCommand;
import org.pgagent.command.PurgeCommand;
import org.pgagent.command.RestoreCommand;
import org.pgagent.command.ServeCommand;
import org.pgagent.command.ShowCommand;
import org.pgagent.command.StatusCommand;
import org.pgagent.command.Surroundings;
import org.pgagent.command.UnpinCommand;
import org.pgagent.command.ValidateCommand;
import org.pgagent.command.Verb;
import org.pgagent.command.VersionCommand;
import org.pgagent.command.WalFetchCommand;
import org.pgagent.command.WalPushCommand;
import org.pgagent.config.Setting;
import org.pgagent.config.Settings;
import org.pgagent.error.Cancellation;
import org.pgagent.postgres.session.ConnectionSettings;
import org.pgagent.postgres.session.ServerConnection;
import org.pgagent.repository.ClusterClaim;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.storage.ObjectStore;

/** Puts the objects together, each when it is asked for. */
final class Wiring implements Surroundings {
    private final Map<String, String> environment;
    private final Path configurationFile;
    private final Console console;
    private final Cancellation cancellation;
    private final Clock clock = Clock.systemUTC();
    /** Thread-safe; spreads retries and names temporary files, which needs no better chance. */
    private final RandomGenerator random = new Random();

    Wiring(Map<String, String> environment, Path configurationFile, Console console, Cancellation cancellation) {
        this.environment = environment;
        this.configurationFile = configurationFile;
        this.console = console;
        this.cancellation = cancellation;
    }

    /** The verbs, in the order of the help text. */
    @Override
    public List<Verb> verbs() {
        return List.of(
                new InitCommand(this),
                new BackupCommand(this),
                new RestoreCommand(this),
                new WalPushCommand(this),
                new WalFetchCommand(this),
                new ServeCommand(this),
                new StatusCommand(this),
                new AdoptCommand(this),
                new ShowCommand(this),
                new CanRestoreCommand(this),
                new ExpireCommand(this),
                new ValidateCommand(this),
                new DeleteCommand(this),
                new PinCommand(this),
                new UnpinCommand(this),
                new PurgeCommand(this),
                new CompactCommand(this),
                new CheckCommand(this),
                new ConfigCommand(console),
                new VersionCommand(console));
    }

    @Override
    public Console console() {
        return console;
    }

    @Override
    public Map<String, String> environment() {
        return environment;
    }

    @Override
    public Path configurationFile() {
        return configurationFile;
    }

    @Override
    public Optional<Path> programDirectory() {
        // Of the jar that Java was started with: where a class comes from is what the class archive remembers of the
        // build.
        Path jar = Path.of(System.getProperty("java.class.path"));
        return Files.isRegularFile(jar) ? Optional.of(jar.toAbsolutePath().getParent()) : Optional.empty();
    }

    @Override
    public Clock clock() {
        return clock;
    }

    @Override
    public RandomGenerator random() {
        return random;
    }

    @Override
    public Cancellation cancellation() {
        return cancellation;
    }

    @Override
    public OpenStore openStore(Settings settings) throws IOException {
        return new StoreWiring(clock, random, cancellation).open(settings);
    }

    @Override
    public OpenStore openServedStore(Settings settings) throws IOException {
        return new StoreWiring(clock, random, new Cancellation()).open(settings);
    }

    @Override
    public ClusterClaim claim(ObjectStore store, Settings settings) throws IOException {
        return new ClusterClaim(store, new ClusterKeys(settings.get(Setting.CLUSTER)), clock, random);
    }

    @Override
    public ServerConnection connect(Settings settings) throws IOException {
        return ServerConnection.open(connection(settings));
    }

    @Override
    public ServerConnection connect(Settings settings, String database) throws IOException {
        return ServerConnection.open(connection(settings).inDatabase(database));
    }

    @Override
    public ServerConnection connectToStandby(Settings settings) throws IOException {
        return ServerConnection.open(connection(settings)
                .on(
                        settings.get(Setting.STANDBY_HOST),
                        settings.find(Setting.STANDBY_PORT).orElse(ConnectionSettings.DEFAULT_PORT)));
    }

    private ConnectionSettings connection(Settings settings) {
        return new ConnectionSettings(
                settings.find(Setting.HOST),
                settings.find(Setting.PORT),
                settings.find(Setting.USER),
                settings.find(Setting.DBNAME),
                environment);
    }
}
