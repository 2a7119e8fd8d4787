import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

/**
 * Says whether the JDK that runs this program is worth a second run of the unit tests.
 *
 * <p>The build starts it with the newest JDK found, as a source file: {@code java NewestJdk.java HOME OUT}, where HOME is
 * the JDK that runs Maven and OUT the properties file to write.
 */
final class NewestJdk {
    private static final int WORTH_A_RUN = 21;

    private NewestJdk() {}

    public static void main(String[] arguments) throws IOException {
        Path mavenHome = Path.of(arguments[0]).toRealPath();
        Path out = Path.of(arguments[1]);
        Path home = Path.of(System.getProperty("java.home")).toRealPath();

        boolean other = Runtime.version().feature() >= WORTH_A_RUN && !home.equals(mavenHome);
        System.out.println(
                other
                        ? "The unit tests run once more, on JDK " + Runtime.version() + " in " + home
                        : "No other JDK of " + WORTH_A_RUN
                                + " or newer is installed: the unit tests ran on one JDK only");

        Properties properties = new Properties();
        properties.setProperty("newest.jdk.java", home.resolve("bin/java").toString());
        properties.setProperty("newest.jdk.is.no.other", Boolean.toString(!other));
        Files.createDirectories(out.getParent());
        try (var writer = Files.newBufferedWriter(out)) {
            properties.store(writer, null);
        }
    }
}
