package org.pgagent.restore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.pgagent.error.Cancellation;
import org.pgagent.kit.MemoryObjectStore;
import org.pgagent.kit.ServerUser;
import org.pgagent.postgres.ControlFile;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.WalSegment;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.ClusterDescription;
import org.pgagent.repository.ClusterDescriptions;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.ClusterName;
import org.pgagent.repository.PackId;
import org.pgagent.repository.WalObjectHeader;
import org.pgagent.repository.WalObjects;
import org.pgagent.storage.FileObjectStore;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.WriteCondition;
import org.pgagent.transfer.TransferProgress;
import org.pgagent.wal.SampleWal;

/** A repository in memory with a cluster of PostgreSQL 15, backups and WAL, and restores from it. */
final class SampleRepository implements AutoCloseable {
    static final int MAJOR = 15;
    static final int JOBS = 3;

    /** So that plans do not depend on what the host has. */
    static final InstalledServers NO_SERVERS = new InstalledServers(List.of(), Path.of("/nonexistent"));

    private final ObjectStore store;
    private final ClusterKeys keys = new ClusterKeys(new ClusterName("main"));

    private SampleRepository(ObjectStore store) {
        this.store = store;
    }

    static SampleRepository inMemory() throws IOException {
        return describe(new SampleRepository(new MemoryObjectStore()));
    }

    static SampleRepository inDirectory(Path directory) throws IOException {
        return describe(new SampleRepository(FileObjectStore.open(directory, new SplittableRandom())));
    }

    private static SampleRepository describe(SampleRepository repository) throws IOException {
        ControlFile control = ControlFile.parse(new SampleBackup("20261122T055500Z-F", MAJOR).controlFile());
        new ClusterDescriptions(repository.store, repository.keys)
                .claim(new ClusterDescription(
                        1, control.systemIdentifier(), MAJOR, 16 << 20, Instant.parse("2026-11-01T00:00:00Z"), null));
        return repository;
    }

    ObjectStore store() {
        return store;
    }

    ClusterKeys keys() {
        return keys;
    }

    BackupRecord add(SampleBackup backup) throws IOException {
        return backup.store(store, keys);
    }

    /** Archives segments of 16 MiB: objects of those names, whose content nobody reads here. */
    SampleRepository archive(int timeline, int first, int last) throws IOException {
        for (int number = first; number <= last; number++) {
            WalSegment segment = new WalSegment(new Timeline(timeline), number, new WalSegmentSize(16 << 20));
            put(keys.walFile(segment.fileName()), new byte[WalObjectHeader.BYTES + 1]);
        }
        return this;
    }

    SampleRepository history(int timeline, String text) throws IOException {
        SampleWal.storeHistory(new WalObjects(store, keys), new Timeline(timeline), text);
        return this;
    }

    void put(ObjectKey key, byte[] bytes) throws IOException {
        store.put(key, ByteBuffer.wrap(bytes), WriteCondition.always());
    }

    void remove(ObjectKey key) throws IOException {
        store.delete(List.of(key));
    }

    /** Flips a bit of a pack. */
    void damage(PackId pack, int offset) throws IOException {
        byte[] bytes = store.getSmall(keys.pack(pack), 1 << 30).bytes();
        bytes[offset] ^= 1;
        put(keys.pack(pack), bytes);
    }

    Restore restore() throws IOException {
        return restore(store);
    }

    Restore restore(ObjectStore from) throws IOException {
        return new Restore(from, keys, JOBS, surroundings());
    }

    static Restore.Surroundings surroundings() throws IOException {
        return new Restore.Surroundings(LocalUser.current(), NO_SERVERS, TransferProgress.silent(), new Cancellation());
    }

    /** Everything in a directory, for the user that a server would run as. */
    static RestoreDestination into(Path dataDirectory) throws IOException {
        return new RestoreDestination(dataDirectory, TablespaceMapping.NONE, Optional.empty(), owner());
    }

    /** The tests may run as root, who must name somebody else. */
    static Optional<FileOwner> owner() throws IOException {
        return LocalUser.current().isRoot()
                ? Optional.of(FileOwner.parse(ServerUser.current().name()))
                : Optional.empty();
    }

    static RecoveryRequest recoverTo(RecoveryTarget target) {
        return new RecoveryRequest(
                target,
                new TargetTimeline.Latest(),
                TargetAction.PROMOTE,
                CopyRole.PRIMARY,
                Archiving.OFF,
                "pgagent wal-fetch %f %p");
    }

    static RestoreRequest request(Path dataDirectory) throws IOException {
        return new RestoreRequest(Optional.empty(), into(dataDirectory), recoverTo(new RecoveryTarget.EndOfWal()));
    }

    /** Leaves restored directories as if the process had been killed before its last step. */
    static void interrupt(RestorePlan done) throws IOException {
        RestoreMarker marker = RestoreMarker.of(done);
        FileAccess access = FileAccess.forNewFiles(Optional.empty());
        marker.place(done.dataDirectory(), done.beginning(), access).close();
        for (PlannedDirectory part : done.parts()) {
            marker.placePart(part.path(), access);
        }
        Files.delete(Restore.CONTROL_FILE.under(done.dataDirectory()));
    }

    static String text(Path file) throws IOException {
        return Files.readString(file);
    }

    @Override
    public void close() {
        store.close();
    }
}
