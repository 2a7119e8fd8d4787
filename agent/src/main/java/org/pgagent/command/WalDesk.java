package org.pgagent.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor.DiscardPolicy;
import java.util.concurrent.TimeUnit;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.pgagent.command.RequestSettings.RequestedSettings;
import org.pgagent.config.Setting;
import org.pgagent.config.SettingGroup;
import org.pgagent.config.Settings;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.Failure;
import org.pgagent.serve.AgentAnswer;
import org.pgagent.serve.AgentDirectory;
import org.pgagent.serve.AgentRequest;
import org.pgagent.serve.RequestDesk;
import org.pgagent.wal.AbandonedFetches;
import org.pgagent.wal.FetchAhead;
import org.pgagent.wal.ReadyFiles;
import org.pgagent.wal.RestoreCommandStatus;
import org.pgagent.wal.RestoreCommandStatus.Recovery;
import org.pgagent.wal.SpoolParts;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers PostgreSQL's commands in the agent: for each request its settings, for those a repository, and there the work. */
final class WalDesk implements RequestDesk, AutoCloseable {
    /** An {@code archive_command} and a {@code restore_command} may name two. */
    private static final int ARCHIVES_MAX = 4;

    /** A server has two; two paths may share a place here, and wait for each other. */
    private static final int TARGETS = 64;

    /** Well below the time after which another node may take a silent one's place. */
    private static final Duration UPKEEP_EVERY = Duration.ofMinutes(1);

    private static final Duration UPKEEP_END_MAX = Duration.ofSeconds(4);

    /** More than a fetch takes with all its retries; one by Java alone may be under way while an agent starts. */
    private static final Duration FETCH_MAX = Duration.ofHours(1);

    private static final Logger LOG = LoggerFactory.getLogger(WalDesk.class);

    private final RequestSettings requestSettings;
    private final Optional<Settings> told;
    private final ServedArchive.Shared shared;
    private final AgentDirectory directory;
    private final SpoolParts spool;
    private final AgentReport report;
    private final Map<Map<String, String>, ServedArchive> archives = new LinkedHashMap<>(16, 0.75f, true);
    private final BacklogWatch backlog;
    private ServedArchive storedInto;

    private final Object[] targets = Stream.generate(Object::new).limit(TARGETS).toArray();
    private final ScheduledExecutorService upkeep = nowAndThen("upkeep");
    private final ScheduledExecutorService watch = nowAndThen("backlog");

    /**
     * Takes the agent's spool over, and removes what fetches have left that were killed long ago.
     *
     * @param told the settings of the archive that is looked after before anything is asked for, if it is this data
     *     directory's
     */
    WalDesk(RequestSettings requestSettings, ServedArchive.Shared shared, AgentReport report, Optional<Settings> told) {
        this.told = told;
        this.requestSettings = requestSettings;
        this.shared = shared;
        this.directory = shared.directory();
        this.spool = new SpoolParts(directory.spool());
        AbandonedFetches.remove(
                directory.walDirectory(),
                shared.surroundings().clock().instant().minus(FETCH_MAX));
        this.report = report;
        this.backlog = new BacklogWatch(
                new ReadyFiles(directory.walDirectory()), shared.surroundings().clock());
        upkeep.execute(tried(this::lookAfterArchive));
        repeat(upkeep, this::lookAfterArchive);
        repeat(watch, backlog::look);
    }

    /** A thread for what is done now and then; at the end it begins nothing more. */
    private static ScheduledExecutorService nowAndThen(String name) {
        ScheduledThreadPoolExecutor executor =
                new ScheduledThreadPoolExecutor(1, work -> new Thread(work, name), new DiscardPolicy());
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        return executor;
    }

