package org.pgagent.wal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.pgagent.chunk.Compression;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.FaultyWire;
import org.pgagent.kit.S3ProxyServer;
import org.pgagent.repository.ClusterDescriptions;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.ClusterName;
import org.pgagent.repository.WalObjects;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.s3.S3Limits;
import org.pgagent.storage.s3.S3ObjectStore;
import org.pgagent.storage.s3.S3Settings;

/**
 * An S3 server behind a wire that breaks, and one without: pushes and fetches of a sample file, without retries. Each
 * archive is a cluster of its own, so that one bucket does for many.
 */
final class WireSweep implements AutoCloseable {
    private static final String BUCKET = "sweep";

    private final SampleFile sample;
    private final FaultyWire wire;
    private final ObjectStore straight;
    private final ObjectStore patient;
    private final ObjectStore impatient;
    private int archives;

    /** What a run of a sweep does, with requests through the store that it is given. */
    @FunctionalInterface
    interface Run {
        String through(ObjectStore store) throws IOException;
    }

    /** @param prefix another one for each sweep of a server */
    WireSweep(S3ProxyServer server, String prefix, SampleFile sample) throws IOException {
        this.sample = sample;
        this.wire = FaultyWire.to(server.endpoint());
        this.straight = server.openStore(BUCKET, prefix);
        S3Settings settings = server.settings(wire.endpoint(), BUCKET, prefix);
        this.patient = S3ObjectStore.open(settings, server.credentials());
        S3Limits limits = settings.limits();
        // Longer than any answer takes that does come.
        Duration silenceMax = Duration.ofMillis(sample == SampleFile.LONG_SEGMENT ? 2000 : 500);
        S3Limits few = new S3Limits(limits.connectMax(), silenceMax, limits.requestMax(), limits.connectionsMax());
        this.impatient = S3ObjectStore.open(
                new S3Settings(settings.bucket(), settings.endpoint(), settings.objects(), few), server.credentials());
    }

    /** A store that nothing breaks. */
    ObjectStore straight() {
        return straight;
    }

    /** An archive that nobody has used. */
    ClusterKeys newArchive() {
        archives++;
        return new ClusterKeys(new ClusterName("archive-" + archives));
    }

    /** The heads of the requests of a run that nothing breaks. */
    List<String> requestsOf(Run run) throws IOException {
        int before = wire.heads().size();
        run.through(patient);
        List<String> heads = wire.heads();
        return heads.subList(before, heads.size());
    }

    /** The result of a run with one request broken; fails if that request was never sent. */
    String broken(int request, WireTrouble trouble, Run run) throws IOException {
        wire.breakRequest(wire.heads().size() + request, trouble.fault());
        String result = run.through(trouble == WireTrouble.NO_ANSWER ? impatient : patient);
        wire.requireAllHit();
        return result;
    }

    /** Which request was broken, for the message of a failure. */
    static String how(WireTrouble trouble, int request, List<String> heads) {
        String line = heads.get(request).lines().findFirst().orElse("");
        return trouble + " at request " + request + " of " + heads.size() + ", " + line;
    }

    /** The result of a push, or the kind of its exception. */
    String push(ObjectStore store, ClusterKeys keys, Path file) throws IOException {
        try {
            return new WalArchiver(
                            new WalObjects(store, keys), sample.cluster(), Compression.parse(sample.compression()))
                    .push(file)
                    .name();
        } catch (PgAgentException e) {
            return e.kind().name();
        }
    }

    /** The result of a fetch, or the kind of its exception. */
    String fetch(ObjectStore store, ClusterKeys keys, Path target) throws IOException {
        try {
            return new WalFetcher(
                            new WalObjects(store, keys),
                            new ClusterDescriptions(store, keys),
                            SampleWal.OURS,
                            sample.size())
                    .fetch(sample.fileName(), target)
                    .name();
        } catch (PgAgentException e) {
            return e.kind().name();
        }
    }

    /** Whether the archive has exactly this content, as the server without the wire tells it. */
    boolean holds(ClusterKeys keys, Path content, Path scratch) throws IOException {
        String result = fetch(straight, keys, scratch);
        boolean same = result.equals(FetchResult.FETCHED.name()) && Files.mismatch(scratch, content) < 0;
        Files.deleteIfExists(scratch);
        return same;
    }

    @Override
    public void close() throws IOException {
        wire.close();
        straight.close();
        patient.close();
        impatient.close();
    }
}
