package org.pgagent.kit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.pgagent.Main;
import org.pgagent.command.Console;
import org.pgagent.error.Cancellation;

/**
 * The process behind {@link ResidentProgram}. Ends with whoever started it, for then its standard input ends.
 *
 * <p>A call is a line with a name on the pipe {@code door}; {@code name.arguments} has the arguments, each with a zero byte
 * at its end, and the pipe {@code name.answer}, which the caller holds open, takes the exit status. What was printed is in
 * {@code name.out} and {@code name.err}, if anything was.
 */
public final class ResidentProgramMain {
    private static final Path NO_CONFIGURATION = Path.of("/nonexistent/pgagent.toml");
    /** No status of the program. */
    private static final int BROKEN = 99;

    private final Path directory;

    private ResidentProgramMain(Path directory) {
        this.directory = directory;
    }

    public static void main(String[] arguments) throws IOException {
        Thread watch = new Thread(ResidentProgramMain::endWithTheCaller, "end with the caller");
        watch.setDaemon(true);
        watch.start();
        ResidentProgramMain program = new ResidentProgramMain(Path.of(arguments[0]));
        ExecutorService calls = Executors.newCachedThreadPool();
        // Opened for both, so that it has no end between two callers.
        try (RandomAccessFile door = new RandomAccessFile(program.file("door").toFile(), "rw")) {
            while (true) {
                String call = door.readLine();
                calls.execute(() -> program.answer(call));
            }
        }
    }

    private static void endWithTheCaller() {
        try {
            while (System.in.read() >= 0) {
                // nothing is ever said
            }
        } catch (IOException e) {
            // an end as good as any
        }
        Runtime.getRuntime().halt(0);
    }

    private Path file(String name) {
        return directory.resolve(name);
    }

    @SuppressWarnings("CatchAndPrintStackTrace") // standard error is the log that a test shows when it gets no answer
    private void answer(String call) {
        try {
            int status = run(call);
            try (RandomAccessFile answer =
                    new RandomAccessFile(file(call + ".answer").toFile(), "rw")) {
                answer.write((status + "\n").getBytes(UTF_8));
            }
        } catch (IOException e) {
            e.printStackTrace();
        }
    }

    private int run(String call) throws IOException {
        String all = Files.readString(file(call + ".arguments"), UTF_8);
        String[] arguments = all.isEmpty()
                ? new String[0]
                : all.substring(0, all.length() - 1).split("\0", -1);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int status = BROKEN;
        try {
            Console console = new Console(new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8), false);
            status = new Main(System.getenv(), NO_CONFIGURATION, console, new Cancellation()).run(arguments);
        } finally {
            writeUnlessEmpty(file(call + ".out"), out);
            writeUnlessEmpty(file(call + ".err"), err);
        }
        return status;
    }

    private static void writeUnlessEmpty(Path file, ByteArrayOutputStream content) throws IOException {
        if (content.size() > 0) {
            Files.write(file, content.toByteArray());
        }
    }
}
