package org.pgagent.wal;

import static org.pgagent.wal.SampleWal.KEYS;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.pgagent.chunk.Compression;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.repository.ClusterDescription;
import org.pgagent.repository.ClusterDescriptions;
import org.pgagent.repository.WalObjects;
import org.pgagent.storage.FileObjectStore;

/** A program that pushes a segment twice and fetches it, to be started with a heap of a chosen size. */
public final class PushAndFetch {
    private PushAndFetch() {}

    /** Takes the repository's directory, the segment and the compression, and prints the three results. */
    public static void main(String[] args) throws IOException {
        Path file = Path.of(args[1]);
        ClusterDescription cluster = SampleWal.cluster(new WalSegmentSize((int) Files.size(file)));
        try (FileObjectStore store = FileObjectStore.open(Path.of(args[0]), new SplittableRandom())) {
            WalObjects objects = new WalObjects(store, KEYS);
            ClusterDescriptions descriptions = new ClusterDescriptions(store, KEYS);
            descriptions.claim(cluster);
            WalArchiver archiver = new WalArchiver(objects, cluster, Compression.parse(args[2]));
            WalFetcher fetcher =
                    new WalFetcher(objects, descriptions, cluster.systemIdentifier(), cluster.segmentSize());
            PushResult first = archiver.push(file);
            PushResult second = archiver.push(file);
            System.out.println(first + " " + second + " "
                    + fetcher.fetch(file.getFileName().toString(), file.resolveSibling("RECOVERYXLOG")));
        }
    }
}