    @SuppressWarnings("FutureReturnValueIgnored") // nothing is thrown, and it goes on to the end
    private static void repeat(ScheduledExecutorService executor, Runnable work) {
        executor.scheduleWithFixedDelay(
                tried(work), UPKEEP_EVERY.toMillis(), UPKEEP_EVERY.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** An exception would end what is repeated. */
    private static Runnable tried(Runnable work) {
        return () -> {
            try {
                work.run();
            } catch (Throwable thrown) {
                LOG.error("the archive could not be looked after, trying again later", thrown);
            }
        };
    }

    /** The one that was stored into last: a former one is nobody's to look after. */
    private void lookAfterArchive() {
        takeUp();
        try (ServedArchive.Use use = useOfStoredInto()) {
            if (use != null) {
                use.archive().upkeep().ifPresent(ArchiveUpkeep::run);
            }
        }
    }

    /** An archive that was this data directory's before the agent was started need not wait for a push. */
    private void takeUp() {
        if (told.isEmpty() || hasStoredInto()) {
            return;
        }
        try (ServedArchive.Use use = archive(told.get())) {
            if (use.archive().isOurs()) {
                storedInto(use.archive());
            }
        } catch (IOException e) {
            LOG.warn("the archive could not be looked after, trying again later: {}", e.getMessage());
        }
    }

    private synchronized boolean hasStoredInto() {
        return storedInto != null;
    }

    /** Null as long as no archive is known to be this data directory's. */
    private synchronized ServedArchive.Use useOfStoredInto() {
        return storedInto == null ? null : storedInto.use();
    }

    /** The first time is the earliest that an agent knows which archive to look after. */
    private synchronized void storedInto(ServedArchive archive) {
        if (archives.containsValue(archive)) {
            boolean first = storedInto == null;
            storedInto = archive;
            if (first) {
                upkeep.execute(tried(this::lookAfterArchive));
            }
        }
    }

    @Override
    public AgentAnswer answer(AgentRequest request) {
        return switch (request.verb()) {
            case WAL_PUSH -> push(request);
            case WAL_FETCH -> fetch(request);
            case STATUS -> status();
            case LEAVE -> throw new IllegalArgumentException("no matter of this desk: " + request);
        };
    }

    private AgentAnswer push(AgentRequest request) {
        try (ServedArchive.Use use = archive(requestSettings.of(request).settings())) {
            use.archive().pushing().push(inPlace(Path.of(request.operands().get(0))));
            storedInto(use.archive());
            return new AgentAnswer.Done(Verb.SUCCESS, "");
        } catch (IOException | RuntimeException e) {
            return failed(e, ErrorKind::exitCode);
        }
    }

    private AgentAnswer fetch(AgentRequest request) {
        Recovery recovery = Recovery.TARGETED;
        try {
            RequestedSettings requested = requestSettings.of(request);
            recovery = requested.standby() ? Recovery.STANDBY : Recovery.TARGETED;
            Path target = Path.of(request.operands().get(1));
            try (ServedArchive.Use use = archive(requested.settings())) {
                FetchAhead fetching = use.archive().fetching();
                synchronized (oneAtATime(target)) {
                    return new AgentAnswer.Done(
                            RestoreCommandStatus.of(
                                    fetching.fetch(request.operands().get(0), target)),
                            "");
                }
            }
        } catch (IOException | RuntimeException e) {
            Recovery asked = recovery;
            return failed(e, kind -> RestoreCommandStatus.of(kind, asked));
        }
    }

    /**
     * Whose caller was killed goes on with its fetch, and must not put its file over that of a later request: one for the same
     * target comes after the other.
     */
    private Object oneAtATime(Path target) {
        return targets[Math.floorMod(target.hashCode(), targets.length)];
    }

    private AgentAnswer status() {
        try {
            return new AgentAnswer.Done(Verb.SUCCESS, report.json());
        } catch (IOException | RuntimeException e) {
            return failed(e, ErrorKind::exitCode);
        }
    }

    private static AgentAnswer failed(Exception thrown, ToIntFunction<ErrorKind> status) {
        Failure failure = Failure.of(thrown);
        if (failure.kind() == ErrorKind.BUG) {
            LOG.error("a request failed by a defect", thrown);
        }
        return new AgentAnswer.Done(
                status.applyAsInt(failure.kind()),
                "pgagent: error: " + failure.message() + "\nhint: " + failure.hint() + "\n");
    }

    /** The path below {@code pg_wal} as this agent writes it, however the caller came there. */
    private Path inPlace(Path file) {
        Path walDirectory = directory.walDirectory();
        try {
            return Files.isSameFile(file.getParent(), walDirectory) ? walDirectory.resolve(file.getFileName()) : file;
        } catch (IOException e) {
            return file; // the push says what is wrong with it
        }
    }

    private synchronized ServedArchive.Use archive(Settings settings) throws IOException {
        Map<String, String> key = identity(settings);
        ServedArchive found = archives.get(key);
        if (found != null) {
            return found.use();
        }
        if (archives.size() >= ARCHIVES_MAX) {
            forgetTheEldest();
        }
        ServedArchive opened = new ServedArchive(shared, settings, spool);
        archives.put(key, opened);
        return opened.use();
    }

    /** Settings that were changed leave archives behind that nobody asks for any more. */
    private void forgetTheEldest() {
        ServedArchive eldest = archives.values().stream()
                .filter(archive -> archive != storedInto)
                .findFirst()
                .orElseThrow();
        archives.values().remove(eldest);
        new Thread(eldest::closeUnused, "closing an archive").start();
    }

    /** What makes two requests go to the same archive in the same way. */
    private static Map<String, String> identity(Settings settings) {
        return Setting.ALL.stream()
                .filter(setting -> setting.group() == SettingGroup.REPOSITORY
                        || setting.group() == SettingGroup.OBJECTS
                        || setting.group() == SettingGroup.WORK)
                .filter(setting -> settings.assignment(setting).isPresent())
                .collect(Collectors.toMap(
                        Setting::name,
                        setting -> settings.assignment(setting).get().text()));
    }

    private synchronized List<ServedArchive> all() {
        return List.copyOf(archives.values());
    }

    /** How many segments were fetched ahead, or are on their way. */
    int inSpool() {
        return all().stream().mapToInt(ServedArchive::inSpool).sum();
    }

    void tick() {
        all().forEach(ServedArchive::tick);
    }

    @Override
    public void close() {
        watch.shutdown();
        upkeep.shutdown();
        try {
            if (!upkeep.awaitTermination(UPKEEP_END_MAX.toSeconds(), TimeUnit.SECONDS)) {
                LOG.info("the upkeep of an archive ends before its end; the next agent goes on with it");
            }
            closeAll();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** All at once, for each may wait for a store that does not answer. */
    private void closeAll() throws InterruptedException {
        List<Thread> closing = all().stream()
                .map(archive -> new Thread(archive::close, "closing an archive"))
                .toList();
        closing.forEach(Thread::start);
        for (Thread each : closing) {
            each.join();
        }
    }
}
