package org.pgagent.postgres;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A file that PostgreSQL hands to {@code archive_command}, told by its name (xlog_internal.h, pgarch.h; the manual's
 * chapter on continuous archiving).
 *
 * <p>Every name has 1 to {@link #NAME_LENGTH_MAX} printable ASCII characters without a slash; the archiver itself takes
 * only names made of hexadecimal digits and the letters of the suffixes.
 */
public sealed interface ArchiveFile {
    /** The longest name, which is what the manual asks archive commands to be ready for. */
    int NAME_LENGTH_MAX = 64;

    /** The name as PostgreSQL has it. */
    String fileName();

    /** Whether a recovery may ever read it; what none does is kept for people. */
    boolean neededByRecovery();

    /**
     * Reads a file name. What looks like none of the known kinds is {@link Opaque}, timeline 0 included.
     *
     * @throws IllegalArgumentException if it cannot be the name of an archive file
     */
    static ArchiveFile parse(String fileName) {
        requireName(fileName);
        if (Segment.NAME.matcher(fileName).matches()) {
            return new Segment(fileName);
        }
        if (Partial.NAME.matcher(fileName).matches()) {
            return new Partial(fileName);
        }
        if (History.NAME.matcher(fileName).matches()) {
            return new History(Timeline.parseHex(fileName.substring(0, 8)));
        }
        if (BackupHistory.NAME.matcher(fileName).matches()) {
            return new BackupHistory(fileName);
        }
        return new Opaque(fileName);
    }

    /** As {@link #parse}, but empty for what cannot be the name of an archive file. */
    static Optional<ArchiveFile> find(String fileName) {
        return isName(fileName) ? Optional.of(parse(fileName)) : Optional.empty();
    }

    private static void requireName(String fileName) {
        if (!isName(fileName)) {
            throw refused(fileName, "the name of an archive file", "000000010000000A000000FF");
        }
    }

    private static boolean isName(String fileName) {
        boolean printable = fileName.chars().allMatch(c -> c > 0x1F && c < 0x7F && c != '/');
        boolean relative = fileName.equals(".") || fileName.equals("..");
        return !fileName.isEmpty() && fileName.length() <= NAME_LENGTH_MAX && printable && !relative;
    }

    private static void requireMatch(Pattern pattern, String fileName, String good) {
        if (!pattern.matcher(fileName).matches()) {
            throw refused(fileName, "the name of such an archive file", good);
        }
    }

    private static IllegalArgumentException refused(String fileName, String what, String good) {
        return new IllegalArgumentException("not " + what + ": '" + fileName + "' (a good one: " + good + ")");
    }

    /** Whose name begins with that of a segment. */
    sealed interface OfSegment extends ArchiveFile {
        /** That of the segment. */
        default Timeline timeline() {
            return Timeline.parseHex(fileName().substring(0, 8));
        }

        /**
         * The segment: the file itself, what it is a part of, or in which the base backup started.
         *
         * @throws IllegalArgumentException if no segment of that size has this name
         */
        default WalSegment segment(WalSegmentSize size) {
            return WalSegment.parse(fileName().substring(0, 24), size);
        }
    }

    /** A complete WAL segment. */
    record Segment(String fileName) implements OfSegment {
        private static final Pattern NAME = Pattern.compile("(?!0{8})[0-9A-F]{24}");

        public Segment {
            requireMatch(NAME, fileName, "000000010000000A000000FF");
        }

        @Override
        public boolean neededByRecovery() {
            return true;
        }
    }

    /** The last segment of a timeline that a promotion ended; as large as any segment, never read by recovery. */
    record Partial(String fileName) implements OfSegment {
        private static final Pattern NAME = Pattern.compile("(?!0{8})[0-9A-F]{24}\\.partial");

        public Partial {
            requireMatch(NAME, fileName, "000000010000000A000000FF.partial");
        }

        @Override
        public boolean neededByRecovery() {
            return false;
        }
    }

    /** Where a timeline and its ancestors came from; see {@link TimelineHistory}. */
    record History(Timeline timeline) implements ArchiveFile {
        private static final Pattern NAME = Pattern.compile("(?!0{8})[0-9A-F]{8}\\.history");

        @Override
        public String fileName() {
            return timeline.hex() + ".history";
        }

        @Override
        public boolean neededByRecovery() {
            return true;
        }
    }

    /** The note about a base backup that the server leaves beside the WAL; recovery never asks for it. */
    record BackupHistory(String fileName) implements OfSegment {
        private static final Pattern NAME = Pattern.compile("(?!0{8})[0-9A-F]{24}\\.[0-9A-F]{8}\\.backup");

        public BackupHistory {
            requireMatch(NAME, fileName, "000000010000000A000000FF.00000028.backup");
        }

        @Override
        public boolean neededByRecovery() {
            return false;
        }
    }

    /** Anything else; kept as it is. */
    record Opaque(String fileName) implements ArchiveFile {
        public Opaque {
            requireName(fileName);
        }

        @Override
        public boolean neededByRecovery() {
            return true;
        }
    }
}
