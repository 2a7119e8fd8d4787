package org.pgagent.config;

import static org.pgagent.config.SettingGroup.AGENT;
import static org.pgagent.config.SettingGroup.CONNECTION;
import static org.pgagent.config.SettingGroup.OBJECTS;
import static org.pgagent.config.SettingGroup.OUTPUT;
import static org.pgagent.config.SettingGroup.REPOSITORY;
import static org.pgagent.config.SettingGroup.RETENTION;
import static org.pgagent.config.SettingGroup.STANDBY;
import static org.pgagent.config.SettingGroup.WORK;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.pgagent.catalog.KeepCalendar;
import org.pgagent.chunk.Compression;
import org.pgagent.postgres.session.CheckpointMode;
import org.pgagent.repository.ClusterName;
import org.pgagent.storage.KeyPrefix;
import org.pgagent.storage.s3.PathStyle;

/**
 * A setting, and the closed table of all of them. Each is {@code --name} on the commands that use it,
 * {@code PGAGENT_NAME} in the environment and {@code name} in the configuration file; {@code docs/configuration.md} is
 * generated from here.
 *
 * <p>Secrets are no settings: they come from AWS's own chain of credentials and from libpq's password file.
 */
public final class Setting<T> {
    public static final Setting<BucketUrl> BUCKET = new Setting<>(
            REPOSITORY,
            "--bucket",
            new SettingType<>("BUCKET", BucketUrl.class, BucketUrl::parse),
            told("The bucket, s3://bucket/prefix, or a directory as file:///directory.", "my-backups"));

    public static final Setting<KeyPrefix> PREFIX = new Setting<>(
            REPOSITORY,
            "--prefix",
            new SettingType<>("PREFIX", KeyPrefix.class, KeyPrefix::new),
            told("What all object keys in the bucket begin with.", "postgres/production"));

    public static final Setting<URI> ENDPOINT = new Setting<>(
            REPOSITORY,
            "--endpoint",
            SettingType.webAddress(),
            told(
                    "The store's URL, http or https; else AWS_ENDPOINT_URL; without either, the store is AWS.",
                    "https://s3.example.net"));

    public static final Setting<String> REGION = new Setting<>(
            REPOSITORY,
            "--region",
            SettingType.word("REGION"),
            told(
                    "The store's region; else what AWS's own configuration says or, with an endpoint, us-east-1.",
                    "eu-central-1"));

    public static final Setting<PathStyle> PATH_STYLE = new Setting<>(
            REPOSITORY,
            "--path-style",
            SettingType.choice(PathStyle.class),
            told(
                    "auto",
                    "Whether requests name the bucket in the path; auto does so if there is an endpoint.",
                    "path"));

    public static final Setting<Path> CA_FILE = new Setting<>(
            REPOSITORY,
            "--ca-file",
            SettingType.path("FILE"),
            told("Certificates (PEM) to trust for https, besides those of the Java runtime.", "/etc/ssl/store-ca.pem"));

    public static final Setting<ClusterName> CLUSTER = new Setting<>(
            REPOSITORY,
            "--cluster",
            new SettingType<>("NAME", ClusterName.class, ClusterName::new),
            told("main", "The name under which the repository keeps the cluster.", "orders"));

    public static final Setting<Duration> REQUEST_TIMEOUT = new Setting<>(
            REPOSITORY,
            "--request-timeout",
            SettingType.duration("1s", "1h"),
            told("2m", "How long the store may take to answer a request; content has time of its own.", "30s"));

    public static final Setting<Integer> RETRIES = new Setting<>(
            REPOSITORY,
            "--retries",
            SettingType.count(0, 20),
            told("7", "How often a request to the store is sent again when it failed in a way that may pass.", "10"));

    public static final Setting<String> STORAGE_CLASS = new Setting<>(
            OBJECTS,
            "--storage-class",
            SettingType.word("CLASS"),
            told("The storage class of new objects; without one, the bucket's.", "STANDARD_IA"));

    public static final Setting<EncryptionChoice> SSE = new Setting<>(
            OBJECTS,
            "--sse",
            SettingType.choice(EncryptionChoice.class),
            told(
                    "bucket",
                    "How the store encrypts new objects: as the bucket says, with SSE-S3 or with SSE-KMS.",
                    "kms"));

    public static final Setting<String> SSE_KMS_KEY = new Setting<>(
            OBJECTS,
            "--sse-kms-key",
            SettingType.text("KEY"),
            told("The key for SSE-KMS; without one, the account's own for S3.", "alias/backups"));

