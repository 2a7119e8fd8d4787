import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/**
 * Makes of a directory with jars what a host without Java can start: a small runtime, the native libraries, and an
 * archive of loaded classes.
 *
 * <p>The build starts it with the newest JDK found, as a source file: {@code java MakeRuntime.java DIST WORK}. DIST is the
 * distribution, with {@code lib/} filled; WORK is a directory for intermediate files that has picocli's sources, the options
 * of Java, and golden files of PostgreSQL.
 */
final class MakeRuntime {
    /** What jdeps finds, and what is loaded by name: https, SCRAM, Kerberos, memory and socket details. */
    private static final String MODULES = String.join(
            ",",
            "java.base",
            "java.logging",
            "java.management",
            "java.naming",
            "java.security.jgss",
            "java.security.sasl",
            "java.sql",
            "java.xml",
            "jdk.crypto.ec",
            "jdk.httpserver",
            "jdk.management",
            "jdk.net",
            "jdk.security.auth",
            "jdk.security.jgss",
            "jdk.unsupported");

    /** Options of commands that end in a second, and of those that move data. */
    private static final String CONTROL_OPTIONS = "java-control.options";

    private static final String DATA_OPTIONS = "java-data.options";

    /** Options of the resident agent. */
    private static final String AGENT_OPTIONS = "java-agent.options";

    /** About as many as the training runs. */
    private static final int COMMANDS_OF_TRAINING = 20;

    /** Memory as a file system: the training syncs thousands of files, which on a busy disk takes longer than all the rest. */
    private static final Path MEMORY = Path.of("/dev/shm");

    /** A few times what the training writes, so that a small machine or container keeps its memory and uses its disk. */
    private static final long MEMORY_BYTES_MIN = 2L << 30;

    /** Of a key that signs nothing but the training's own answers. */
    private static final String STORE_PASSWORD = "training";

    private static final Pattern FIRST_COMPILER_THRESHOLD = Pattern.compile("(-XX:Tier3\\w+Threshold=)(\\d+)");

    private static final int JDK = Runtime.version().feature();
    private static final int AOT_CACHE_SINCE = 25;
    private static final int UNSAFE_WARNS_SINCE = 24;
    private static final int ZIP_LEVELS_SINCE = 21;
    private static final int JAVA_17_CLASS_FILE = 61;

    private final Path dist;
    private final Path lib;
    private final Path work;

    private MakeRuntime(Path dist, Path work) {
        this.dist = dist;
        this.lib = dist.resolve("lib");
        this.work = work;
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        MakeRuntime make = new MakeRuntime(Path.of(arguments[0]), Path.of(arguments[1]));
        make.removeOldJars();
        make.linkRuntime();
        make.unpackNativeLibraries();
        make.compilePicocliAnew();
        make.completeOptions();
        make.archiveClasses();
    }

    /** A build that follows another one, with other versions, must not ship both. */
    private void removeOldJars() throws IOException {
        String named;
        try (JarFile jar = new JarFile(lib.resolve("pgagent.jar").toFile())) {
            named = jar.getManifest().getMainAttributes().getValue(Attributes.Name.CLASS_PATH);
        }
        Set<String> wanted = new HashSet<>(List.of(named.split(" ")));
        wanted.add("pgagent.jar");
        for (Path jar : jars("")) {
            if (!wanted.contains(jar.getFileName().toString())) {
                Files.delete(jar);
            }
        }
    }

    private void linkRuntime() throws IOException {
        Path runtime = dist.resolve("runtime");
        Path stamp = work.resolve("runtime.stamp");
        String wanted = System.getProperty("java.home") + " " + Runtime.version() + " " + MODULES;
        if (Files.exists(stamp)
                && Files.exists(runtime)
                && Files.readString(stamp).equals(wanted)) {
            return;
        }
        deleteTree(runtime);
        System.out.println("Linking a runtime from JDK " + Runtime.version());
        tool(
                "jlink",
                "--add-modules",
                MODULES,
                "--strip-debug",
                "--no-man-pages",
                "--no-header-files",
                "--compress=" + (JDK >= ZIP_LEVELS_SINCE ? "zip-6" : "2"),
                "--output",
                runtime.toString());
        Files.writeString(stamp, wanted);
    }

    /** Otherwise each start unpacks them into the temporary directory, which many hosts mount without execution. */
    private void unpackNativeLibraries() throws IOException {
        String architecture = System.getProperty("os.arch");
        Path libraries = Files.createDirectories(lib.resolve("native"));
        unpack("lz4-java-", "net/jpountz/util/linux/" + architecture, libraries);
        unpack("zstd-jni-", "linux/" + architecture, libraries);
    }

