package org.pgagent.postgres;

import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.PatternSyntaxException;

/**
 * What of a data directory a base backup shall leave out besides what it always does, as patterns of paths. Nothing that
 * belongs to PostgreSQL can be among it. Immutable.
 *
 * <p>A pattern is one of {@link java.nio.file.FileSystem#getPathMatcher}'s globs, relative to the data directory: {@code *} stays
 * within a directory, <code>**</code> does not. What matches is left out with all that lies below it.
 */
public final class Exclusions {
    public static final Exclusions NONE = new Exclusions(List.of());

    private static final int GLOBS_MAX = 100;
    private static final int GLOB_LENGTH_MAX = 1000;
    private static final String SERVERS_PREFIX = "pg_";
    private static final Path DATA_DIRECTORY = Path.of("/data");

    /** Without these a server does not start, or not as it did. */
    private static final Set<String> SERVERS_FILES =
            Set.of("PG_VERSION", "postgresql.conf", "postgresql.auto.conf", "pg_hba.conf", "pg_ident.conf");

    /** Where servers up to 9.6 logged by default, and many still do. */
    private static final String OLD_LOGS = "pg_log";

    /** The first segments of all that a server needs, as far as they are known. */
    private static final List<String> SERVERS = servers();

    private final List<String> globs;
    private final List<PathMatcher> matchers = new ArrayList<>();

    /**
     * The patterns, as they were written.
     *
     * @throws IllegalArgumentException if one is malformed, or could match something that a server needs
     */
    public Exclusions(List<String> globs) {
        if (globs.size() > GLOBS_MAX) {
            throw new IllegalArgumentException("more than " + GLOBS_MAX + " patterns to exclude");
        }
        this.globs = List.copyOf(globs);
        for (String glob : globs) {
            requireRelative(glob);
            String first = glob.replaceFirst("/.*", "");
            requireNothingNeeded(glob, first);
            matchers.add(matcher(glob, glob));
        }
    }

    private static List<String> servers() {
        List<String> names = new ArrayList<>(SERVERS_FILES);
        for (DataPath directory : DataDirectoryRules.requiredDirectories(Integer.MAX_VALUE)) {
            if (directory.parent().equals(DataPath.ROOT)) {
                names.add(directory.name());
            }
        }
        return names.stream().sorted().toList();
    }

    private static void requireRelative(String glob) {
        boolean hasOddSegment = glob.matches("(.*/)?\\.{0,2}(/.*)?");
        if (hasOddSegment || glob.length() > GLOB_LENGTH_MAX || glob.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(
                    "not a pattern of paths in the data directory: '" + glob + "' (good ones: log, log/*.csv, core.*)");
        }
    }

    /** A pattern whose first segment crosses directories could match any file of the server's. */
    private static void requireNothingNeeded(String glob, String first) {
        if (first.contains("**")) {
            throw new IllegalArgumentException("a pattern to exclude begins with a directory or a file of the data"
                    + " directory itself, and '" + glob + "' with **");
        }
        PathMatcher matcher = matcher(first, glob);
        for (String name : SERVERS) {
            if (matcher.matches(Path.of(name))) {
                throw new IllegalArgumentException(
                        "'" + glob + "' would exclude what a server needs: " + name + ", or something in it");
            }
        }
        if (isServers(first)) {
            throw new IllegalArgumentException(
                    "'" + glob + "' would exclude what a server may need: names that begin with " + SERVERS_PREFIX
                            + " are PostgreSQL's own, but for " + OLD_LOGS);
        }
    }

    private static PathMatcher matcher(String pattern, String glob) {
        try {
            return FileSystems.getDefault().getPathMatcher("glob:" + pattern);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    "not a pattern of paths: '" + glob + "': " + e.getDescription()
                            + "; a { } group has no slash in it",
                    e);
        }
    }

    /** The patterns, as they were written. */
    public List<String> globs() {
        return globs;
    }

    /** Whether an entry of the data directory is to be left out; never one that belongs to PostgreSQL. */
    boolean exclude(DataPath path) {
        if (matchers.isEmpty() || path.equals(DataPath.ROOT) || isServers(path.first())) {
            return false;
        }
        Path relative = DATA_DIRECTORY.relativize(path.under(DATA_DIRECTORY));
        return matchers.stream().anyMatch(matcher -> matcher.matches(relative));
    }

    private static boolean isServers(String first) {
        return SERVERS.contains(first) || (first.startsWith(SERVERS_PREFIX) && !first.equals(OLD_LOGS));
    }
}
