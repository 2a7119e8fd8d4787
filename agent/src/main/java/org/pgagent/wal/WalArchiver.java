package org.pgagent.wal;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.pgagent.chunk.Compression;
import org.pgagent.chunk.RunningHash;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.ArchiveFile;
import org.pgagent.postgres.TimelineHistory;
import org.pgagent.postgres.WalSegment;
import org.pgagent.repository.ClusterDescription;
import org.pgagent.repository.WalObjectHeader;
import org.pgagent.repository.WalObjectWriter;
import org.pgagent.repository.WalObjects;
import org.pgagent.storage.ObjectChangedException;
import org.pgagent.storage.ObjectKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What {@code archive_command} asks for (the manual's chapter on continuous archiving; pgarch.c): stores an archive file,
 * and returns only when the store has confirmed it. Thread-safe; each push takes up to 20 MiB of memory, or 40 MiB for
 * segments of more than 16 MiB.
 *
 * <p>Never overwrites what is whole. The same file again is success, for the server hands a file over again when it crashed
 * before it noted the first success; what is stored is read then, whole. Another file of the same name is refused, for it comes
 * from another server. Only of the kinds that no recovery reads both are kept, because a refusal would stop the archiver for
 * nothing.
 */
public final class WalArchiver {
    private static final Logger LOG = LoggerFactory.getLogger(WalArchiver.class);

    private final WalObjects objects;
    private final ClusterDescription cluster;
    private final Compression compression;
    private final SegmentCheck check;

    /**
     * @param cluster what the repository says of the cluster; the caller has compared it with the control file of the data
     *     directory, which is the only guard for files that do not name their cluster themselves
     */
    public WalArchiver(WalObjects objects, ClusterDescription cluster, Compression compression) {
        this.objects = objects;
        this.cluster = cluster;
        this.compression = compression;
        this.check = new SegmentCheck(
                cluster.systemIdentifier(), cluster.segmentSize(), OptionalInt.of(cluster.majorVersion()));
    }

    /**
     * Stores one file under its own name.
     *
     * @throws PgAgentException of kind ARCHIVE_CONFLICT if the repository has other bytes under the name, BAD_ARCHIVE_FILE
     *     if the file is not what its name says or may still be written, FOREIGN_CLUSTER if another cluster wrote it, LOCAL_IO
     *     if it cannot be read, CORRUPTED if the object of this name is none of pgagent's, and the {@code STORE_} kinds, after
     *     which it may or may not be stored: pushing it again tells
     */
    public PushResult push(Path path) throws IOException {
        ArchiveFile file = named(path);
        try (ArchiveSource source = ArchiveSource.open(path)) {
            if (file instanceof ArchiveFile.History history) {
                requireHistory(history, source);
            }
            if (source.sizeBytes() > WalObjects.SIZE_MAX_BYTES) {
                throw new PgAgentException(
                        ErrorKind.BAD_ARCHIVE_FILE,
                        path + " has " + source.sizeBytes() + " bytes, more than any archive file",
                        "Set archive_command = 'pgagent wal-push %p'.");
            }
            Optional<WalSegment> segment = check.segmentOf(file);
            if (segment.isPresent()) {
                check.require(
                        segment.get(),
                        source.head(SegmentCheck.HEAD_BYTES),
                        source.sizeBytes(),
                        ErrorKind.BAD_ARCHIVE_FILE);
            }
            if (file instanceof ArchiveFile.Segment && ReadyFiles.mayStillBeWritten(path)) {
                throw unfinished(path);
            }
            return pushObject(file, source);
        }
    }

    private static PgAgentException unfinished(Path path) {
        return new PgAgentException(
                ErrorKind.BAD_ARCHIVE_FILE,
                path + " may still be written: archive_status beside it has no " + path.getFileName()
                        + ".ready, by which the server hands a segment over that is complete",
                "Leave it to the server, which hands over each segment; SELECT pg_switch_wal() completes the one that it writes."
                        + " If that server will never run again, or the segment is known to be complete, copy it to another"
                        + " directory and push the copy with --pgdata.");
    }

    private static ArchiveFile named(Path path) throws PgAgentException {
        Path name = path.getFileName();
        try {
            return ArchiveFile.parse(name == null ? "" : name.toString());
        } catch (IllegalArgumentException e) {
            throw new PgAgentException(
                    ErrorKind.BAD_ARCHIVE_FILE, e.getMessage(), "Set archive_command = 'pgagent wal-push %p'.", e);
        }
    }

    private static void requireHistory(ArchiveFile.History file, ArchiveSource source) throws IOException {
        if (source.sizeBytes() > WalObjects.HISTORY_MAX_BYTES) {
            throw badHistory(file, "it has " + source.sizeBytes() + " bytes", null);
        }
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        source.copyTo(content::write);
        try {
            TimelineHistory.parse(file.timeline(), content.toString(StandardCharsets.UTF_8));
        } catch (PgAgentException e) {
            throw badHistory(file, e.getMessage(), e);
        }
    }

    private static PgAgentException badHistory(ArchiveFile file, String how, Exception cause) {
        return new PgAgentException(
                ErrorKind.BAD_ARCHIVE_FILE,
                file.fileName() + " is not a history file: " + how,
                "Look at the file in pg_wal; a line has the parent timeline, the LSN of the switch and the reason.",
                cause);
    }

    private PgAgentException splitBrain(ArchiveFile.History file) {
        return new PgAgentException(
                ErrorKind.ARCHIVE_CONFLICT,
                "split brain: " + objects.describe() + " has another " + file.fileName()
                        + "; two servers have begun timeline " + file.timeline() + " from different points",
                "Find the second server that archives under this name and stop it. If this one is to go on, promote"
                        + " it once more for a timeline of its own, or archive it under another name (--cluster).");
    }

    private PushResult pushObject(ArchiveFile file, ArchiveSource source) throws IOException {
        Attempt attempt = store(file, objects.key(file), source);
        if (attempt.holds()) {
            return attempt.isNew() ? PushResult.STORED : storedBefore(file, attempt.key, source);
        }
        if (file.neededByRecovery()) {
            throw file instanceof ArchiveFile.History history ? splitBrain(history) : attempt.conflict(objects);
        }
        ObjectKey beside = objects.keyBeside(file, attempt.own.hash());
        Attempt second = store(file, beside, source);
        if (!second.holds()) {
            throw second.conflict(objects);
        }
        if (!second.isNew()) {
            return storedBefore(file, beside, source);
        }
        LOG.warn(
                "another file of this name was there, no recovery reads either, both are kept: first={} second={}",
                attempt.key,
                beside);
        return PushResult.STORED_BESIDE;
    }

    /**
     * Of an object that says it has the bytes of this file: looks whether it does. The server removes its file after this
     * answer, so one that was cut or damaged in the store is replaced as long as there is something to replace it with.
     */
    private PushResult storedBefore(ArchiveFile file, ObjectKey key, ArchiveSource source) throws IOException {
        Optional<WalObjects.Damaged> damaged = objects.damaged(key, source.sizeBytes());
        if (damaged.isEmpty()) {
            return PushResult.ALREADY_STORED;
        }
        LOG.warn(
                "the stored object of this file was damaged and is replaced file={} why=\"{}\"",
                file.fileName(),
                damaged.get().why());
        try (WalObjectWriter writer = objects.create(key, codecOf(file), source.sizeBytes())) {
            source.copyTo(writer::write);
            writer.seal(file.fileName(), cluster.systemIdentifier());
            writer.replace(damaged.get());
        }
        return PushResult.STORED;
    }

    /** A history file is a small text that people want to read. */
    private Compression codecOf(ArchiveFile file) {
        return file instanceof ArchiveFile.History ? Compression.NONE : compression;
    }

    /**
     * What an attempt to store a file came to.
     *
     * @param there what the object under the key says of itself, if it was there before
     */
    private record Attempt(ObjectKey key, WalObjectHeader own, Optional<WalObjectHeader> there) {
        boolean isNew() {
            return there.isEmpty();
        }

        /** Whether the file is in the repository under this key now. */
        boolean holds() {
            return there.isEmpty() || there.get().sameContent(own);
        }

        PgAgentException conflict(WalObjects objects) {
            WalObjectHeader other = there.orElseThrow();
            return new PgAgentException(
                    ErrorKind.ARCHIVE_CONFLICT,
                    objects.describe() + " has other bytes as " + key + ": " + other.size() + " bytes with hash "
                            + other.hash() + ", this file has " + own.size() + " bytes with hash " + own.hash(),
                    "Another server, perhaps a copy or a former standby of this one, archives under the same name: stop it,"
                            + " or give this cluster another name with --cluster. Nothing was overwritten.");
        }
    }

    private Attempt store(ArchiveFile file, ObjectKey key, ArchiveSource source) throws IOException {
        if (source.sizeBytes() > WalObjectWriter.PUT_MAX_BYTES) {
            Optional<WalObjectHeader> there = objects.header(key);
            if (there.isPresent()) { // spares sending a long file for nothing
                return new Attempt(key, headerWithoutStoring(file, source), there);
            }
        }
        try (WalObjectWriter writer = objects.create(key, codecOf(file), source.sizeBytes())) {
            source.copyTo(writer::write);
            WalObjectHeader own = writer.seal(file.fileName(), cluster.systemIdentifier());
            try {
                writer.publish();
                return new Attempt(key, own, Optional.empty());
            } catch (ObjectChangedException e) {
                Optional<WalObjectHeader> there = objects.header(key);
                if (there.isEmpty()) {
                    throw e;
                }
                return new Attempt(key, own, there);
            }
        }
    }

    private WalObjectHeader headerWithoutStoring(ArchiveFile file, ArchiveSource source) throws IOException {
        RunningHash hash = new RunningHash();
        source.copyTo(hash::update);
        return new WalObjectHeader(
                file.fileName(), compression.codec(), hash.size(), hash.hash(), cluster.systemIdentifier());
    }
}
