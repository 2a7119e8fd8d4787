package org.pgagent.training;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.pgagent.Main;
import org.pgagent.command.Console;
import org.pgagent.error.Cancellation;

/**
 * Runs the short commands one after another, so that the virtual machine sees the classes that they load. Commands that
 * need a server come as far as the login.
 *
 * <p>Arguments: an empty directory to work in; a control file; a WAL segment of the same cluster, or its beginning.
 */
public final class Training {
    /** Where the first page of a segment has its size, as PostgreSQL's xlog_internal.h says (xlp_seg_size). */
    private static final int SIZE_OFFSET = 32;

    private final Path directory;
    private final Path dataDirectory;
    private final Path segment;

    private Training(Path directory, Path dataDirectory, Path segment) {
        this.directory = directory;
        this.dataDirectory = dataDirectory;
        this.segment = segment;
    }

    public static void main(String[] arguments) throws IOException {
        Path directory = Path.of(arguments[0]);
        Path dataDirectory = directory.resolve("data");
        Files.createDirectories(dataDirectory.resolve("global"));
        Files.copy(Path.of(arguments[1]), dataDirectory.resolve("global/pg_control"));
        Path sample = Path.of(arguments[2]);
        Path segment = Files.createDirectory(dataDirectory.resolve("pg_wal")).resolve(sample.getFileName());
        Files.copy(sample, segment);
        try (RandomAccessFile file = new RandomAccessFile(segment.toFile(), "rw")) {
            file.seek(SIZE_OFFSET);
            file.setLength(Integer.toUnsignedLong(Integer.reverseBytes(file.readInt())));
        }
        try (TrainingStore store = new TrainingStore()) {
            new Training(directory, dataDirectory, segment).run(store);
        }
    }

    private void run(TrainingStore store) throws IOException {
        Path repository = Files.createDirectory(directory.resolve("repository"));
        List<String> s3 = List.of("--bucket", "s3://training", "--endpoint", store.endpoint(), "--retries", "0");
        List<String> file = List.of("--bucket", repository.toUri().toString());

        run(List.of(), "--version");
        run(List.of(), "--help");
        run(List.of(), "backup", "--help");
        run(List.of(), "restore", "--help");
        run(s3, "config");
        String data = dataDirectory.toString();
        String name = segment.getFileName().toString();
        for (List<String> place : List.of(s3, file)) {
            run(place, "wal-push", segment.toString(), "-D", data);
            run(place, "wal-push", segment.toString(), "-D", data);
            run(place, "wal-fetch", name, dataDirectory.resolve("fetched").toString(), "-D", data);
            run(
                    place,
                    "wal-fetch",
                    "00000003.history",
                    dataDirectory.resolve("none").toString(),
                    "-D",
                    data);
            run(place, "show");
            run(place, "restore", "-D", directory.resolve("target").toString(), "--dry-run");
            for (String verb : List.of("check", "backup")) {
                run(place, verb, "-D", data, "-h", "127.0.0.1", "-p", "1", "-U", "training");
            }
        }
    }

    private void run(List<String> place, String... arguments) {
        List<String> line = new ArrayList<>(List.of(arguments));
        line.addAll(place);
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
        Path noSettings = directory.resolve("no-such-file.toml");
        int status = new Main(Map.of(), noSettings, new Console(nowhere, nowhere, false), new Cancellation())
                .run(line.toArray(String[]::new));
        System.out.println("status " + status + " of: pgagent " + String.join(" ", arguments));
    }
}
