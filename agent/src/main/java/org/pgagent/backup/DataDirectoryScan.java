package org.pgagent.backup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.DataDirectoryRules;
import org.pgagent.postgres.DataPath;
import org.pgagent.postgres.EntryRule;
import org.pgagent.repository.LinkTarget;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Walks through a data directory and its tablespaces and says what a base backup copies, in the order of {@link
 * DataPath#compareTo}. Holds the names in one directory of each level and nothing else, so that the number of files does not
 * matter.
 *
 * <p>Entries may come and go meanwhile, because the server is running: what is gone is left out, what comes later is in WAL.
 * The control file is left out here, because it is copied last. For one thread.
 */
final class DataDirectoryScan {
    private static final Logger LOG = LoggerFactory.getLogger(DataDirectoryScan.class);
    private static final DataPath TABLESPACES = DataPath.of("pg_tblspc");
    private static final Pattern TABLESPACE_NAME = Pattern.compile("[1-9][0-9]{0,9}");
    private static final DataPath CONTROL_FILE = DataPath.of("global/pg_control");
    /** What no server can do without, and nobody else puts anything into. */
    private static final List<DataPath> NEEDED = Stream.of(
                    "base",
                    "global",
                    "pg_commit_ts",
                    "pg_logical",
                    "pg_multixact",
                    "pg_tblspc",
                    "pg_twophase",
                    "pg_xact")
            .map(DataPath::of)
            .toList();

    private static final DataPath WAL = DataPath.of("pg_wal");
    /** What a server wants to find in pg_wal; the second one from PostgreSQL 17 on. */
    private static final List<String> WAL_DIRECTORIES = List.of("archive_status", "summaries");

    /** Takes what the scan finds, a directory always before what lies in it. */
    interface Sink {
        void directory(DataPath path, int mode) throws IOException;

        void link(DataPath path, LinkTarget target) throws IOException;

        void file(SourceFile file) throws IOException;

        /** Hears of something that is not copied, without what lies below it. */
        default void leftOut(DataPath path, EntryRule rule) {}
    }

    private final Path dataDirectory;
    private final DataDirectoryRules rules;
    private final Sink sink;
    private final Set<DataPath> tablespacesInside = new HashSet<>();
    private final Set<Long> tablespacesFound = new HashSet<>();
    private final Deque<Path> linksFollowed = new ArrayDeque<>();
    private Path realDataDirectory;

    DataDirectoryScan(Path dataDirectory, DataDirectoryRules rules, Sink sink) {
        this.dataDirectory = dataDirectory;
        this.rules = rules;
        this.sink = sink;
    }

    /**
     * Walks once.
     *
     * @return the oids of the tablespaces in which there was a directory of this cluster
     * @throws PgAgentException of kind LOCAL_IO if something that the cluster needs cannot be read
     */
    Set<Long> run() throws IOException {
        realDataDirectory = dataDirectory.toRealPath();
        findTablespacesInside();
        PosixFileAttributes root = Files.readAttributes(dataDirectory, PosixFileAttributes.class);
        sink.directory(DataPath.ROOT, SourceEntries.mode(root));
        walk(DataPath.ROOT, dataDirectory);
        return Set.copyOf(tablespacesFound);
    }

    /** Tablespaces may lie in the data directory itself, and would be copied twice. */
    private void findTablespacesInside() throws IOException {
        Path tablespaces = TABLESPACES.under(dataDirectory);
        for (DataPath name : SourceEntries.names(tablespaces)) {
            Path location = name.under(tablespaces);
            Optional<Path> real = SourceEntries.real(location);
            if (real.isPresent()
                    && Files.isSymbolicLink(location)
                    && isTablespace(TABLESPACES.resolve(name))
                    && real.get().startsWith(realDataDirectory)
                    && Files.isDirectory(real.get().resolve(rules.tablespaceDirectory()))) {
                tablespacesInside.add(DataPath.ROOT.resolve(realDataDirectory.relativize(real.get())));
            }
        }
    }

    private void walk(DataPath directory, Path location) throws IOException {
        if (directory.name().equals(rules.tablespaceDirectory()) && isTablespace(directory.parent())) {
            tablespacesFound.add(Long.valueOf(directory.parent().name()));
        }
        NameList names = SourceEntries.names(location);
        Set<Long> unlogged = unloggedRelations(directory, names);
        for (DataPath name : names) {
            visit(directory.resolve(name), name.under(location), unlogged);
        }
    }

    /** The unlogged relations of a directory of relations, told by their initialisation forks. */
    private static Set<Long> unloggedRelations(DataPath directory, NameList names) {
        boolean relations = directory.startsWith(DataPath.of("base")) || directory.startsWith(TABLESPACES);
        if (!relations) {
            return Set.of();
        }
        List<DataPath> initialisationForks = new ArrayList<>();
        for (DataPath name : names) {
            if (name.name().contains("_init")) {
                initialisationForks.add(directory.resolve(name));
            }
        }
        return DataDirectoryRules.unloggedRelations(initialisationForks);
    }

    private void visit(DataPath path, Path location, Set<Long> unlogged) throws IOException {
        if (path.equals(CONTROL_FILE) || tablespacesInside.contains(path)) {
            return;
        }
        Optional<PosixFileAttributes> found = SourceEntries.attributes(location, LinkOption.NOFOLLOW_LINKS);
        if (found.isEmpty()) {
            return;
        }
        PosixFileAttributes attributes = found.get();
        EntryRule rule = rules.ruleFor(path, SourceEntries.kind(attributes), unlogged);
        switch (rule.treatment()) {
            case SKIP -> skip(path, rule);
            case KEEP_EMPTY -> keepEmpty(path, location);
            case COPY -> copy(path, location, attributes);
        }
    }

    private void skip(DataPath path, EntryRule rule) {
        sink.leftOut(path, rule);
        if (rule == EntryRule.SPECIAL_FILE) {
            LOG.warn("left out path={} reason=\"{}\"", path, rule.reason());
        } else {
            LOG.debug("left out path={} reason=\"{}\"", path, rule.reason());
        }
    }

    private void keepEmpty(DataPath path, Path location) throws IOException {
        Optional<PosixFileAttributes> target = SourceEntries.attributes(location);
        if (target.isEmpty()) {
            return;
        }
        sink.directory(path, SourceEntries.mode(target.get()));
        if (path.equals(WAL)) {
            for (String directory : WAL_DIRECTORIES) {
                keepEmpty(path.resolve(directory), location.resolve(directory));
            }
        }
    }

    private void copy(DataPath path, Path location, PosixFileAttributes attributes) throws IOException {
        if (attributes.isDirectory()) {
            sink.directory(path, SourceEntries.mode(attributes));
            walk(path, location);
        } else if (attributes.isRegularFile()) {
            sink.file(sourceFile(path, location, attributes, Optional.empty()));
        } else if (path.parent().equals(TABLESPACES)) {
            tablespace(path, location);
        } else {
            followLink(path, location);
        }
    }

    /**
     * A relative link leads to where the server sees it, and is kept as the absolute one that the server would have made: it
     * would lead elsewhere from another data directory.
     */
    private void tablespace(DataPath path, Path location) throws IOException {
        Optional<Path> target = SourceEntries.target(location);
        if (target.isEmpty()) {
            return;
        }
        Optional<Path> absolute = target.get().isAbsolute() ? target : SourceEntries.real(location);
        if (absolute.isEmpty()) {
            LOG.warn("left out path={} reason=\"the link leads nowhere\" target={}", path, target.get());
        } else if (!isTablespace(path)) {
            LOG.warn("left out path={} reason=\"not the name of a tablespace\" target={}", path, target.get());
        } else {
            sink.link(path, LinkTarget.of(absolute.get()));
            walk(path, location);
        }
    }

    /** Whether a path is an entry of pg_tblspc that is called as the server calls a tablespace. */
    private static boolean isTablespace(DataPath path) {
        return path.parent().equals(TABLESPACES)
                && TABLESPACE_NAME.matcher(path.name()).matches();
    }

    /**
     * Somebody put a link into the data directory, to configuration or to a directory on another disk. What is behind it is
     * copied as if it lay here, unless that would go on for ever, or copy twice what belongs to the server.
     *
     * @throws PgAgentException of kind LOCAL_IO if the link stands for something that no server can do without
     */
    private void followLink(DataPath path, Path location) throws IOException {
        Optional<Path> target = SourceEntries.target(location);
        if (target.isEmpty()) {
            return;
        }
        Optional<PosixFileAttributes> found = SourceEntries.attributes(location);
        Optional<Path> behind = SourceEntries.real(location);
        if (found.isEmpty() || behind.isEmpty()) {
            leaveOut(path, target.get(), "the link leads nowhere");
            return;
        }
        Path real = behind.get();
        boolean isDirectory = found.get().isDirectory();
        if (isDirectory && leadsBack(real, location)) {
            leaveOut(path, real, "the link leads back to where it was found");
        } else if (isDirectory && isOfTheServer(real) && !isNeeded(path)) {
            leaveOut(path, real, "the link leads into what is copied anyway");
        } else if (found.get().isRegularFile()) {
            sink.file(sourceFile(path, location, found.get(), Optional.of(LinkTarget.of(target.get()))));
        } else if (isDirectory) {
            LOG.info("follows link path={} target={}", path, real);
            sink.directory(path, SourceEntries.mode(found.get()));
            linksFollowed.push(real);
            walk(path, location);
            linksFollowed.pop();
        } else {
            skip(path, EntryRule.SPECIAL_FILE);
        }
    }

    private boolean leadsBack(Path real, Path link) throws PgAgentException {
        return realDataDirectory.startsWith(real)
                || SourceEntries.real(link.toAbsolutePath().getParent())
                        .filter(parent -> parent.startsWith(real))
                        .isPresent()
                || linksFollowed.stream().anyMatch(outer -> real.startsWith(outer) || outer.startsWith(real));
    }

    /** Whether a directory is copied, or kept empty, under the name that the server knows. */
    private boolean isOfTheServer(Path real) throws PgAgentException {
        if (SourceEntries.real(WAL.under(dataDirectory))
                .filter(real::startsWith)
                .isPresent()) {
            return true; // also where pg_wal is a link
        }
        if (!real.startsWith(realDataDirectory)) {
            return false;
        }
        DataPath path = DataPath.ROOT.resolve(realDataDirectory.relativize(real));
        return isNeeded(path) || tablespacesInside.stream().anyMatch(path::startsWith);
    }

    private static boolean isNeeded(DataPath path) {
        return NEEDED.stream().anyMatch(path::startsWith);
    }

    private static void leaveOut(DataPath path, Path target, String reason) throws PgAgentException {
        if (isNeeded(path)) {
            throw new PgAgentException(
                    ErrorKind.LOCAL_IO,
                    path + " in the data directory cannot be copied: " + reason + " (" + target + ")",
                    "The server needs what it stands for. Mount what is missing, or move the content to where the link is.");
        }
        LOG.warn("left out path={} reason=\"{}\" target={}", path, reason, target);
    }

    /** The control file, which {@link #run} leaves out. */
    static SourceFile controlFile(Path dataDirectory) throws IOException {
        Path location = CONTROL_FILE.under(dataDirectory);
        PosixFileAttributes attributes = Files.readAttributes(location, PosixFileAttributes.class);
        return sourceFile(CONTROL_FILE, location, attributes, Optional.empty());
    }

    private static SourceFile sourceFile(
            DataPath path, Path location, PosixFileAttributes attributes, Optional<LinkTarget> linkedTo) {
        return new SourceFile(
                path,
                location,
                attributes.size(),
                SourceEntries.mode(attributes),
                attributes.lastModifiedTime().toInstant(),
                linkedTo);
    }
}