    public static final Setting<Path> PGDATA = new Setting<>(
            CONNECTION,
            "-D, --pgdata",
            SettingType.path("DIR"),
            told(
                    "The data directory; a restore must be told it as its target, a backup asks the server.",
                    "/var/lib/postgresql/18/main"));

    public static final Setting<String> HOST = new Setting<>(
            CONNECTION,
            "-h, --host",
            SettingType.text("HOST"),
            told("The server's host name, or the directory of its Unix socket.", "/var/run/postgresql"));

    public static final Setting<Integer> PORT =
            new Setting<>(CONNECTION, "-p, --port", SettingType.count(1, 65535), told("The server's port.", "5432"));

    public static final Setting<String> USER = new Setting<>(
            CONNECTION, "-U, --user", SettingType.text("USER"), told("The role to log in as.", "postgres"));

    public static final Setting<String> DBNAME = new Setting<>(
            CONNECTION,
            "-d, --dbname",
            SettingType.database(),
            told("The database to connect to, or a connection string without a password.", "postgres"));

    public static final Setting<String> STANDBY_HOST = new Setting<>(
            STANDBY,
            "--standby-host",
            SettingType.text("HOST"),
            told(
                    "Copy this standby, on this host, and start and stop the backup on its primary, of -h and -p.",
                    "/var/run/postgresql"));

    public static final Setting<Integer> STANDBY_PORT = new Setting<>(
            STANDBY,
            "--standby-port",
            SettingType.count(1, 65535),
            told("The port of that standby; without one, 5432.", "5433"));

    public static final Setting<Duration> STANDBY_LAG_MAX = new Setting<>(
            STANDBY,
            "--standby-lag-max",
            SettingType.duration("1s", "7d"),
            told(
                    "30m",
                    "How far behind a standby may be, or for how long it may stand still while a backup waits for it.",
                    "5h"));

    public static final Setting<Compression> COMPRESS = new Setting<>(
            WORK,
            "--compress",
            new SettingType<>("none|lz4[:n]|zstd[:n]", Compression.class, Compression::parse),
            told("lz4", "How new data is compressed, with the codec's level if wanted.", "zstd:3"));

    public static final Setting<ByteSize> CHUNK_SIZE = new Setting<>(
            WORK,
            "--chunk-size",
            SettingType.size("64KiB", "16MiB"),
            told(
                    "1MiB",
                    "How much of a file is compressed and checked as one; a multiple of the page size.",
                    "512KiB"));

    public static final Setting<Integer> JOBS = new Setting<>(
            WORK,
            "-j, --jobs",
            SettingType.count(1, 64),
            told("4", "How many workers carry content to the store or from it.", "8"));

    public static final Setting<ByteSize> RATE_LIMIT = new Setting<>(
            WORK,
            "--rate-limit",
            SettingType.size("64KiB", "1TiB"),
            told(
                    "How many bytes a second a backup reads, all workers together; without one, all that it can.",
                    "50MiB"));

    public static final Setting<CheckpointMode> CHECKPOINT = new Setting<>(
            WORK,
            "--checkpoint",
            SettingType.choice(CheckpointMode.class),
            told("fast", "Whether the checkpoint that a backup begins with is done at once or spread out.", "spread"));

    public static final Setting<Duration> ARCHIVE_TIMEOUT = new Setting<>(
            WORK,
            "--archive-timeout",
            SettingType.duration("1s", "7d"),
            told("5m", "How long to wait for WAL to arrive in the repository while none arrives.", "30m"));

    public static final Setting<Integer> KEEP_FULL = new Setting<>(
            RETENTION,
            "--keep-full",
            SettingType.count(1, 100_000),
            told("Keep the newest N full backups, and every backup and point in time since the oldest of them.", "2"));

    public static final Setting<Integer> KEEP_DAYS = new Setting<>(
            RETENTION,
            "--keep-days",
            SettingType.count(1, 100_000),
            told("Keep every point in time of the last N days, and the backups and WAL which that takes.", "14"));

    public static final Setting<Integer> KEEP_WAL_DAYS = new Setting<>(
            RETENTION,
            "--keep-wal-days",
            SettingType.count(1, 100_000),
            told("Keep WAL for points in time of the last N days only; older backups keep just their own.", "7"));

    public static final Setting<KeepCalendar> KEEP = new Setting<>(
            RETENTION,
            "--keep",
            new SettingType<>("CALENDAR", KeepCalendar.class, KeepCalendar::parse),
            told(
                    "Keep the newest backup of each of so many days, weeks, months or years (UTC); also last, hourly.",
                    "daily=7,weekly=4,monthly=12,yearly=3"));

    public static final Setting<Integer> KEEP_SRVLOG_FILES = new Setting<>(
            RETENTION,
            "--keep-srvlog-files",
            SettingType.count(1, 100_000),
            told("Keep the newest N of the server's log files in the repository.", "30"));

