package org.pgagent.postgres;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file of a relation, told by its path in the data directory (relpath.c, reinit.c, fd.c). Every such file consists of
 * pages, which have checksums if the cluster has them; no other file does.
 *
 * @param tablespace 1663 is the default one, 1664 that of shared relations
 * @param database 0 for shared relations
 * @param relation the relation's file number
 * @param segment which file of the fork, from 0
 */
public record RelationFile(
        long tablespace, long database, long relation, Fork fork, int segment, Persistence persistence) {
    public static final long DEFAULT_TABLESPACE = 1663;
    public static final long SHARED_TABLESPACE = 1664;

    private static final long OID_MAX = 0xFFFF_FFFFL;

    private static final Pattern DIRECTORY =
            Pattern.compile("global|base/(?<base>\\d+)|pg_tblspc/(?<space>\\d+)/PG_\\d+_\\d+/(?<database>\\d+)");
    private static final Pattern NAME = Pattern.compile(
            "(?<temporary>t\\d+_)?(?<relation>\\d+)(?:_(?<fork>fsm|vm|init))?(?:\\.(?<segment>[1-9]\\d{0,8}))?");

    /** One of the files that make a relation. */
    public enum Fork {
        MAIN,
        FREE_SPACE_MAP,
        VISIBILITY_MAP,
        /** The empty form of an unlogged relation, to which a recovery resets it. */
        INITIALIZATION;

        /**
         * Whether the server itself replaces a bad page of this fork by an empty one. Such pages may be torn even in a
         * sound cluster, because not all their changes are in WAL: worth a word, not an alarm.
         */
        public boolean isRepairedByServer() {
            return this == FREE_SPACE_MAP || this == VISIBILITY_MAP;
        }

        private static Fork ofSuffix(String suffix) {
            if (suffix == null) {
                return MAIN;
            }
            return switch (suffix) {
                case "fsm" -> FREE_SPACE_MAP;
                case "vm" -> VISIBILITY_MAP;
                case "init" -> INITIALIZATION;
                default -> throw new IllegalArgumentException("not the suffix of a fork: " + suffix);
            };
        }
    }

    /** Whether a relation outlives the session that made it. */
    public enum Persistence {
        /** Also unlogged relations, which have an {@link Fork#INITIALIZATION} fork besides. */
        PERMANENT,
        TEMPORARY
    }

    /** Reads a path; empty if it is not that of a relation's file. */
    public static Optional<RelationFile> parse(DataPath path) {
        Matcher name = NAME.matcher(path.name());
        if (!name.matches()) {
            return Optional.empty();
        }
        Matcher directory = DIRECTORY.matcher(path.parent().toString());
        if (!directory.matches()) {
            return Optional.empty();
        }
        Persistence persistence = name.group("temporary") == null ? Persistence.PERMANENT : Persistence.TEMPORARY;
        long relation = oid(name.group("relation"));
        long database = oid(directory.group(directory.group("base") != null ? "base" : "database"));
        long tablespace = tablespace(directory);
        boolean shared = tablespace == SHARED_TABLESPACE;
        if (relation < 1 || tablespace < 1 || (database < 1 && !shared)) {
            return Optional.empty();
        }
        int segment = name.group("segment") == null ? 0 : Integer.parseInt(name.group("segment"));
        return Optional.of(new RelationFile(
                tablespace, database, relation, Fork.ofSuffix(name.group("fork")), segment, persistence));
    }

    private static long tablespace(Matcher directory) {
        if (directory.group("space") != null) {
            return oid(directory.group("space"));
        }
        return directory.group("base") != null ? DEFAULT_TABLESPACE : SHARED_TABLESPACE;
    }

    /** An object identifier without leading zeros, 0 for null, -1 for what is none. */
    private static long oid(String digits) {
        if (digits == null) {
            return 0;
        }
        if (digits.charAt(0) == '0' || digits.length() > 10) {
            return -1;
        }
        long oid = Long.parseLong(digits);
        return oid <= OID_MAX ? oid : -1;
    }

    /**
     * The block number, within the whole fork, of this file's first page.
     *
     * @param relationSegmentPages as the control file tells it ({@link ControlFile.Layout})
     */
    public long firstBlock(int relationSegmentPages) {
        return (long) segment * relationSegmentPages;
    }
}