    private void unpack(String jar, String directory, Path target) throws IOException {
        try (FileSystem zip = FileSystems.newFileSystem(jar(jar));
                Stream<Path> files = Files.list(zip.getPath(directory))) {
            for (Path file : files.toList()) {
                Files.copy(file, target.resolve(file.getFileName().toString()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    /** picocli is published as Java 5 class files, which no class archive takes; a start would be half as slow again. */
    private void compilePicocliAnew() throws IOException {
        Path jar = jar("picocli-");
        try (FileSystem zip = FileSystems.newFileSystem(jar);
                var file = Files.newInputStream(zip.getPath("picocli/CommandLine.class"))) {
            if (file.readNBytes(8)[7] >= JAVA_17_CLASS_FILE) {
                return;
            }
        }
        Path sources = work.resolve("picocli");
        Path classes = work.resolve("picocli-classes");
        List<String> arguments =
                new ArrayList<>(List.of("--release", "17", "-proc:none", "-nowarn", "-d", classes.toString()));
        try (Stream<Path> files = Files.walk(sources.resolve("picocli"))) {
            files.filter(file -> file.toString().endsWith(".java"))
                    .map(Path::toString)
                    .forEach(arguments::add);
        }
        tool("javac", arguments.toArray(String[]::new));
        tool("jar", "--update", "--file", jar.toString(), "-C", classes.toString(), "picocli");
    }

    /** Adds to the files of options what all kinds of commands need from this version of Java, or only one of them. */
    private void completeOptions() throws IOException {
        String every = Files.readString(work.resolve("java-every.options"));
        if (JDK >= UNSAFE_WARNS_SINCE) {
            every += "--sun-misc-unsafe-memory-access=allow\n";
        }
        for (String kind : List.of(DATA_OPTIONS, AGENT_OPTIONS)) {
            Files.writeString(lib.resolve(kind), Files.readString(work.resolve(kind)) + every);
        }
        String control = Files.readString(work.resolve(CONTROL_OPTIONS)) + every;
        if (JDK >= AOT_CACHE_SINCE) {
            // What the cache knows of hot loops is for the second compiler; to read it costs a tenth of a start.
            control += "-XX:+UnlockDiagnosticVMOptions\n-XX:-AOTReplayTraining\n";
        }
        Files.writeString(lib.resolve(CONTROL_OPTIONS), control);
    }

    /**
     * Runs the commands and keeps the classes that they loaded. One archive serves both kinds of commands, as they share
     * the garbage collector and the class path.
     */
    private void archiveClasses() throws IOException, InterruptedException {
        Path aotCache = lib.resolve("pgagent.aot");
        Path cdsArchive = lib.resolve("pgagent.jsa");
        Files.deleteIfExists(aotCache);
        Files.deleteIfExists(cdsArchive);
        wholeSeconds();

        Path scratch = placeToTrain();
        try {
            train(scratch, aotCache, cdsArchive);
        } finally {
            deleteTree(scratch);
        }
        Path made = Files.exists(aotCache) ? aotCache : cdsArchive;
        System.out.println("Class archive: " + made.getFileName() + ", " + Files.size(made) / 1024 / 1024 + " MiB");
    }

    private Path placeToTrain() throws IOException {
        boolean inMemory = Files.isWritable(MEMORY) && MEMORY.toFile().getUsableSpace() >= MEMORY_BYTES_MIN;
        return Files.createTempDirectory(inMemory ? MEMORY : work, "pgagent-training");
    }

    private void train(Path scratch, Path aotCache, Path cdsArchive) throws IOException, InterruptedException {
        Path keys = work.resolve("training.p12");
        Path certificate = work.resolve("training.pem");
        makeCertificate(keys, certificate);
        String[] training = {
            "org.pgagent.training.Training",
            scratch.toString(),
            work.resolve("golden").toString(),
            keys.toString(),
            STORE_PASSWORD,
            certificate.toString()
        };
        if (JDK >= AOT_CACHE_SINCE) {
            Path recording = work.resolve("pgagent.aotconf");
            List<String> options = new ArrayList<>(List.of("-XX:AOTMode=record", "-XX:AOTConfiguration=" + recording));
            options.addAll(profiling());
            java(options, training);
            java(List.of("-XX:AOTMode=create", "-XX:AOTConfiguration=" + recording, "-XX:AOTCache=" + aotCache));
        } else {
            java(List.of("-Xshare:dump"), "-version");
            java(List.of("-XX:ArchiveClassesAtExit=" + cdsArchive), training);
        }
    }

    /** For the training's store, so that the archive has the classes of TLS. */
    private static void makeCertificate(Path keys, Path certificate) throws IOException, InterruptedException {
        Files.deleteIfExists(keys);
        Files.deleteIfExists(certificate);
        keytool(keys, "-genkeypair", "-keyalg", "RSA", "-dname", "CN=training", "-ext", "san=ip:127.0.0.1");
        keytool(keys, "-exportcert", "-rfc", "-file", certificate.toString());
    }

    private static void keytool(Path keys, String... arguments) throws IOException, InterruptedException {
        List<String> line = new ArrayList<>();
        line.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        line.addAll(List.of(arguments));
        line.addAll(List.of(
                "-alias",
                "training",
                "-storetype",
                "PKCS12",
                "-keystore",
                keys.toString(),
                "-storepass",
                STORE_PASSWORD));
        int status = new ProcessBuilder(line).inheritIO().start().waitFor();
        if (status != 0) {
            throw new IOException("status " + status + " of: " + String.join(" ", line));
        }
    }

    /**
     * What the training changes in the options of data commands. The first compiler counts what they do not let it count: what
     * it learns of the hot loops goes into the cache, and each later start compiles them with the second compiler at once.
     * And since the training runs many commands in one Java, a method is hot only if it would be so in one of them: what the
     * cache knows as hot is compiled at each start, hot or not.
     */
    private List<String> profiling() throws IOException {
        List<String> profiling = new ArrayList<>();
        for (String option : Files.readAllLines(lib.resolve(DATA_OPTIONS))) {
            Matcher threshold = FIRST_COMPILER_THRESHOLD.matcher(option);
            if (option.startsWith("-XX:-C1")) {
                profiling.add(option.replace("-XX:-", "-XX:+"));
            } else if (threshold.matches()) {
                profiling.add(threshold.group(1) + Long.parseLong(threshold.group(2)) * COMMANDS_OF_TRAINING);
            }
        }
        return profiling;
    }

    /** The archive is valid for jars of these times only, and a tar file keeps whole seconds. */
    private void wholeSeconds() throws IOException {
        for (Path jar : jars("")) {
            FileTime time = Files.getLastModifiedTime(jar);
            Files.setLastModifiedTime(jar, FileTime.fromMillis(time.toMillis() / 1000 * 1000));
        }
    }

    private void java(List<String> options, String... arguments) throws IOException, InterruptedException {
        List<String> line = new ArrayList<>(List.of(
                dist.resolve("runtime/bin/java").toString(),
                "@" + lib.resolve(DATA_OPTIONS),
                "-Djava.library.path=" + lib.resolve("native"),
                "-cp",
                lib.resolve("pgagent.jar").toString()));
        line.addAll(options);
        line.addAll(List.of(arguments));
        ProcessBuilder process = new ProcessBuilder(line).redirectErrorStream(true);
        Path log = work.resolve("training.log");
        process.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        process.environment().put("LC_ALL", "C.UTF-8");
        process.environment().put("AWS_ACCESS_KEY_ID", "training");
        process.environment().put("AWS_SECRET_ACCESS_KEY", "training");
        process.environment().put("AWS_EC2_METADATA_DISABLED", "true");
        int status = process.start().waitFor();
        if (status != 0) {
            throw new IOException("status " + status + " of: " + String.join(" ", line) + "; " + log + " tells more");
        }
    }

    private Path jar(String prefix) throws IOException {
        List<Path> found = jars(prefix);
        if (found.size() != 1) {
            throw new IOException("in " + lib + " there must be one " + prefix + "*.jar, not " + found);
        }
        return found.get(0);
    }

    private List<Path> jars(String prefix) throws IOException {
        try (Stream<Path> files = Files.list(lib)) {
            return files.filter(file -> file.getFileName().toString().matches(prefix + ".*\\.jar"))
                    .toList();
        }
    }

    private static void tool(String name, String... arguments) throws IOException {
        ToolProvider tool = ToolProvider.findFirst(name)
                .orElseThrow(() -> new IOException("no " + name + " in " + System.getProperty("java.home")));
        int status = tool.run(new PrintStream(System.out, true), System.err, arguments);
        if (status != 0) {
            throw new IOException(name + " ended with status " + status);
        }
    }

    private static void deleteTree(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