    public static final Setting<Integer> KEEP_SRVLOG_DAYS = new Setting<>(
            RETENTION,
            "--keep-srvlog-days",
            SettingType.count(1, 100_000),
            told("Keep the server's log files in the repository that were changed in the last N days.", "30"));

    public static final Setting<Duration> IDLE_TIMEOUT = new Setting<>(
            AGENT,
            "--idle-timeout",
            SettingType.duration("1s", "1d"),
            told("1m", "How long an agent that was started by need stays when the server has stopped.", "10m"));

    public static final Setting<Integer> METRICS_PORT = new Setting<>(
            AGENT,
            "--metrics-port",
            SettingType.count(1, 65535),
            told("The port on the loopback address where Prometheus finds metrics; without one, none.", "9832"));

    public static final Setting<ProgressStyle> PROGRESS = new Setting<>(
            OUTPUT,
            "--progress",
            SettingType.choice(ProgressStyle.class),
            told("auto", "How progress is shown; auto is a bar on a terminal and plain lines elsewhere.", "plain"));

    public static final Setting<LogLevel> LOG_LEVEL = new Setting<>(
            OUTPUT,
            "--log-level",
            SettingType.choice(LogLevel.class),
            told("info", "What is logged; debug also prints the causes of errors.", "debug"));

    public static final Setting<LogFormat> LOG_FORMAT = new Setting<>(
            OUTPUT,
            "--log-format",
            SettingType.choice(LogFormat.class),
            told("text", "How lines of the log and errors look.", "json"));

    /** Every setting, in the order of the reference. */
    public static final List<Setting<?>> ALL = List.of(
            BUCKET,
            PREFIX,
            ENDPOINT,
            REGION,
            PATH_STYLE,
            CA_FILE,
            CLUSTER,
            REQUEST_TIMEOUT,
            RETRIES,
            STORAGE_CLASS,
            SSE,
            SSE_KMS_KEY,
            PGDATA,
            HOST,
            PORT,
            USER,
            DBNAME,
            STANDBY_HOST,
            STANDBY_PORT,
            STANDBY_LAG_MAX,
            COMPRESS,
            CHUNK_SIZE,
            JOBS,
            RATE_LIMIT,
            CHECKPOINT,
            ARCHIVE_TIMEOUT,
            KEEP_FULL,
            KEEP_DAYS,
            KEEP_WAL_DAYS,
            KEEP,
            KEEP_SRVLOG_FILES,
            KEEP_SRVLOG_DAYS,
            IDLE_TIMEOUT,
            METRICS_PORT,
            PROGRESS,
            LOG_LEVEL,
            LOG_FORMAT);

    private final SettingGroup group;
    private final List<String> optionNames;
    private final SettingType<T> type;
    private final Description description;

    private record Description(Optional<String> defaultText, String meaning, String example) {}

    private static Description told(String defaultText, String meaning, String example) {
        return new Description(Optional.of(defaultText), meaning, example);
    }

    private static Description told(String meaning, String example) {
        return new Description(Optional.empty(), meaning, example);
    }

    private Setting(SettingGroup group, String optionNames, SettingType<T> type, Description description) {
        this.group = group;
        this.optionNames = List.of(optionNames.split(", "));
        this.type = type;
        this.description = description;
    }

    /** The name in the configuration file, such as {@code chunk-size}. */
    public String name() {
        return option().substring(2);
    }

    /** The long option, such as {@code --chunk-size}. */
    public String option() {
        return optionNames.get(optionNames.size() - 1);
    }

    /** All options, such as {@code -j} and {@code --jobs}. */
    public List<String> optionNames() {
        return optionNames;
    }

    /** The environment variable, such as {@code PGAGENT_CHUNK_SIZE}. */
    public String variable() {
        return "PGAGENT_" + name().toUpperCase(Locale.ROOT).replace('-', '_');
    }

    public SettingGroup group() {
        return group;
    }

    /** What stands for the value in help texts, such as {@code SIZE}. */
    public String label() {
        return type.label();
    }

    /** The value when nothing is said; empty if there is none, or another program decides. */
    public Optional<String> defaultText() {
        return description.defaultText();
    }

    /** One sentence. */
    public String meaning() {
        return description.meaning();
    }

    public String example() {
        return description.example();
    }

    /**
     * Reads a value.
     *
     * @throws IllegalArgumentException with a good example if the text is malformed
     */
    public T parse(String text) {
        return type.parser().apply(text);
    }

    T cast(Object value) {
        return type.valueClass().cast(value);
    }

    @Override
    public String toString() {
        return name();
    }
}
