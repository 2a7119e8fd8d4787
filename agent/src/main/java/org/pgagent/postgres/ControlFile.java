package org.pgagent.postgres;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

/**
 * What pgagent needs of {@code global/pg_control} (pg_control.h), little-endian, versions 13 to 18.
 *
 * @param controlVersion the version of the file's layout: 1300, 1700 or 1800
 * @param time when the file was last written
 * @param walLevel 0 minimal, 1 replica, 2 logical
 * @param dataChecksumVersion 0 without page checksums
 */
public record ControlFile(
        SystemIdentifier systemIdentifier,
        int controlVersion,
        CatalogVersion catalogVersion,
        ClusterState state,
        Instant time,
        Checkpoint checkpoint,
        Recovery recovery,
        int walLevel,
        boolean walLogHints,
        Layout layout,
        int dataChecksumVersion) {
    /** The size of the file; only its first 300 bytes or so are used. */
    public static final int SIZE_BYTES = 8192;

    /** No WAL record can begin here, so no server starts from such a checkpoint. */
    private static final long UNUSABLE_CHECKPOINT = 0xDEAD;

    private static final int CHECKPOINT_OFFSET = 32;
    private static final Map<Integer, Integer> CRC_OFFSET_BY_VERSION = Map.of(1300, 288, 1700, 288, 1800, 292);

    /**
     * The latest checkpoint.
     *
     * @param location the LSN of its record
     * @param redo the LSN from which a recovery replays
     * @param previousTimeline differs from {@code timeline} if this checkpoint began the timeline
     */
    public record Checkpoint(Lsn location, Lsn redo, Timeline timeline, Timeline previousTimeline) {}

    /**
     * How far a recovery must go before the cluster is consistent; zeros and empty on a primary.
     *
     * @param backupStart the redo LSN of the backup that is being recovered from
     * @param backupEndRequired whether the record of the backup's end must be seen
     */
    public record Recovery(
            Lsn minimumRecoveryPoint,
            Optional<Timeline> minimumRecoveryTimeline,
            Lsn backupStart,
            Lsn backupEnd,
            boolean backupEndRequired) {}

    /**
     * Sizes that were fixed when the server was built or the cluster was made.
     *
     * @param pageSize bytes of a page of a relation
     * @param relationSegmentPages pages of a full file of a relation: 131072 in files of 1 GiB
     * @param walPageSize bytes of a page of WAL
     */
    public record Layout(int pageSize, int relationSegmentPages, int walPageSize, WalSegmentSize walSegmentSize) {
        public Layout {
            requirePowerOfTwo("page size", pageSize, 1 << 15);
            requirePowerOfTwo("WAL page size", walPageSize, 1 << 16);
            if (relationSegmentPages < 1) {
                throw new IllegalArgumentException("not a number of pages of a file: " + relationSegmentPages);
            }
        }

        private static void requirePowerOfTwo(String what, int bytes, int maxBytes) {
            if (bytes < 1 << 10 || bytes > maxBytes || Integer.bitCount(bytes) != 1) {
                throw new IllegalArgumentException("not a " + what + ": " + bytes + " (a good one: 8192)");
            }
        }
    }

    public int majorVersion() {
        return catalogVersion.major();
    }

    /**
     * The timeline on which the server writes, or replays. A server that was just promoted notes its new timeline as that
     * of the minimum recovery point, and as the checkpoint's only when the first checkpoint after that is done, which may
     * take minutes (xlog.c, CreateEndOfRecoveryRecord).
     */
    public Timeline timeline() {
        return recovery.minimumRecoveryTimeline()
                .filter(replayed -> replayed.compareTo(checkpoint.timeline) > 0)
                .orElse(checkpoint.timeline);
    }

    /** Whether the pages of relations have checksums. */
    public boolean dataChecksums() {
        return dataChecksumVersion != 0;
    }

    /**
     * Reads an image of the file.
     *
     * @throws PgAgentException of kind INCOMPATIBLE for a version that is not supported, LOCAL_IO if the image is torn
     *     or damaged
     */
    public static ControlFile parse(byte[] image) throws PgAgentException {
        if (!isIntact(image)) {
            throw new PgAgentException(
                    ErrorKind.LOCAL_IO,
                    "the control file does not have the checksum that its bytes give, or not " + SIZE_BYTES + " bytes",
                    "Run pg_controldata on the data directory; if it warns about the CRC too, the control file is"
                            + " damaged.");
        }
        ByteBuffer control = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
        int controlVersion = control.getInt(8);
        int catalogNumber = control.getInt(12);
        CatalogVersion catalogVersion = CatalogVersion.ofNumber(catalogNumber)
                .filter(version -> controlVersionOf(version.major()) == controlVersion)
                .orElseThrow(() -> unknownVersion(controlVersion, catalogNumber));
        try {
            return parseFields(control, controlVersion, catalogVersion);
        } catch (IllegalArgumentException e) {
            throw new PgAgentException(
                    ErrorKind.LOCAL_IO,
                    "the control file has a right checksum around a wrong value: " + e.getMessage(),
                    "Run pg_controldata on the data directory to see what it holds.",
                    e);
        }
    }

    private static ControlFile parseFields(ByteBuffer control, int controlVersion, CatalogVersion catalogVersion) {
        return new ControlFile(
                new SystemIdentifier(control.getLong(0)),
                controlVersion,
                catalogVersion,
                ClusterState.ofNumber(control.getInt(16)),
                Instant.ofEpochSecond(control.getLong(24)),
                new Checkpoint(
                        new Lsn(control.getLong(CHECKPOINT_OFFSET)),
                        new Lsn(control.getLong(40)),
                        new Timeline(Integer.toUnsignedLong(control.getInt(48))),
                        new Timeline(Integer.toUnsignedLong(control.getInt(52)))),
                new Recovery(
                        new Lsn(control.getLong(136)),
                        optionalTimeline(control.getInt(144)),
                        new Lsn(control.getLong(152)),
                        new Lsn(control.getLong(160)),
                        control.get(168) != 0),
                control.getInt(172),
                control.get(176) != 0,
                new Layout(
                        control.getInt(216),
                        control.getInt(220),
                        control.getInt(224),
                        new WalSegmentSize(control.getInt(228))),
                control.getInt(252));
    }

    /**
     * A copy of an image whose checkpoint cannot exist, with the checksum redone: a cluster with it cannot start unless
     * a backup label tells the right checkpoint.
     *
     * @throws PgAgentException as {@link #parse} does
     */
    public static byte[] withUnusableCheckpoint(byte[] image) throws PgAgentException {
        ControlFile intact = parse(image);
        byte[] copy = image.clone();
        int crcOffset = CRC_OFFSET_BY_VERSION.get(intact.controlVersion);
        ByteBuffer control = ByteBuffer.wrap(copy).order(ByteOrder.LITTLE_ENDIAN);
        control.putLong(CHECKPOINT_OFFSET, UNUSABLE_CHECKPOINT);
        control.putInt(crcOffset, crcOfFirst(crcOffset, copy));
        return copy;
    }

    /**
     * Whether an image is whole, by its size and its checksum.
     *
     * @throws PgAgentException of kind INCOMPATIBLE for a version whose checksum cannot be found
     */
    static boolean isIntact(byte[] image) throws PgAgentException {
        if (image.length != SIZE_BYTES) {
            return false;
        }
        ByteBuffer control = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
        Integer crcOffset = CRC_OFFSET_BY_VERSION.get(control.getInt(8));
        if (crcOffset == null) {
            throw unknownVersion(control.getInt(8), control.getInt(12));
        }
        return control.getInt(crcOffset) == crcOfFirst(crcOffset, image);
    }

    private static int crcOfFirst(int length, byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }

    private static int controlVersionOf(int major) {
        return major < 17 ? 1300 : major * 100;
    }

    private static Optional<Timeline> optionalTimeline(int id) {
        return id == 0 ? Optional.empty() : Optional.of(new Timeline(Integer.toUnsignedLong(id)));
    }

    private static PgAgentException unknownVersion(int controlVersion, int catalogNumber) {
        return new PgAgentException(
                ErrorKind.INCOMPATIBLE,
                "the control file has version " + Integer.toUnsignedString(controlVersion) + " and catalog version "
                        + Integer.toUnsignedString(catalogNumber) + ", which pgagent does not know",
                "pgagent works with released versions of PostgreSQL " + CatalogVersion.MAJOR_MIN + " to "
                        + CatalogVersion.MAJOR_MAX + " on little-endian machines.");
    }
}
