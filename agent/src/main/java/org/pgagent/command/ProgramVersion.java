package org.pgagent.command;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The version of this program, as the build wrote it into {@code version.properties}. */
public final class ProgramVersion {
    private ProgramVersion() {}

    /** Such as {@code 0.1.0}. */
    public static String current() {
        try (InputStream in = ProgramVersion.class.getResourceAsStream("version.properties")) {
            Properties properties = new Properties();
            properties.load(in);
            return properties.getProperty("version");
        } catch (IOException e) {
            throw new UncheckedIOException("the program's own version.properties cannot be read", e);
        }
    }
}
