package org.pgagent.storage;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * One page of a directory's objects in the byte order of their keys. A folder {@code a} takes the place of {@code a/} in
 * that order, so after {@code a-b} and before {@code a0}; with this a walk through the folders meets the keys in order.
 *
 * <p>Of each folder on the way down it keeps at most one page of names, the smallest that are still to come, and reads the
 * folder again for the next.
 */
final class DirectoryListing {
    private static final int PAGE_MAX = 1000;

    private final RepositoryDirectory directory;
    private final String prefix;
    private final ListDepth depth;
    /** The last name of the page before; empty text sorts before every name. */
    private final String after;

    private final List<ObjectInfo> objects = new ArrayList<>();
    private final List<ObjectKey> folders = new ArrayList<>();
    private String last = "";
    private boolean more;

    DirectoryListing(RepositoryDirectory directory, String prefix, ListDepth depth, Optional<String> from) {
        this.directory = directory;
        this.prefix = prefix;
        this.depth = depth;
        this.after = from.orElse("");
    }

    /** A name below the prefix: a key, or a folder's with a slash at the end. */
    private record Name(String text, Path path) implements Comparable<Name> {
        boolean isFolder() {
            return text.endsWith("/");
        }

        ObjectKey key() {
            return new ObjectKey(isFolder() ? text.substring(0, text.length() - 1) : text);
        }

        @Override
        public int compareTo(Name other) {
            return compare(text, other.text);
        }
    }

    private static int compare(String one, String other) {
        return Arrays.compareUnsigned(one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));
    }

    ObjectListing page() throws IOException {
        Optional<Path> start = directory.folderOf(prefix);
        if (start.isPresent()) {
            walk(start.get(), prefix.substring(0, prefix.lastIndexOf('/') + 1));
        }
        return new ObjectListing(objects, folders, more ? Optional.of(last) : Optional.empty());
    }

    private void walk(Path folder, String folderName) throws IOException {
        String done = "";
        SortedSet<Name> names;
        do {
            names = smallest(folder, folderName, done);
            for (Name name : names) {
                if (more) {
                    return;
                }
                visit(name);
                done = name.text();
            }
        } while (names.size() == PAGE_MAX);
    }

    private SortedSet<Name> smallest(Path folder, String folderName, String done) throws IOException {
        TreeSet<Name> names = new TreeSet<>();
        directory.forEachEntry(folder, entry -> {
            String text = folderName + entry.getFileName();
            boolean tooLate =
                    names.size() == PAGE_MAX && compare(text, names.last().text()) > 0;
            if (tooLate || isPassed(text + "/", done)) {
                return; // whether it is a file or a folder, so nobody need ask
            }
            Optional<Name> name = name(entry, folderName);
            if (name.isPresent() && isToCome(name.get(), done)) {
                names.add(name.get());
                if (names.size() > PAGE_MAX) {
                    names.pollLast();
                }
            }
        });
        return names;
    }

    /** Empty for what pgagent cannot have written as an object: own names, links, devices, unusual names. */
    private static Optional<Name> name(Path entry, String folderName) throws IOException {
        String text = folderName + entry.getFileName();
        if (RepositoryDirectory.isOwn(text) || !ObjectKey.isLegal(text)) {
            return Optional.empty();
        }
        if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.of(new Name(text + "/", entry));
        }
        return FileState.of(entry).map(state -> new Name(text, entry));
    }

    private boolean isToCome(Name name, String done) {
        return name.text().startsWith(prefix) && !isPassed(name.text(), done);
    }

    private boolean isPassed(String name, String done) {
        return compare(name, done) <= 0
                || (compare(name, after) <= 0
                        // the page before may have ended within the folder
                        && !(depth == ListDepth.ALL && name.endsWith("/") && after.startsWith(name)));
    }

    private void visit(Name name) throws IOException {
        if (!name.isFolder()) {
            Optional<FileState> state = FileState.of(name.path());
            if (state.isPresent() && hasRoom()) {
                objects.add(state.get().info(name.key()));
                last = name.text();
            }
        } else if (depth == ListDepth.ALL) {
            walk(name.path(), name.text());
        } else if (hasObject(name.path(), name.text()) && hasRoom()) {
            folders.add(name.key());
            last = name.text();
        }
    }

    private boolean hasRoom() {
        if (objects.size() + folders.size() == PAGE_MAX) {
            more = true;
        }
        return !more;
    }

    private boolean hasObject(Path folder, String folderName) throws IOException {
        boolean[] found = new boolean[1];
        directory.forEachEntry(folder, entry -> {
            if (!found[0]) {
                Optional<Name> name = name(entry, folderName);
                found[0] = name.isPresent()
                        && (!name.get().isFolder()
                                || hasObject(entry, name.get().text()));
            }
        });
        return found[0];
    }
}
